// runtime/runtime.h — a LiteRT file, run: signatures by name, tensors as bytes.
//
// libLiteRt.so is loaded when it is first needed, from the path that the caller gives (find_library looks for one). The
// library says nothing on the terminal: what it has to say comes back in the Error.
// A CompiledModel may be called from several threads: they take turns. set_inputs, invoke and outputs are steps that belong
// together, so they are for one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/owned_bytes.h"
#include "base/status.h"
#include "runtime/host_memory.h"
#include "runtime/profile.h"
#include "weights/array.h"
#include "weights/dtype.h"

namespace kelt::runtime {

struct Quantization {
  float scale = 0;
  int64_t zero_point = 0;
};

struct TensorInfo {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;                               // -1 where it can be resized, if the file says that it has a rank
  std::optional<Quantization> quantization;  // per tensor
};

struct SignatureInfo {
  std::string key;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

struct Input {
  std::string_view name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::span<const std::byte> bytes;  // borrowed for the call
};

struct Output {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  HostMemory bytes;  // empty where the caller gave memory for it
};

// Memory of the caller for an output, borrowed for the call.
struct Target {
  std::string_view name;
  DType dtype = DType::kFloat32;
  std::span<std::byte> bytes;
};

enum class Kernels { kDelegate, kBuiltin, kReference };  // XNNPACK and builtin kernels, builtin kernels, reference kernels

struct OpenOptions {
  int threads = 1;
  Kernels kernels = Kernels::kDelegate;
  bool profile = false;           // allow profile(): takes 0.1 s and 64 MB
  std::string weight_cache = {};  // a file for XNNPACK's packed weights
};

class CompiledModel {
 public:
  CompiledModel(CompiledModel&&) noexcept;
  CompiledModel& operator=(CompiledModel&&) noexcept;
  ~CompiledModel();

  [[nodiscard]] std::span<const SignatureInfo> signatures() const;
  // By its key; the only one, or serving_default, if the key is empty.
  [[nodiscard]] Result<const SignatureInfo*> signature(std::string_view key) const;

  // Sets the sizes of an input. Only -1 dims can change, unless `any_dim`.
  Result<void> resize(std::string_view signature, std::string_view input, const Shape& shape, bool any_dim = false);

  // Every input by name, in any order; an input of another shape resizes the signature first. The runtime reads inputs and
  // writes outputs in the caller's memory where it can (can_be_bound); what lies elsewhere is copied.
  Result<std::vector<Output>> run(std::string_view signature, std::span<const Input> inputs, std::span<const Target> targets = {});
  // How many inputs and targets the last run() copied.
  [[nodiscard]] size_t copies() const;

  // The same in steps, for whoever measures: set_inputs copies them, for any number of invocations; until then, and after a
  // resize, they are zeros. run() leaves them alone.
  Result<void> set_inputs(std::string_view signature, std::span<const Input> inputs);
  Result<void> invoke(std::string_view signature);
  Result<std::vector<Output>> outputs(std::string_view signature);

  // Whether XNNPACK took every node, of every signature. Tells less than profile() and costs nothing.
  [[nodiscard]] Result<bool> fully_delegated() const;
  // One more invocation with the inputs as they are, recorded. Needs OpenOptions::profile.
  Result<std::vector<Event>> profile(std::string_view signature);

 private:
  friend class Runtime;
  struct State;
  explicit CompiledModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Runtime {
 public:
  // Loads libLiteRt from `path`, or from where find_library finds it if that is empty.
  [[nodiscard]] static Result<Runtime> load(const std::string& path);

  [[nodiscard]] Result<CompiledModel> open(const std::string& file, const OpenOptions& options = {}) const;
  // A copy of the bytes is kept.
  [[nodiscard]] Result<CompiledModel> open(std::span<const std::byte> bytes, const OpenOptions& options = {}) const;
  // The bytes are used where they are, at an address that is a multiple of 64; the model keeps their owner.
  [[nodiscard]] Result<CompiledModel> open_in_place(OwnedBytes bytes, const OpenOptions& options = {}) const;

 private:
  friend class CompiledModel;
  struct Library;
  explicit Runtime(std::shared_ptr<const Library> library);
  // Takes the handle of the model; `bytes` is what it was read from, if that must stay.
  [[nodiscard]] Result<CompiledModel> compile(std::shared_ptr<void> bytes, void* model, const OpenOptions& options) const;
  std::shared_ptr<const Library> library_;
};

}  // namespace kelt::runtime
