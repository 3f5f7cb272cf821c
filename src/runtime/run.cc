// What happens in a run: where its inputs and outputs lie, and that large enough memory is found for outputs whose size the
// runtime learns on the way.

#include <algorithm>
#include <cstring>

#include "runtime/element_type.h"
#include "runtime/state.h"

namespace kelt::runtime {
namespace {

constexpr const char* kSizeUnknown =
    "LiteRT's compiled models can't return a tensor whose size follows from values; TensorFlow Lite's Interpreter can";
constexpr size_t kMostGrowth = size_t{1} << 18;  // by 8, six times

size_t byte_size_of(const c::RankedType& type) {
  size_t count = 1;
  for (unsigned i = 0; i < type.layout.rank; ++i) count *= static_cast<size_t>(std::max(type.layout.dims[i], 0));
  return byte_size(*dtype_of_element(type.element_type), count);
}

bool overlap(std::span<const std::byte> a, std::span<const std::byte> b) {
  return std::less()(a.data(), b.data() + b.size()) && std::less()(b.data(), a.data() + a.size());
}

bool overlaps_a_target(const Input& input, const OrderedTargets& targets) {
  return std::ranges::any_of(targets, [&](const Target* target) { return target != nullptr && overlap(input.bytes, target->bytes); });
}

Error wrong_size(const Output& output, size_t size, const Target& target) {
  return {.code = Code::kInvalidArgument,
          .what = "output " + output.name + " takes " + std::to_string(size) + " bytes; the memory for it has " +
                  std::to_string(target.bytes.size())};
}

bool overlap_each_other(const OrderedTargets& targets) {
  for (size_t i = 0; i < targets.size(); ++i) {
    for (size_t j = i + 1; j < targets.size(); ++j) {
      if (targets[i] != nullptr && targets[j] != nullptr && overlap(targets[i]->bytes, targets[j]->bytes)) return true;
    }
  }
  return false;
}

bool is_known(const Shape& shape) {
  return std::ranges::none_of(shape, [](int64_t dim) { return dim < 0; });
}

}  // namespace

// What can be told before a run, which may move the model's states on.
Result<void> CompiledModel::State::check_targets(size_t signature, const OrderedTargets& targets) {
  if (overlap_each_other(targets)) {
    return Error{.code = Code::kInvalidArgument, .what = "two outputs are to be written to the same memory"};
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == nullptr || !is_known(signatures[signature].outputs[i].shape)) continue;
    const size_t size = output_size(signature, i);
    if (targets[i]->bytes.size() != size) return wrong_size(describe_output(signature, i), size, *targets[i]);
  }
  return {};
}

Result<Handle<c::TensorBuffer>> CompiledModel::State::bind(const c::RankedType& type, std::span<std::byte> memory) const {
  c::TensorBuffer* buffer = nullptr;
  if (const c::Status status = api().bind_host_memory(&type, memory.data(), memory.size(), nullptr, &buffer); status != 0) {
    return failure("the runtime does not take the memory of a tensor", status);
  }
  return Handle<c::TensorBuffer>(buffer, api().destroy_buffer);
}

Result<Buffer> CompiledModel::State::own_buffer(const c::RankedType& type, size_t growth) const {
  KELT_ASSIGN_OR_RETURN(HostMemory memory, HostMemory::allocate(byte_size_of(type) * growth));
  KELT_ASSIGN_OR_RETURN(Handle<c::TensorBuffer> handle, bind(type, memory));
  return Buffer{std::move(memory), std::move(handle)};
}

Result<Buffer> CompiledModel::State::copy_of(const c::RankedType& type, std::span<const std::byte> from) const {
  KELT_ASSIGN_OR_RETURN(Buffer buffer, own_buffer(type, 1));
  std::memcpy(buffer.memory.data(), from.data(), std::min(from.size(), buffer.memory.size()));
  return buffer;
}

Result<Buffer> CompiledModel::State::output_buffer(size_t signature, size_t output, const Target* target) const {
  const Ports& of = ports[signature];
  const bool in_place = target != nullptr && target->bytes.size() == output_size(signature, output) && can_be_bound(target->bytes);
  if (!in_place) return own_buffer(of.output_types[output], of.growth);
  KELT_ASSIGN_OR_RETURN(Handle<c::TensorBuffer> handle, bind(of.output_types[output], target->bytes));
  return Buffer{{}, std::move(handle)};
}

// Where a shape is computed the runtime does not lay out what stands behind it in its plan: there an output has the size of the
// run before, and the delegate writes beyond. Where so many addresses can't be had, the memory stays what it was.
Result<void> CompiledModel::State::make_room(size_t signature, std::vector<Buffer>& outputs) const {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const bool of_caller = outputs[i].memory.data() == nullptr;  // who knows the size
    if (of_caller || is_known(signatures[signature].outputs[i].shape)) continue;
    Result<HostMemory> memory = HostMemory::reserve();
    if (!memory.ok()) return {};
    // Of the size that was laid out: what the runtime copies to an output it copies for the whole of its buffer.
    const std::span<std::byte> laid_out(memory->data(), outputs[i].memory.size());
    KELT_ASSIGN_OR_RETURN(Handle<c::TensorBuffer> handle, bind(ports[signature].output_types[i], laid_out));
    outputs[i] = Buffer{*std::move(memory), std::move(handle)};
  }
  return {};
}

Result<void> CompiledModel::State::execute(size_t signature, std::span<const Buffer> inputs, std::vector<Buffer>& outputs) {
  Ports& of = ports[signature];
  const bool unknown = std::ranges::any_of(signatures[signature].outputs, [](const TensorInfo& output) { return !is_known(output.shape); });
  std::vector<c::TensorBuffer*> given;
  for (const Buffer& buffer : inputs) given.push_back(buffer.handle.get());
  while (true) {
    if (unknown && !of.measured) KELT_RETURN_IF_ERROR(make_room(signature, outputs));
    std::vector<c::TensorBuffer*> made;
    for (const Buffer& buffer : outputs) made.push_back(buffer.handle.get());
    const c::Status status = api().run(compiled.get(), signature, given.size(), given.data(), made.size(), made.data());
    // Where a shape is computed the runtime learns the size of an output as it runs, and fails if the buffer is too small.
    if (status == 0) {
      of.measured = true;
      return unknown ? read_layouts(signature, false) : Result<void>();
    }
    Error error = failure("the signature " + signatures[signature].key + " failed to run", status);
    const std::string said = error.notes.empty() ? std::string() : error.notes.back();
    const bool too_small = said.find("allocation is too small") != std::string::npos;
    if (said.find("allocation_type == kTfLiteArenaRw") != std::string::npos) error.remedy = kSizeUnknown;
    if (!unknown || !too_small || of.growth >= kMostGrowth) return error;
    of.growth *= 8;
    for (size_t i = 0; i < outputs.size(); ++i) {
      KELT_ASSIGN_OR_RETURN(outputs[i], own_buffer(of.output_types[i], of.growth));
    }
  }
}

Result<std::vector<Output>> CompiledModel::State::run(size_t signature, const OrderedInputs& inputs, const OrderedTargets& targets) {
  KELT_RETURN_IF_ERROR(resize_to(signature, inputs));
  KELT_RETURN_IF_ERROR(lay_out(signature));
  KELT_RETURN_IF_ERROR(check_targets(signature, targets));
  const Ports& of = ports[signature];
  copies = 0;
  std::vector<Buffer> from;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::span<const std::byte> given = inputs[i]->bytes;
    if (can_be_bound(given) && !overlaps_a_target(*inputs[i], targets)) {
      // The runtime only reads its inputs.
      KELT_ASSIGN_OR_RETURN(auto handle, bind(of.input_types[i], {const_cast<std::byte*>(given.data()), given.size()}));
      from.push_back({{}, std::move(handle)});
    } else {
      KELT_ASSIGN_OR_RETURN(Buffer copy, copy_of(of.input_types[i], given));
      from.push_back(std::move(copy));
      ++copies;
    }
  }
  std::vector<Buffer> to;
  for (size_t i = 0; i < targets.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(Buffer buffer, output_buffer(signature, i, targets[i]));
    to.push_back(std::move(buffer));
  }
  KELT_RETURN_IF_ERROR(execute(signature, from, to));

  std::vector<Output> results;
  for (size_t i = 0; i < targets.size(); ++i) {
    Output output = describe_output(signature, i);
    const size_t size = output_size(signature, i);
    if (targets[i] == nullptr) {
      output.bytes = std::move(to[i].memory);
      output.bytes.shrink(size);
    } else if (targets[i]->bytes.size() != size) {
      return wrong_size(output, size, *targets[i]);
    } else if (to[i].memory.data() != nullptr) {
      std::memcpy(targets[i]->bytes.data(), to[i].memory.data(), size);
      ++copies;
    }
    results.push_back(std::move(output));
  }
  return results;
}

Result<void> CompiledModel::State::set_inputs(size_t signature, const OrderedInputs& inputs) {
  KELT_RETURN_IF_ERROR(resize_to(signature, inputs));
  KELT_RETURN_IF_ERROR(lay_out(signature));
  Ports& of = ports[signature];
  std::vector<Buffer> made;
  for (size_t i = 0; i < inputs.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(Buffer copy, copy_of(of.input_types[i], inputs[i]->bytes));
    made.push_back(std::move(copy));
  }
  of.inputs = std::move(made);
  return {};
}

Result<void> CompiledModel::State::invoke(size_t signature) {
  KELT_RETURN_IF_ERROR(lay_out(signature));
  Ports& of = ports[signature];
  for (size_t i = of.inputs.size(); i < of.input_types.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(Buffer zeros, own_buffer(of.input_types[i], 1));
    std::ranges::fill(zeros.memory, std::byte{0});
    of.inputs.push_back(std::move(zeros));
  }
  for (size_t i = of.outputs.size(); i < of.output_types.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(Buffer buffer, own_buffer(of.output_types[i], of.growth));
    of.outputs.push_back(std::move(buffer));
  }
  return execute(signature, of.inputs, of.outputs);
}

Result<std::vector<Output>> CompiledModel::State::outputs(size_t signature) const {
  const Ports& of = ports[signature];
  if (!of.laid_out || of.outputs.size() != of.output_types.size()) {
    return Error{.code = Code::kInvalidArgument, .what = "the signature has not run"};
  }
  std::vector<Output> results;
  for (size_t i = 0; i < of.outputs.size(); ++i) {
    Output output = describe_output(signature, i);
    KELT_ASSIGN_OR_RETURN(output.bytes, HostMemory::allocate(output_size(signature, i)));
    std::memcpy(output.bytes.data(), of.outputs[i].memory.data(), output.bytes.size());
    results.push_back(std::move(output));
  }
  return results;
}

Output CompiledModel::State::describe_output(size_t signature, size_t output) const {
  const TensorInfo& info = signatures[signature].outputs[output];
  const c::Layout& layout = ports[signature].output_types[output].layout;
  return {.name = info.name, .dtype = info.dtype, .shape = {layout.dims, layout.dims + layout.rank}, .bytes = {}};
}

size_t CompiledModel::State::output_size(size_t signature, size_t output) const {
  return byte_size_of(ports[signature].output_types[output]);
}

}  // namespace kelt::runtime
