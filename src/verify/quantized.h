// verify/quantized.h — a quantized file beside the float file that it was made of: is it that model, and how far is it?
//
// What is proven, each by itself: the rules of quantized files (quantize/validate.h); the constants, value by value (verify/weights.h);
// each layer alone, on the float file's own values (verify/segments.h); the outputs of the whole, over the samples.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sink.h"
#include "calibrate/data.h"
#include "observe/observe.h"
#include "quantize/form.h"
#include "runtime/runtime.h"
#include "statistics/histogram.h"
#include "verify/noise.h"
#include "verify/weights.h"

namespace kelt::verify {

struct QuantizedLayer {
  std::string layer;  // as reports of quantization name it
  std::string op;
  quantize::Form form;
  std::optional<Noise> alone;    // on the float file's values; empty where it could not run alone
  std::optional<Noise> through;  // in the quantized file, behind all that comes before
  std::optional<Noise> weights;  // of its constants in integers or halves
  uint64_t bytes_before = 0;     // of its constants
  uint64_t bytes_after = 0;
  double limit = 0;                         // dB, of it alone
  std::string cure;                         // the form that would make it better; empty where none would
  litert::Place place;                      // its result in the float file
  std::vector<litert::TensorId> constants;  // of the quantized file
};

struct QuantizedOutput {
  std::string signature;
  std::string name;
  Noise noise;
  double limit = 0;  // dB
};

// The values of a tensor in the float file and in the quantized one.
struct Distribution {
  std::string tensor;
  statistics::Histogram before, after;
};

struct QuantizedComparison {
  uint64_t samples = 0;
  uint64_t layer_samples = 0;
  std::string coarsest;  // form, whose limits the outputs have
  std::vector<QuantizedOutput> outputs;
  std::vector<QuantizedLayer> layers;  // in order of execution
  std::vector<Constant> constants;
  std::vector<Distribution> distributions;  // of the layers that cost most
  std::vector<std::string> faults;          // why it is not the float file's model, a sentence each; none: it is
  std::vector<std::string> notes;

  [[nodiscard]] bool ok() const { return faults.empty(); }
};

struct QuantizedOptions {
  size_t samples = 64;       // of each signature, at most
  size_t layer_samples = 4;  // of these, for layers: their values are in memory
  int threads = 1;
  uint64_t most_bytes = 0;  // of the weights in memory; 0: all of them. Files that can't be cut are run as a whole (observe/parts.h).
  bool layers = true;
  // Whether integer activations may be judged on the samples: not where others than those of the calibration's kind leave their ranges.
  bool representative = true;
  ProgressSink progress;  // stage "compare"
};

// Samples as the float file takes them (calibrate/data.h).
// None: random ones (verify/random_samples.h), which a note says.
[[nodiscard]] Result<QuantizedComparison> compare_quantized(const runtime::Runtime& runtime, const observe::File& floats,
                                                            const observe::File& quantized, std::span<const calibrate::Data> data,
                                                            const QuantizedOptions& options = {});

// Whether some operators have another form in the one file than in the other: the one was made of the other, or of its model.
[[nodiscard]] bool is_quantized_from(const litert::Model& floats, const litert::Model& quantized);
// Whether any operator has fewer bits than float32.
[[nodiscard]] bool has_quantized_operators(const litert::Model& model);

// The layers that add most noise, beside their own results; the first is the worst.
[[nodiscard]] std::vector<size_t> costliest(const QuantizedComparison& comparison, size_t count = 5);

[[nodiscard]] std::string to_text(const QuantizedComparison& comparison);
[[nodiscard]] std::string to_json(const QuantizedComparison& comparison);

}  // namespace kelt::verify
