// verify/side_by_side.h — one signature of a float file and of its quantized file on the same samples.

#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "verify/quantized.h"
#include "verify/segments.h"
#include "verify/taken_samples.h"
#include "verify/twins.h"

namespace kelt::verify {

class SideBySide {
 public:
  // All stay with the caller.
  SideBySide(const runtime::Runtime& runtime, const observe::File& floats, const observe::File& quantized,
             const litert::Signature& of_floats, const litert::Signature& of_quantized, const QuantizedOptions& options,
             QuantizedComparison& to);

  Result<void> run(const calibrate::Samples& samples);

 private:
  struct Value {
    Shape shape;
    std::vector<float> floats;
  };

  Result<void> take(const calibrate::Samples& samples);
  void keep_inputs();
  Result<void> find_outputs();
  Result<void> run_floats();
  Result<void> run_quantized();
  Result<void> check_constants();
  Result<std::set<litert::TensorId>> check_corrected_biases();
  void add_constant(Constant constant);
  [[nodiscard]] std::optional<double> largest_of(litert::TensorId floats) const;
  Result<void> run_alone(const Segment& segment);
  Result<void> compare_segment(const Segment& segment, runtime::CompiledModel& compiled, size_t sample, Noise& noise);
  [[nodiscard]] std::optional<std::vector<runtime::Input>> inputs_for(const Segment& segment, size_t sample,
                                                                      std::vector<std::vector<std::byte>>& held) const;
  [[nodiscard]] const Value* value_of(litert::TensorId floats, size_t sample) const;
  void describe(const Segment& segment, QuantizedLayer& layer) const;
  void judge_outputs();
  Result<void> compare_layers();
  [[nodiscard]] bool is_judged(const quantize::Form& form) const { return options_.representative || form.kind != quantize::Kind::kStatic; }
  Result<void> add_distributions();
  Result<void> observe_quantized(std::span<const observe::Place> places, size_t begin, size_t end, const observe::Observer& observer) const;
  Result<void> observe_file(const observe::File& file, const litert::Signature& signature, std::span<const observe::Place> places,
                            std::span<const OwnedSample> samples, const observe::Observer& observer) const;
  [[nodiscard]] size_t layer_samples() const { return std::min(options_.layer_samples, samples_.size()); }

  struct OutputTwin {
    litert::TensorId floats, quantized;
    size_t index;  // in the comparison's outputs
  };

  const runtime::Runtime& runtime_;
  const observe::File& floats_;
  const observe::File& quantized_;
  const litert::Signature& of_floats_;
  const litert::Signature& of_quantized_;
  const QuantizedOptions& options_;
  QuantizedComparison& to_;
  const quantize::Graph before_, after_;
  const Twins twins_;
  std::vector<OwnedSample> samples_, converted_;
  std::vector<OutputTwin> outputs_;
  std::map<litert::TensorId, std::vector<Value>> values_;  // of the float file, by sample
  std::map<litert::TensorId, Noise> through_;              // by tensor of the float file
  std::map<litert::TensorId, size_t> constants_;           // of the quantized file, in to_.constants
};

}  // namespace kelt::verify
