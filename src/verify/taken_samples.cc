#include "verify/taken_samples.h"

#include <algorithm>
#include <cstring>

#include "calibrate/sample.h"
#include "calibrate/split.h"
#include "verify/port_values.h"

namespace kelt::verify {
namespace {

OwnedSample owned(const calibrate::Fitted& fitted) {
  OwnedSample sample;
  for (const runtime::Input& input : fitted.inputs) {
    sample.push_back({std::string(input.name), input.dtype, input.shape, {input.bytes.begin(), input.bytes.end()}});
  }
  return sample;
}

}  // namespace

Result<Taken> take_samples(const litert::Model& model, const litert::Signature& signature, const calibrate::Samples& samples, size_t most) {
  Taken taken;
  const auto take = [&](std::span<const runtime::Input> given) -> Result<bool> {
    taken.all = taken.samples.size() < most;
    if (!taken.all) return false;
    KELT_ASSIGN_OR_RETURN(const calibrate::Fitted fitted, calibrate::fit_sample(model, signature, given, taken.samples.size()));
    taken.samples.push_back(owned(fitted));
    return true;
  };
  for (bool more = true; more;) {
    KELT_ASSIGN_OR_RETURN(const std::optional<calibrate::Given> given, samples());
    if (!given) break;
    if (!given->several) {
      KELT_ASSIGN_OR_RETURN(more, take(given->inputs));
      continue;
    }
    KELT_ASSIGN_OR_RETURN(calibrate::Split split, calibrate::Split::of(model, signature, given->inputs));
    while (more) {
      const auto one = split.next();
      if (!one) break;
      KELT_ASSIGN_OR_RETURN(more, take(*one));
    }
  }
  if (!taken.samples.empty()) return taken;
  return Error{.code = Code::kBadData,
               .what = "there is no sample for the signature '" + signature.key + "'",
               .remedy = "Give at least one; a generator can be used only once, a function that makes one again"};
}

Result<OwnedSample> as_taken_by(const litert::Subgraph& graph, const litert::Signature& signature, const OwnedSample& sample) {
  OwnedSample converted = sample;
  for (OwnedInput& input : converted) {
    const auto port = std::ranges::find(signature.inputs, input.name, &litert::SignaturePort::name);
    if (port == signature.inputs.end()) {
      return Error{.code = Code::kMismatch, .what = "the quantized file has no input '" + input.name + "'"};
    }
    const litert::Tensor& tensor = graph.tensors[static_cast<size_t>(port->tensor)];
    const std::optional<DType> wanted = litert::to_dtype(tensor.type);
    if (!wanted || *wanted == input.dtype) continue;
    if (input.dtype != DType::kFloat32 || tensor.quantization.scale.empty()) {
      return Error{.code = Code::kMismatch,
                   .what = "the input '" + input.name + "' is " + std::string(name(input.dtype)) + " in the float file, and " +
                           std::string(name(*wanted)) + " without a scale in the quantized one"};
    }
    std::vector<float> floats(input.bytes.size() / sizeof(float));
    if (!floats.empty()) std::memcpy(floats.data(), input.bytes.data(), input.bytes.size());
    input.bytes = as_held(floats, tensor);
    input.dtype = *wanted;
  }
  return converted;
}

std::vector<runtime::Input> inputs_of(const OwnedSample& sample) {
  std::vector<runtime::Input> inputs;
  for (const OwnedInput& input : sample) inputs.push_back({input.name, input.dtype, input.shape, input.bytes});
  return inputs;
}

}  // namespace kelt::verify
