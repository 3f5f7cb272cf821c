// runtime/state.h — what Runtime and CompiledModel hold. Private to the room.

#pragma once

#include <memory>
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

// The tensor buffers of a signature, at its present sizes.
struct Buffers {
  std::vector<c::RankedType> input_types;
  std::vector<c::RankedType> output_types;
  std::vector<Handle<c::TensorBuffer>> inputs;
  std::vector<Handle<c::TensorBuffer>> outputs;
  bool ready = false;
  size_t growth = 1;  // of outputs whose size is known only when they have been computed
};

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
  std::vector<Buffers> buffers;  // one per signature
  bool profiled = false;

  [[nodiscard]] const Api& api() const { return library->api; }
  [[nodiscard]] Result<size_t> index_of(std::string_view signature) const;
  // The error of a failed call, with what the runtime reported about it.
  [[nodiscard]] Error failure(std::string what, c::Status status) const;
  [[nodiscard]] Result<void> read_signatures();
  [[nodiscard]] Result<Shape> input_shape(size_t signature, size_t input) const;  // at present
  // Makes the buffers of a signature, if a resize made them stale.
  [[nodiscard]] Result<void> allocate(size_t signature);
  [[nodiscard]] Result<void> resize(size_t signature, size_t input, const Shape& shape, bool any_dim);
  [[nodiscard]] Result<void> write_input(size_t signature, size_t input, std::span<const std::byte> from);
  [[nodiscard]] Result<void> make_buffers(size_t signature, std::span<const c::RankedType> types, size_t growth,
                                          std::vector<Handle<c::TensorBuffer>>& to) const;
  [[nodiscard]] Result<void> read_layouts(size_t signature, bool allocate);
  [[nodiscard]] Result<void> invoke(size_t signature);
  [[nodiscard]] Result<Output> read_output(size_t signature, size_t output);
};

}  // namespace kelt::runtime
