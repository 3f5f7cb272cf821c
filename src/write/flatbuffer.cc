#include "write/flatbuffer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/version.h"
#include "tflite_generated.h"

namespace kelt::write {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
template <typename T>
using Tables = Offset<flatbuffers::Vector<Offset<T>>>;
using Numbers = Offset<flatbuffers::Vector<int32_t>>;

// Not the default, so that the field has room.
constexpr uint64_t kUnset = ~uint64_t{0};
constexpr flatbuffers::uoffset_t kUnsetInside = ~flatbuffers::uoffset_t{0};

// Operator codes in order of first use.
class OperatorCodes {
 public:
  uint32_t index_of(const litert::Operator& op) {
    const auto [found, is_new] = indices_.try_emplace({op.code, op.custom_code, op.version}, static_cast<uint32_t>(order_.size()));
    if (is_new) order_.push_back(&*found);
    return found->second;
  }

  Tables<tflite::OperatorCode> write(FlatBufferBuilder& to) const {
    std::vector<Offset<tflite::OperatorCode>> tables;
    for (const auto* entry : order_) {
      const auto& [code, custom_code, version] = entry->first;
      const auto name = custom_code.empty() ? Offset<flatbuffers::String>() : to.CreateString(custom_code);
      // Old readers know the codes up to 127 by an 8-bit field, and this as a sign to look at the new one.
      const auto deprecated = static_cast<int8_t>(std::min(static_cast<int>(code), static_cast<int>(std::numeric_limits<int8_t>::max())));
      tables.push_back(tflite::CreateOperatorCode(to, deprecated, name, version, code));
    }
    return to.CreateVector(tables);
  }

 private:
  using Key = std::tuple<litert::BuiltinOperator, std::string, int>;
  std::map<Key, uint32_t> indices_;
  std::vector<const std::pair<const Key, uint32_t>*> order_;
};

// What TOPK_V2 orders: with a -1 in its operand's signature the runtime leaves the size of the results open until it runs, though it
// knows the operand's by then. Inputs and outputs need theirs.
std::vector<bool> ordered_within(const litert::Subgraph& subgraph) {
  std::vector<bool> ordered(subgraph.tensors.size(), false);
  for (const litert::Operator& op : subgraph.operators) {
    if (op.code == litert::BuiltinOperator::TOPK_V2 && !op.inputs.empty() && op.inputs[0] >= 0) ordered[op.inputs[0]] = true;
  }
  for (const auto& ports : {subgraph.inputs, subgraph.outputs}) {
    for (const litert::TensorId port : ports) ordered[port] = false;
  }
  return ordered;
}

class Builder {
 public:
  Builder(const litert::Model& model, std::span<const litert::Metadata> metadata, const Buffers& buffers, Constants constants)
      : model_(model), metadata_(metadata), buffers_(buffers), constants_(constants) {}

  Result<Flatbuffer> build() {
    std::vector<Offset<tflite::SubGraph>> subgraphs;
    for (size_t i = 0; i < model_.subgraphs.size(); ++i) {
      KELT_ASSIGN_OR_RETURN(const auto subgraph, write_subgraph(model_.subgraphs[i], buffers_.of_tensor[i]));
      subgraphs.push_back(subgraph);
    }
    const auto subgraph_tables = to_.CreateVector(subgraphs);
    const auto codes = codes_.write(to_);
    const auto description = to_.CreateString(model_.description.empty() ? "kelt " + std::string(version()) : model_.description);
    const auto buffers = write_buffers();
    const auto nameless =
        optional_numbers(std::vector<int32_t>(buffers_.of_nameless_metadata.begin(), buffers_.of_nameless_metadata.end()));
    const auto metadata = write_metadata();
    const auto signatures = write_signatures();
    const auto groups = write_objects<tflite::ExternalBufferGroup>(model_.external_buffer_groups);
    const auto externals = write_objects<tflite::ExternalBuffer>(model_.external_buffers);
    const auto root =
        tflite::CreateModel(to_, 3, codes, subgraph_tables, description, buffers, nameless, metadata, signatures, groups, externals);
    tflite::FinishModelBuffer(to_, root);

    Flatbuffer out;
    const auto bytes = std::as_bytes(std::span(to_.GetBufferPointer(), to_.GetSize()));
    out.bytes.assign(bytes.begin(), bytes.end());
    for (const size_t from_end : fields_from_end_) out.fields.push_back(bytes.size() - from_end);
    return out;
  }

 private:
  Result<Offset<tflite::SubGraph>> write_subgraph(const litert::Subgraph& subgraph, std::span<const uint32_t> buffer_of) {
    const std::vector<bool> unsigned_tensors = ordered_within(subgraph);
    std::vector<Offset<tflite::Tensor>> tensors;
    for (size_t i = 0; i < subgraph.tensors.size(); ++i) {
      KELT_ASSIGN_OR_RETURN(const auto tensor, write_tensor(subgraph.tensors[i], buffer_of[i], !unsigned_tensors[i]));
      tensors.push_back(tensor);
    }
    std::vector<Offset<tflite::Operator>> operators;
    for (const litert::Operator& op : subgraph.operators) operators.push_back(write_operator(op));
    const auto tensor_tables = to_.CreateVector(tensors);
    const auto inputs = to_.CreateVector(subgraph.inputs);
    const auto outputs = to_.CreateVector(subgraph.outputs);
    const auto operator_tables = to_.CreateVector(operators);
    const auto name = optional_string(subgraph.name);
    return tflite::CreateSubGraph(to_, tensor_tables, inputs, outputs, operator_tables, name, subgraph.debug_metadata_index);
  }

  Result<Offset<tflite::Tensor>> write_tensor(const litert::Tensor& tensor, uint32_t buffer, bool with_signature) {
    std::vector<int32_t> shape;
    std::vector<int32_t> signature;
    for (const Dim& dim : tensor.dims) {
      const auto length = dim.value();
      if (length && (*length < 0 || *length > std::numeric_limits<int32_t>::max())) {
        return Error{.code = Code::kUnsupported,
                     .what = "the tensor " + tensor.name + " has the shape " + to_string(tensor.dims) + "; LiteRT's dims end at 2147483647",
                     .path = tensor.name};
      }
      shape.push_back(length ? static_cast<int32_t>(*length) : 1);
      signature.push_back(length ? static_cast<int32_t>(*length) : -1);
    }
    const auto shape_vector = shared(shapes_, shape);
    const auto signature_vector = all_static(tensor.dims) || !with_signature ? Numbers() : shared(shapes_, signature);
    const auto name = to_.CreateString(tensor.name);
    const bool is_quantized = !(tensor.quantization == tflite::QuantizationParametersT());
    const auto quantization = is_quantized ? write_quantization(tensor.quantization) : Offset<tflite::QuantizationParameters>();
    const auto sparsity = tensor.sparsity ? tflite::CreateSparsityParameters(to_, &*tensor.sparsity) : Offset<tflite::SparsityParameters>();
    std::vector<Offset<tflite::VariantSubType>> variants;
    for (const auto& variant : tensor.variant_tensors) variants.push_back(tflite::CreateVariantSubType(to_, &variant));
    const auto variant_tables = variants.empty() ? Tables<tflite::VariantSubType>() : to_.CreateVector(variants);
    return tflite::CreateTensor(to_, shape_vector, tensor.type, buffer, name, quantization, tensor.is_variable, sparsity, signature_vector,
                                tensor.has_rank, variant_tables, tensor.external_buffer);
  }

  Offset<tflite::Operator> write_operator(const litert::Operator& op) {
    const uint32_t code = codes_.index_of(op);
    const auto inputs = to_.CreateVector(op.inputs);
    const auto outputs = to_.CreateVector(op.outputs);
    const auto options = op.options.Pack(to_);
    const auto options2 = op.options2.Pack(to_);
    Offset<flatbuffers::Vector<uint8_t>> custom_options;
    if (!op.custom_options.empty()) {
      to_.ForceVectorAlignment(op.custom_options.size(), 1, 16);
      custom_options = to_.CreateVector(op.custom_options);
    }
    const auto mutating = op.mutating_variable_inputs.empty() ? 0 : to_.CreateVector(op.mutating_variable_inputs);
    const auto intermediates = optional_numbers(op.intermediates);
    return tflite::CreateOperator(to_, code, inputs, outputs, op.options.type, options, custom_options,
                                  tflite::CustomOptionsFormat::FLEXBUFFERS, mutating, intermediates, 0, 0, op.options2.type, options2,
                                  op.debug_metadata_index);
  }

  // The places are not known yet: they are fields of fixed width, filled in by the layout.
  Tables<tflite::Buffer> write_buffers() {
    std::vector<Offset<tflite::Buffer>> tables = {tflite::CreateBuffer(to_)};
    for (const StoredBuffer& buffer : buffers_.stored) {
      tflite::BufferBuilder table(to_);
      if (constants_ == Constants::kInside) {
        to_.AddElement<flatbuffers::uoffset_t>(tflite::Buffer::VT_DATA, kUnsetInside, 0);
      } else {
        table.add_size(buffer.size);
        table.add_offset(kUnset);
      }
      fields_from_end_.push_back(to_.GetSize());
      tables.push_back(table.Finish());
    }
    return to_.CreateVector(tables);
  }

  Tables<tflite::Metadata> write_metadata() {
    std::vector<Offset<tflite::Metadata>> tables;
    for (size_t i = 0; i < metadata_.size(); ++i) {
      const auto name = to_.CreateString(metadata_[i].name);
      tables.push_back(tflite::CreateMetadata(to_, name, buffers_.of_metadata[i]));
    }
    return tables.empty() ? Tables<tflite::Metadata>() : to_.CreateVector(tables);
  }

  Tables<tflite::SignatureDef> write_signatures() {
    const auto write_ports = [&](const std::vector<litert::SignaturePort>& ports) {
      std::vector<Offset<tflite::TensorMap>> tables;
      for (const litert::SignaturePort& port : ports) {
        const auto name = to_.CreateString(port.name);
        tables.push_back(tflite::CreateTensorMap(to_, name, static_cast<uint32_t>(port.tensor)));
      }
      return to_.CreateVector(tables);
    };
    std::vector<Offset<tflite::SignatureDef>> tables;
    for (const litert::Signature& signature : model_.signatures) {
      const auto inputs = write_ports(signature.inputs);
      const auto outputs = write_ports(signature.outputs);
      const auto key = to_.CreateString(signature.key);
      tables.push_back(tflite::CreateSignatureDef(to_, inputs, outputs, key, static_cast<uint32_t>(signature.subgraph)));
    }
    return tables.empty() ? Tables<tflite::SignatureDef>() : to_.CreateVector(tables);
  }

  // Kernels want a zero point for each channel, eight bytes of zeros: equal ones are stored once. So are the scales of a table that is
  // looked up and multiplied with.
  Offset<tflite::QuantizationParameters> write_quantization(const tflite::QuantizationParametersT& quantization) {
    const auto floats = [&](const std::vector<float>& values) {
      return values.empty() ? Offset<flatbuffers::Vector<float>>() : to_.CreateVector(values);
    };
    const auto min = floats(quantization.min);
    const auto max = floats(quantization.max);
    const auto scale = quantization.scale.size() > 1 ? shared(scales_, quantization.scale) : floats(quantization.scale);
    const auto zeros =
        quantization.zero_point.empty() ? Offset<flatbuffers::Vector<int64_t>>() : shared(zero_points_, quantization.zero_point);
    const auto details = quantization.details.Pack(to_);
    return tflite::CreateQuantizationParameters(to_, min, max, scale, zeros, quantization.details.type, details,
                                                quantization.quantized_dimension);
  }

  template <typename Table, typename Object>
  Tables<Table> write_objects(const std::vector<Object>& objects) {
    std::vector<Offset<Table>> tables;
    for (const Object& object : objects) tables.push_back(Table::Pack(to_, &object));
    return tables.empty() ? Tables<Table>() : to_.CreateVector(tables);
  }

  // Tables may refer to one vector: those of equal bytes are written once. A NaN of a file that was read has no place in another order.
  struct ByBytes {
    template <typename T>
    bool operator()(const std::vector<T>& a, const std::vector<T>& b) const {
      return std::ranges::lexicographical_compare(std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
    }
  };
  template <typename T>
  using Shared = std::map<std::vector<T>, Offset<flatbuffers::Vector<T>>, ByBytes>;
  template <typename T>
  Offset<flatbuffers::Vector<T>> shared(Shared<T>& known, const std::vector<T>& values) {
    const auto [found, is_new] = known.try_emplace(values);
    if (is_new) found->second = to_.CreateVector(values);
    return found->second;
  }

  Offset<flatbuffers::String> optional_string(const std::string& text) {
    return text.empty() ? Offset<flatbuffers::String>() : to_.CreateString(text);
  }
  Numbers optional_numbers(const std::vector<int32_t>& numbers) { return numbers.empty() ? Numbers() : to_.CreateVector(numbers); }

  const litert::Model& model_;
  std::span<const litert::Metadata> metadata_;
  const Buffers& buffers_;
  Constants constants_;
  FlatBufferBuilder to_{size_t{1} << 16};
  OperatorCodes codes_;
  Shared<int64_t> zero_points_;
  Shared<int32_t> shapes_;
  Shared<float> scales_;
  std::vector<size_t> fields_from_end_;
};

}  // namespace

Result<Flatbuffer> build_flatbuffer(const litert::Model& model, std::span<const litert::Metadata> metadata, const Buffers& buffers,
                                    Constants constants) {
  return Builder(model, metadata, buffers, constants).build();
}

// A FlatBuffer refers forward, from where the reference stands.
void point_at(std::span<std::byte> flatbuffer, size_t field, Constants constants, uint64_t offset) {
  std::byte* const at = flatbuffer.data() + field;
  if (constants == Constants::kOutside) return flatbuffers::WriteScalar(at, offset);
  flatbuffers::WriteScalar(at, static_cast<flatbuffers::uoffset_t>(offset - prefix_bytes(constants) - field));
}

}  // namespace kelt::write
