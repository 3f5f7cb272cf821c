// Every call into libLiteRt that concerns a compiled model.

#include "runtime/state.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/element_type.h"

namespace kelt::runtime {
namespace {

using Describe = c::Status (*)(c::Signature*, c::Index, const char**);
using TensorOf = c::Status (*)(c::Signature*, c::Index, c::Tensor**);

Shape shape_of(const c::Layout& layout) { return {layout.dims, layout.dims + layout.rank}; }

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
    Ports& of = ports.emplace_back();
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

Result<void> CompiledModel::State::read_layouts(size_t signature, bool allocate) {
  Ports& of = ports[signature];
  std::vector<c::Layout> layouts(of.output_types.size());
  if (const c::Status status = api().output_layouts(compiled.get(), signature, layouts.size(), layouts.data(), allocate); status != 0) {
    return failure("the signature " + signatures[signature].key + " can't be laid out at these sizes", status);
  }
  for (size_t i = 0; i < layouts.size(); ++i) of.output_types[i].layout = layouts[i];
  return {};
}

Result<void> CompiledModel::State::lay_out(size_t signature) {
  Ports& of = ports[signature];
  if (of.laid_out) return {};
  for (size_t i = 0; i < of.input_types.size(); ++i) {
    if (const c::Status status = api().input_layout(compiled.get(), signature, i, &of.input_types[i].layout); status != 0) {
      return failure("input " + signatures[signature].inputs[i].name + " has no shape", status);
    }
  }
  KELT_RETURN_IF_ERROR(read_layouts(signature, true));
  of.inputs.clear();
  of.outputs.clear();
  of.laid_out = true;
  of.measured = false;
  return {};
}

Result<void> CompiledModel::State::resize(size_t signature, size_t input, const Shape& shape, bool any_dim) {
  const TensorInfo& info = signatures[signature].inputs[input];
  const Error rejection{.code = Code::kInvalidArgument,
                        .what = "input " + info.name + " of shape " + text(info.shape) + " can't take " + text(shape),
                        .remedy = "Only dims of -1 can be resized"};
  const bool sizes = std::ranges::all_of(shape, [](int64_t dim) { return dim > 0 && dim <= INT32_MAX; });
  if (!sizes || shape.size() != info.shape.size()) return rejection;
  const std::vector<int> dims(shape.begin(), shape.end());
  const auto call = any_dim ? api().resize_input_any : api().resize_input;
  ports[signature].laid_out = false;
  const c::Status status = call(compiled.get(), signature, input, dims.data(), dims.size());
  if (status == 0) return {};
  return any_dim ? failure("input " + info.name + " can't be resized to " + text(shape), status) : rejection;
}

Result<void> CompiledModel::State::resize_to(size_t signature, const OrderedInputs& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(const Shape present, input_shape(signature, i));
    if (present != inputs[i]->shape) KELT_RETURN_IF_ERROR(resize(signature, i, inputs[i]->shape, false));
  }
  return {};
}

}  // namespace kelt::runtime
