// verify/taken_samples.h — samples of a float file, kept, and as its quantized file takes them.

#pragma once

#include <string>
#include <vector>

#include "calibrate/data.h"
#include "litert/model.h"
#include "runtime/runtime.h"

namespace kelt::verify {

struct OwnedInput {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::vector<std::byte> bytes;
};
using OwnedSample = std::vector<OwnedInput>;

struct Taken {
  std::vector<OwnedSample> samples;
  bool all = true;  // none was left out
};

// The first `most` of the samples; none is an error.
[[nodiscard]] Result<Taken> take_samples(const litert::Model& model, const litert::Signature& signature, const calibrate::Samples& samples,
                                         size_t most);
// Floats become the integers of the other file's inputs.
[[nodiscard]] Result<OwnedSample> as_taken_by(const litert::Subgraph& graph, const litert::Signature& signature, const OwnedSample& sample);
[[nodiscard]] std::vector<runtime::Input> inputs_of(const OwnedSample& sample);

}  // namespace kelt::verify
