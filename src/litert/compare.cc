#include "litert/compare.h"

#include <algorithm>

namespace kelt::litert {
namespace {

Result<bool> same_bytes(const Array& a, const Array& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  std::vector<std::byte> left(std::min<size_t>(a.bytes(), 1 << 20));
  std::vector<std::byte> right(left.size());
  for (size_t at = 0; at < a.bytes(); at += left.size()) {
    const size_t size = std::min(left.size(), a.bytes() - at);
    KELT_RETURN_IF_ERROR(a.source->read(at, std::span(left).first(size)));
    KELT_RETURN_IF_ERROR(b.source->read(at, std::span(right).first(size)));
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size), right.begin())) return false;
  }
  return true;
}

bool same_dims(const Dims& a, const Dims& b) {
  return std::ranges::equal(a, b, {}, &Dim::value, &Dim::value);  // an expression and a symbol are both -1 in a file
}

class Comparison {
 public:
  Result<std::vector<std::string>> run(const Model& a, const Model& b) {
    place_ = "model";
    note(a.description == b.description, "description");
    note(a.constants_outside == b.constants_outside, "place of the constants");
    note(a.external_buffer_groups == b.external_buffer_groups, "external buffer groups");
    note(a.external_buffers == b.external_buffers, "external buffers");
    note(a.unknown_fields == b.unknown_fields, "unknown fields");
    if (note(a.subgraphs.size() == b.subgraphs.size(), "number of subgraphs")) {
      for (size_t i = 0; i < a.subgraphs.size(); ++i) KELT_RETURN_IF_ERROR(subgraph(a.subgraphs[i], b.subgraphs[i], i));
    }
    place_ = "model";
    if (note(a.signatures.size() == b.signatures.size(), "number of signatures")) {
      for (size_t i = 0; i < a.signatures.size(); ++i) signature(a.signatures[i], b.signatures[i]);
    }
    KELT_RETURN_IF_ERROR(metadata(a, b));
    return std::move(found_);
  }

 private:
  bool note(bool same, const std::string& what) {
    if (!same) found_.push_back(place_ + ": " + what);
    return same;
  }

  Result<void> subgraph(const Subgraph& a, const Subgraph& b, size_t index) {
    const std::string place = place_ = "subgraph " + std::to_string(index);
    note(a.name == b.name, "name");
    note(a.inputs == b.inputs, "inputs");
    note(a.outputs == b.outputs, "outputs");
    note(a.debug_metadata_index == b.debug_metadata_index, "debug metadata");
    if (note(a.tensors.size() == b.tensors.size(), "number of tensors")) {
      for (size_t i = 0; i < a.tensors.size(); ++i) {
        place_ = place + ", tensor " + std::to_string(i);
        KELT_RETURN_IF_ERROR(tensor(a.tensors[i], b.tensors[i]));
      }
    }
    place_ = place;
    if (note(a.operators.size() == b.operators.size(), "number of operators")) {
      for (size_t i = 0; i < a.operators.size(); ++i) {
        place_ = place + ", operator " + std::to_string(i);
        op(a.operators[i], b.operators[i]);
      }
    }
    return {};
  }

  Result<void> tensor(const Tensor& a, const Tensor& b) {
    note(a.name == b.name, "name");
    note(a.type == b.type, "type");
    note(same_dims(a.dims, b.dims), "dims");
    note(a.quantization == b.quantization, "quantization");
    note(a.is_variable == b.is_variable, "variable");
    note(a.has_rank == b.has_rank, "has rank");
    note(a.sparsity == b.sparsity, "sparsity");
    note(a.variant_tensors == b.variant_tensors, "variants");
    note(a.external_buffer == b.external_buffer, "external buffer");
    if (note(a.constant.has_value() == b.constant.has_value(), "constant") && a.constant) {
      KELT_ASSIGN_OR_RETURN(const bool same, same_bytes(*a.constant, *b.constant));
      note(same, "values");
    }
    return {};
  }

  void op(const Operator& a, const Operator& b) {
    note(a.code == b.code, "code");
    note(a.version == b.version, "version");
    note(a.custom_code == b.custom_code, "custom code");
    note(a.inputs == b.inputs, "inputs");
    note(a.outputs == b.outputs, "outputs");
    note(a.options == b.options, "options");
    note(a.options2 == b.options2, "options of the second kind");
    note(a.custom_options == b.custom_options, "custom options");
    note(a.mutating_variable_inputs == b.mutating_variable_inputs, "mutated inputs");
    note(a.intermediates == b.intermediates, "intermediates");
    note(a.debug_metadata_index == b.debug_metadata_index, "debug metadata");
  }

  void signature(const Signature& a, const Signature& b) {
    place_ = "signature '" + a.key + "'";
    note(a.key == b.key, "key");
    note(a.subgraph == b.subgraph, "subgraph");
    const auto same = [](const SignaturePort& x, const SignaturePort& y) { return x.name == y.name && x.tensor == y.tensor; };
    note(std::ranges::equal(a.inputs, b.inputs, same), "inputs");
    note(std::ranges::equal(a.outputs, b.outputs, same), "outputs");
  }

  Result<void> metadata(const Model& a, const Model& b) {
    place_ = "metadata";
    if (note(a.metadata.size() == b.metadata.size(), "number of entries")) {
      for (size_t i = 0; i < a.metadata.size(); ++i) {
        note(a.metadata[i].name == b.metadata[i].name, "name of entry " + std::to_string(i));
        KELT_ASSIGN_OR_RETURN(const bool same, same_bytes(a.metadata[i].bytes, b.metadata[i].bytes));
        note(same, "bytes of '" + a.metadata[i].name + "'");
      }
    }
    if (note(a.metadata_buffers.size() == b.metadata_buffers.size(), "number of nameless entries")) {
      for (size_t i = 0; i < a.metadata_buffers.size(); ++i) {
        KELT_ASSIGN_OR_RETURN(const bool same, same_bytes(a.metadata_buffers[i], b.metadata_buffers[i]));
        note(same, "bytes of nameless entry " + std::to_string(i));
      }
    }
    return {};
  }

  std::string place_;
  std::vector<std::string> found_;
};

}  // namespace

Result<std::vector<std::string>> differences(const Model& a, const Model& b) { return Comparison().run(a, b); }

}  // namespace kelt::litert
