// Every call into libLiteRt that concerns a compiled model.

#include "runtime/state.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/element_type.h"

namespace kelt::runtime {
namespace {

using Describe = c::Status (*)(c::Signature*, c::Index, const char**);
using TensorOf = c::Status (*)(c::Signature*, c::Index, c::Tensor**);

Shape shape_of(const c::Layout& layout) { return {layout.dims, layout.dims + layout.rank}; }

// XNNPACK may read a little beyond the end of an input.
constexpr size_t kReadBeyond = 128;
constexpr const char* kSizeUnknown =
    "LiteRT's compiled models can't return a tensor whose size follows from values; TensorFlow Lite's Interpreter can";
constexpr size_t kMostGrowth = size_t{1} << 18;  // by 8, six times

size_t count_of(const c::Layout& layout) {
  size_t count = 1;
  for (unsigned i = 0; i < layout.rank; ++i) count *= static_cast<size_t>(std::max(layout.dims[i], 0));
  return count;
}

std::string text(const Shape& shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return out + "]";
}

Result<TensorInfo> describe(const Api& api, const char* name, c::Tensor* tensor, c::RankedType& type) {
  if (const c::Status status = api.ranked_type(tensor, &type); status != 0) {
    return runtime_error(std::string(name) + " has no rank", status);
  }
  const std::optional<DType> dtype = dtype_of_element(type.element_type);
  if (!dtype) {
    return Error{.code = Code::kRuntime,
                 .what = std::string(name) + " holds elements that kelt can't pass to the runtime (element type " +
                         std::to_string(type.element_type) + ")"};
  }
  TensorInfo info{.name = name, .dtype = *dtype, .shape = shape_of(type.layout), .quantization = {}};
  int kind = 0;
  c::Quantization quantization{};
  if (api.quantization_type(tensor, &kind) == 0 && kind == c::kQuantizationPerTensor &&
      api.per_tensor_quantization(tensor, &quantization) == 0) {
    info.quantization = Quantization{quantization.scale, quantization.zero_point};
  }
  return info;
}

Result<std::vector<TensorInfo>> describe_ports(const Api& api, c::Signature* signature, size_t count, Describe name_of, TensorOf tensor_of,
                                               std::vector<c::RankedType>& types) {
  std::vector<TensorInfo> ports;
  types.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    c::Tensor* tensor = nullptr;
    if (const c::Status status = name_of(signature, i, &name); status != 0) return runtime_error("a tensor has no name", status);
    if (const c::Status status = tensor_of(signature, i, &tensor); status != 0) return runtime_error("a name has no tensor", status);
    KELT_ASSIGN_OR_RETURN(TensorInfo info, describe(api, name, tensor, types[i]));
    ports.push_back(std::move(info));
  }
  return ports;
}

}  // namespace

Error CompiledModel::State::failure(std::string what, c::Status status) const {
  Error error = runtime_error(std::move(what), status);
  char* messages = nullptr;
  if (api().error_messages(compiled.get(), &messages) == 0 && messages != nullptr) {
    std::string said = messages;
    std::free(messages);
    while (!said.empty() && said.back() == '\n') said.pop_back();
    if (!said.empty()) error.notes.push_back("the runtime says: " + said);
    api().clear_errors(compiled.get());
  }
  return error;
}

Result<size_t> CompiledModel::State::index_of(std::string_view key) const {
  std::string known;
  for (size_t i = 0; i < signatures.size(); ++i) {
    if (signatures[i].key == key) return i;
    known += (known.empty() ? "" : ", ") + signatures[i].key;
  }
  if (key.empty() && signatures.size() == 1) return size_t{0};
  if (key.empty()) return index_of("serving_default");
  return Error{.code = Code::kNotFound, .what = "the file has no signature " + std::string(key), .remedy = "It has: " + known};
}

Result<void> CompiledModel::State::read_signatures() {
  c::Index count = 0;
  if (const c::Status status = api().signature_count(model.get(), &count); status != 0) return failure("no signatures", status);
  for (c::Index i = 0; i < count; ++i) {
    c::Signature* signature = nullptr;
    const char* key = nullptr;
    c::Index inputs = 0;
    c::Index outputs = 0;
    c::Status status = api().signature(model.get(), i, &signature);
    if (status == 0) status = api().signature_key(signature, &key);
    if (status == 0) status = api().input_count(signature, &inputs);
    if (status == 0) status = api().output_count(signature, &outputs);
    if (status != 0) return failure("a signature can't be read", status);
    Buffers& of = buffers.emplace_back();
    SignatureInfo info{.key = key, .inputs = {}, .outputs = {}};
    KELT_ASSIGN_OR_RETURN(info.inputs, describe_ports(api(), signature, inputs, api().input_name, api().input_tensor, of.input_types));
    KELT_ASSIGN_OR_RETURN(info.outputs, describe_ports(api(), signature, outputs, api().output_name, api().output_tensor, of.output_types));
    signatures.push_back(std::move(info));
  }
  return {};
}

Result<Shape> CompiledModel::State::input_shape(size_t signature, size_t input) const {
  c::Layout layout{};
  if (const c::Status status = api().input_layout(compiled.get(), signature, input, &layout); status != 0) {
    return failure("input " + signatures[signature].inputs[input].name + " has no shape", status);
  }
  return shape_of(layout);
}

Result<void> CompiledModel::State::make_buffers(size_t signature, std::span<const c::RankedType> types, size_t growth,
                                                std::vector<Handle<c::TensorBuffer>>& to) const {
  to.clear();
  for (const c::RankedType& type : types) {
    const size_t size = byte_size(*dtype_of_element(type.element_type), count_of(type.layout)) * growth + kReadBeyond;
    c::TensorBuffer* buffer = nullptr;
    const c::Status status = api().create_buffer(library->environment.get(), c::kHostMemory, &type, size, &buffer);
    if (status != 0) return failure("no memory for the tensors of " + signatures[signature].key, status);
    to.emplace_back(buffer, api().destroy_buffer);
  }
  return {};
}

Result<void> CompiledModel::State::read_layouts(size_t signature, bool allocate) {
  Buffers& of = buffers[signature];
  std::vector<c::Layout> layouts(of.output_types.size());
  if (const c::Status status = api().output_layouts(compiled.get(), signature, layouts.size(), layouts.data(), allocate); status != 0) {
    return failure("the signature " + signatures[signature].key + " can't be laid out at these sizes", status);
  }
  for (size_t i = 0; i < layouts.size(); ++i) of.output_types[i].layout = layouts[i];
  return {};
}

Result<void> CompiledModel::State::allocate(size_t signature) {
  Buffers& of = buffers[signature];
  if (of.ready) return {};
  for (size_t i = 0; i < of.input_types.size(); ++i) {
    if (const c::Status status = api().input_layout(compiled.get(), signature, i, &of.input_types[i].layout); status != 0) {
      return failure("input " + signatures[signature].inputs[i].name + " has no shape", status);
    }
  }
  KELT_RETURN_IF_ERROR(read_layouts(signature, true));
  KELT_RETURN_IF_ERROR(make_buffers(signature, of.input_types, 1, of.inputs));
  KELT_RETURN_IF_ERROR(make_buffers(signature, of.output_types, of.growth, of.outputs));
  of.ready = true;
  return {};
}

Result<void> CompiledModel::State::resize(size_t signature, size_t input, const Shape& shape, bool any_dim) {
  const TensorInfo& info = signatures[signature].inputs[input];
  const Error refusal{.code = Code::kInvalidArgument,
                      .what = "input " + info.name + " of shape " + text(info.shape) + " can't take " + text(shape),
                      .remedy = "Only dims of -1 can be resized"};
  const bool sizes = std::ranges::all_of(shape, [](int64_t dim) { return dim > 0 && dim <= INT32_MAX; });
  if (!sizes || shape.size() != info.shape.size()) return refusal;
  const std::vector<int> dims(shape.begin(), shape.end());
  const auto call = any_dim ? api().resize_input_any : api().resize_input;
  buffers[signature].ready = false;
  const c::Status status = call(compiled.get(), signature, input, dims.data(), dims.size());
  if (status == 0) return {};
  return any_dim ? failure("input " + info.name + " can't be resized to " + text(shape), status) : refusal;
}

Result<void> CompiledModel::State::write_input(size_t signature, size_t input, std::span<const std::byte> from) {
  c::TensorBuffer* buffer = buffers[signature].inputs[input].get();
  void* memory = nullptr;
  if (const c::Status status = api().lock_buffer(buffer, &memory, c::kLockWrite); status != 0) {
    return failure("input " + signatures[signature].inputs[input].name + " can't be written", status);
  }
  std::memcpy(memory, from.data(), from.size());
  api().unlock_buffer(buffer);
  return {};
}

Result<void> CompiledModel::State::invoke(size_t signature) {
  Buffers& of = buffers[signature];
  const bool unknown = std::ranges::any_of(signatures[signature].outputs, [](const TensorInfo& output) {
    return std::ranges::any_of(output.shape, [](int64_t dim) { return dim < 0; });
  });
  while (true) {
    std::vector<c::TensorBuffer*> inputs;
    std::vector<c::TensorBuffer*> outputs;
    for (const auto& buffer : of.inputs) inputs.push_back(buffer.get());
    for (const auto& buffer : of.outputs) outputs.push_back(buffer.get());
    const c::Status status = api().run(compiled.get(), signature, inputs.size(), inputs.data(), outputs.size(), outputs.data());
    // Where a shape is computed the runtime learns the size of an output as it runs, and fails if the buffer is too small.
    if (status == 0) return unknown ? read_layouts(signature, false) : Result<void>();
    Error error = failure("the signature " + signatures[signature].key + " failed to run", status);
    const std::string said = error.notes.empty() ? std::string() : error.notes.back();
    const bool too_small = said.find("allocation is too small") != std::string::npos;
    if (said.find("allocation_type == kTfLiteArenaRw") != std::string::npos) error.remedy = kSizeUnknown;
    if (!unknown || !too_small || of.growth >= kMostGrowth) return error;
    of.growth *= 8;
    KELT_RETURN_IF_ERROR(make_buffers(signature, of.output_types, of.growth, of.outputs));
  }
}

Result<Output> CompiledModel::State::read_output(size_t signature, size_t output) {
  const TensorInfo& info = signatures[signature].outputs[output];
  Output result{.name = info.name, .dtype = info.dtype, .shape = shape_of(buffers[signature].output_types[output].layout), .bytes = {}};
  result.bytes.resize(byte_size(info.dtype, count_of(buffers[signature].output_types[output].layout)));
  c::TensorBuffer* buffer = buffers[signature].outputs[output].get();
  void* memory = nullptr;
  if (const c::Status status = api().lock_buffer(buffer, &memory, c::kLockRead); status != 0) {
    return failure("output " + info.name + " can't be read", status);
  }
  std::memcpy(result.bytes.data(), memory, result.bytes.size());
  api().unlock_buffer(buffer);
  return result;
}

}  // namespace kelt::runtime
