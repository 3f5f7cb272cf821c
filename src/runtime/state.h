// runtime/state.h — what Runtime and CompiledModel hold. Private to the room.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/api.h"
#include "runtime/runtime.h"

namespace kelt::runtime {

struct Runtime::Library {
  Api api;
  Handle<c::Environment> environment;
};

// A tensor of the runtime and the memory it lies in; none where that is the caller's.
struct Buffer {
  HostMemory memory;
  Handle<c::TensorBuffer> handle;
};

// A signature at its present sizes.
struct Ports {
  std::vector<c::RankedType> input_types;
  std::vector<c::RankedType> output_types;
  bool laid_out = false;  // the types hold the present sizes
  bool measured = false;  // by a run at the present sizes
  size_t growth = 1;      // of outputs whose size is known only when they have been computed
  // Of the steps: set_inputs makes the inputs, invoke the outputs.
  std::vector<Buffer> inputs;
  std::vector<Buffer> outputs;
};

// An input or an output as run() gets it, in the order of the signature.
using OrderedInputs = std::vector<const Input*>;
using OrderedTargets = std::vector<const Target*>;  // null: the caller gave no memory

struct CompiledModel::State {
  State(std::shared_ptr<const Runtime::Library> of, std::shared_ptr<void> from, Handle<c::Model> read, Handle<c::CompiledModel> made,
        bool with_profile)
      : library(std::move(of)), bytes(std::move(from)), model(std::move(read)), compiled(std::move(made)), profiled(with_profile) {}

  // In the order of dependence: destroyed from the last to the first.
  std::shared_ptr<const Runtime::Library> library;
  std::shared_ptr<void> bytes;
  Handle<c::Model> model;
  Handle<c::CompiledModel> compiled;
  std::vector<SignatureInfo> signatures;
  std::vector<Ports> ports;  // one per signature
  bool profiled = false;
  size_t copies = 0;  // of the last run
  std::mutex mutex;   // the runtime's compiled models are for one thread at a time

  [[nodiscard]] const Api& api() const { return library->api; }
  [[nodiscard]] Result<size_t> index_of(std::string_view signature) const;
  // The error of a failed call, with what the runtime reported about it.
  [[nodiscard]] Error failure(std::string what, c::Status status) const;
  [[nodiscard]] Result<void> read_signatures();
  [[nodiscard]] Result<Shape> input_shape(size_t signature, size_t input) const;  // at present
  [[nodiscard]] Result<void> resize(size_t signature, size_t input, const Shape& shape, bool any_dim);
  [[nodiscard]] Result<void> resize_to(size_t signature, const OrderedInputs& inputs);
  // Asks for the sizes of a signature, if a resize changed them.
  [[nodiscard]] Result<void> lay_out(size_t signature);
  [[nodiscard]] Result<void> read_layouts(size_t signature, bool allocate);

  [[nodiscard]] Result<Handle<c::TensorBuffer>> bind(const c::RankedType& type, std::span<std::byte> memory) const;
  [[nodiscard]] Result<Buffer> own_buffer(const c::RankedType& type, size_t growth) const;
  [[nodiscard]] Result<Buffer> copy_of(const c::RankedType& type, std::span<const std::byte> from) const;
  // In the target's memory, where the runtime can write there.
  [[nodiscard]] Result<Buffer> output_buffer(size_t signature, size_t output, const Target* target) const;

  // Memory for the first run at new sizes, when those of outputs are not sure.
  [[nodiscard]] Result<void> make_room(size_t signature, std::vector<Buffer>& outputs) const;
  // Runs; outputs that turn out too small are made anew, larger.
  [[nodiscard]] Result<void> execute(size_t signature, std::span<const Buffer> inputs, std::vector<Buffer>& outputs);
  [[nodiscard]] Result<std::vector<Output>> run(size_t signature, const OrderedInputs& inputs, const OrderedTargets& targets);
  [[nodiscard]] Result<void> check_targets(size_t signature, const OrderedTargets& targets);
  [[nodiscard]] Result<void> set_inputs(size_t signature, const OrderedInputs& inputs);
  [[nodiscard]] Result<void> invoke(size_t signature);
  [[nodiscard]] Result<std::vector<Output>> outputs(size_t signature) const;
  // An output without its bytes, and how many those are.
  [[nodiscard]] Output describe_output(size_t signature, size_t output) const;
  [[nodiscard]] size_t output_size(size_t signature, size_t output) const;
};

}  // namespace kelt::runtime
