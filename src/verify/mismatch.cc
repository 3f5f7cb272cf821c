#include "verify/mismatch.h"

#include <algorithm>
#include <array>

#include "verify/limits.h"
#include "verify/sourced.h"
#include "weights/convert.h"

namespace kelt::verify {
namespace {

// Whether a product of the file has floats on one side and integers on the other.
bool rounds_activations(const litert::Model& model) {
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const litert::Operator& op : subgraph.operators) {
      if (op.code != litert::BuiltinOperator::FULLY_CONNECTED) continue;
      const litert::TensorType weights = subgraph.tensors[op.inputs[1]].type;
      const bool integers = weights == litert::TensorType::INT8 || weights == litert::TensorType::INT4;
      if (integers && subgraph.tensors[op.inputs[0]].type == litert::TensorType::FLOAT32) return true;
    }
  }
  return false;
}

// The operator that computes the tensor.
std::string operator_of(const litert::Model& model, const observe::Place& place) {
  for (const litert::Operator& op : model.subgraphs[static_cast<size_t>(place.subgraph)].operators) {
    if (std::ranges::find(op.outputs, place.tensor) != op.outputs.end()) return tflite::EnumNameBuiltinOperator(op.code);
  }
  return {};
}

// The value as the reference has it, where the file computes with other types: rows that convolutions keep as images, with a length
// of 1 more, and halves that are float32. `bytes` holds what is converted.
View like(const runtime::Output& value, const View& reference, std::vector<std::byte>& bytes) {
  const auto lengths = [](const Shape& shape) {
    Shape found;
    std::ranges::copy_if(shape, std::back_inserter(found), [](int64_t length) { return length != 1; });
    return found;
  };
  if (lengths(value.shape) != lengths(reference.shape)) return {value.dtype, value.shape, value.bytes};
  const bool is_half = reference.dtype == DType::kFloat16 || reference.dtype == DType::kBFloat16;
  if (!is_half || value.dtype != DType::kFloat32) return {value.dtype, reference.shape, value.bytes};
  bytes.resize(reference.bytes.size());
  convert(value.dtype, value.bytes.data(), reference.dtype, bytes.data(), value.bytes.size() / sizeof(float));
  return {reference.dtype, reference.shape, bytes};
}

}  // namespace

Result<Search> find_mismatch(const runtime::Runtime& runtime, const std::filesystem::path& file, std::string_view signature,
                             std::span<const runtime::Input> inputs, const Reference& reference, double limit) {
  KELT_ASSIGN_OR_RETURN(const Sourced sourced, read_sourced(file, signature));
  KELT_ASSIGN_OR_RETURN(const std::vector<observe::Group> groups, sourced.groups([](const litert::SourceValue&) { return true; }));
  const litert::Model& model = sourced.file.model;

  Search found;
  if (rounds_activations(model)) limit = std::max(limit, kRoundedActivations);
  const auto compare_one = [&](size_t, const observe::Place& place, const runtime::Output& value) -> Result<bool> {
    const litert::Tensor& tensor = sourced.tensor(place);
    KELT_ASSIGN_OR_RETURN(const std::optional<View> expected, reference(*tensor.source));
    if (!expected) return true;
    std::vector<std::byte> converted;
    Comparison comparison = compare(like(value, *expected, converted), *expected, limit);
    if (comparison.ok()) {
      found.agreed.push_back(*tensor.source);
      return true;
    }
    found.first =
        Mismatch{.tensor = tensor.name, .op = operator_of(model, place), .source = *tensor.source, .comparison = std::move(comparison)};
    return false;
  };
  KELT_ASSIGN_OR_RETURN(const std::vector<observe::Unreadable> unreadable,
                        observe::observe(runtime, sourced.file, groups, std::array{observe::Sample(inputs)}, compare_one));
  found.unreadable = unreadable.size();
  return found;
}

}  // namespace kelt::verify
