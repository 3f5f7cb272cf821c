#include "calibrate/sample.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "weights/convert.h"

namespace kelt::calibrate {
namespace {

using runtime::HostMemory;
using runtime::Input;

std::string dims_text(const Shape& shape) {
  std::string text = "[";
  for (const int64_t dim : shape) text += (text.size() > 1 ? ", " : "") + (dim < 0 ? std::string("?") : std::to_string(dim));
  return text + "]";
}

size_t count_of(const Shape& shape) {
  size_t count = 1;
  for (const int64_t dim : shape) count *= static_cast<size_t>(std::max<int64_t>(dim, 0));
  return count;
}

bool fits(std::span<const int64_t> given, std::span<const int64_t> wanted) {
  return std::ranges::equal(given, wanted, [](int64_t is, int64_t takes) { return takes < 0 || is == takes; });
}

class Fitting {
 public:
  Fitting(size_t sample, Fitted& fitted) : sample_("sample " + std::to_string(sample)), fitted_(fitted) {}

  Result<void> operator()(const Wanted& wanted, const Input& given) {
    KELT_ASSIGN_OR_RETURN(const size_t repeats, repeats_of(wanted, given));
    Input input = given;
    if (given.dtype != wanted.dtype || repeats > 1) {
      KELT_ASSIGN_OR_RETURN(input.bytes, converted(wanted, given, repeats));
    }
    input.name = given.name;
    input.dtype = wanted.dtype;
    if (repeats > 0) {
      if (input.shape.size() == wanted.shape.size()) input.shape.erase(input.shape.begin());
      input.shape.insert(input.shape.begin(), static_cast<int64_t>(repeats));
      fitted_.repeated.push_back({wanted.name, repeats});
    }
    if (wanted.dtype == DType::kFloat32) KELT_RETURN_IF_ERROR(check_finite(wanted, input.bytes));
    fitted_.inputs.push_back(std::move(input));
    return {};
  }

 private:
  [[nodiscard]] Error bad(const std::string& what, std::string remedy) const {
    return {.code = Code::kBadData, .what = sample_ + ": " + what, .remedy = std::move(remedy)};
  }

  // How often the array stands in the batch; 0 where it has the batch already.
  [[nodiscard]] Result<size_t> repeats_of(const Wanted& wanted, const Input& given) const {
    const std::span<const int64_t> takes = wanted.shape;
    const std::span<const int64_t> is = given.shape;
    if (count_of(given.shape) == 0) {
      return bad("the input '" + wanted.name + "' has no elements: its shape is " + dims_text(given.shape), "Leave the sample out");
    }
    if (fits(is, takes)) return size_t{0};
    if (!takes.empty()) {
      const auto batch = static_cast<size_t>(std::max<int64_t>(takes[0], 1));
      if (fits(is, takes.subspan(1)) || (!is.empty() && is[0] == 1 && fits(is.subspan(1), takes.subspan(1)))) return batch;
    }
    return bad("the input '" + wanted.name + "' takes " + dims_text(wanted.shape) + ", not " + dims_text(given.shape),
               takes.empty() ? "Give a number" : "Give an array of that shape, or of one example of it, without the first dim");
  }

  Result<std::span<const std::byte>> converted(const Wanted& wanted, const Input& given, size_t repeats) {
    const size_t count = count_of(given.shape);
    KELT_RETURN_IF_ERROR(check_dtype(wanted, given, count));
    KELT_ASSIGN_OR_RETURN(HostMemory memory, HostMemory::allocate(byte_size(wanted.dtype, count * std::max<size_t>(repeats, 1))));
    convert(given.dtype, given.bytes.data(), wanted.dtype, memory.data(), count);
    const size_t once = byte_size(wanted.dtype, count);
    for (size_t i = 1; i < repeats; ++i) std::memcpy(memory.data() + i * once, memory.data(), once);
    fitted_.converted.push_back(std::move(memory));
    return std::span<const std::byte>(fitted_.converted.back());
  }

  [[nodiscard]] Result<void> check_dtype(const Wanted& wanted, const Input& given, size_t count) const {
    if (given.dtype == wanted.dtype) return {};
    const bool numbers = is_float(given.dtype) || (is_integer(given.dtype) && given.dtype != DType::kInt4);
    if (is_float(wanted.dtype) && numbers) return {};
    if (is_integer(wanted.dtype) && wanted.dtype != DType::kInt4 && is_integer(given.dtype) && numbers) {
      std::vector<std::byte> there(byte_size(wanted.dtype, count));
      std::vector<std::byte> back(byte_size(given.dtype, count));
      convert(given.dtype, given.bytes.data(), wanted.dtype, there.data(), count);
      convert(wanted.dtype, there.data(), given.dtype, back.data(), count);
      if (std::ranges::equal(back, given.bytes)) return {};
      return bad(
          "the input '" + wanted.name + "' takes " + std::string(name(wanted.dtype)) + ", and holds numbers that are too large for it",
          "Give numbers that the model can take");
    }
    const std::string takes(name(wanted.dtype));
    return bad("the input '" + wanted.name + "' takes " + takes + ", not " + std::string(name(given.dtype)),
               "Give " + takes + ", as the model gets it when it is used");
  }

  [[nodiscard]] Result<void> check_finite(const Wanted& wanted, std::span<const std::byte> bytes) const {
    const std::span values(reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float));
    const auto bad_value = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
    if (bad_value == values.end()) return {};
    const std::string kind = std::isnan(*bad_value) ? "NaN" : "infinity";
    return bad("the input '" + wanted.name + "' holds " + kind + " (element " + std::to_string(bad_value - values.begin()) + ")",
               "Leave the sample out, or mend what makes it");
  }

  std::string sample_;
  Fitted& fitted_;
};

std::string list_of(const std::vector<Wanted>& all) {
  std::string text;
  for (const Wanted& wanted : all) {
    text += (text.empty() ? "" : ", ") + wanted.name + " " + std::string(name(wanted.dtype)) + dims_text(wanted.shape);
  }
  return text;
}

}  // namespace

std::vector<Wanted> wanted_inputs(const litert::Model& model, const litert::Signature& signature) {
  std::vector<Wanted> all;
  for (const litert::SignaturePort& port : signature.inputs) {
    const litert::Tensor& tensor = model.subgraphs[static_cast<size_t>(signature.subgraph)].tensors[static_cast<size_t>(port.tensor)];
    Wanted wanted{.name = port.name, .dtype = litert::to_dtype(tensor.type).value_or(DType::kUInt8)};
    for (const Dim& dim : tensor.dims) wanted.shape.push_back(dim.value().value_or(-1));
    all.push_back(std::move(wanted));
  }
  return all;
}

Result<Fitted> fit_sample(const litert::Model& model, const litert::Signature& signature, std::span<const Input> given, size_t sample) {
  const std::vector<Wanted> wanted = wanted_inputs(model, signature);
  const auto bad = [&](const std::string& what) {
    return Error{
        .code = Code::kBadData, .what = "sample " + std::to_string(sample) + " " + what, .remedy = "The inputs: " + list_of(wanted)};
  };
  for (const Input& input : given) {
    if (std::ranges::find(wanted, input.name, &Wanted::name) == wanted.end()) {
      return bad("has an input '" + std::string(input.name) + "', which the signature '" + signature.key + "' has not");
    }
  }
  Fitted fitted;
  Fitting fit(sample, fitted);
  for (const Wanted& one : wanted) {
    const auto found = std::ranges::find(given, one.name, &Input::name);
    if (found == given.end()) return bad("lacks the input '" + one.name + "' of the signature '" + signature.key + "'");
    KELT_RETURN_IF_ERROR(fit(one, *found));
  }
  return fitted;
}

}  // namespace kelt::calibrate
