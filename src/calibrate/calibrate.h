// calibrate/calibrate.h — runs a float file over samples and collects what its tensors' values are.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sink.h"
#include "calibrate/data.h"
#include "observe/observe.h"
#include "statistics/statistics.h"

namespace kelt::calibrate {

struct Options {
  std::optional<std::vector<Place>> places = {};  // that are of interest; none given: calibratable_tensors of each signature
  std::vector<Place> channels = {};               // of these, sums of each channel as well
  Limits limits = {};
  ProgressSink progress;  // stage "calibrate": samples; how many there are is not known
};

struct Calibration {
  statistics::Statistics statistics;
  std::vector<observe::Unreadable> unreadable;  // of the places
  std::vector<std::string> notes;               // what was done to the data, a sentence each
};

// float32 tensors whose values are known in a run of the signature: its inputs, what it computes, in order, and those inside of loops
// and branches, of which only bounds are known.
[[nodiscard]] std::vector<Place> calibratable_tensors(const litert::Model& model, const litert::Signature& signature);

// One pass over the samples of each signature. A model with states goes on from sample to sample.
[[nodiscard]] Result<Calibration> calibrate(const runtime::Runtime& runtime, const observe::File& file, std::span<const Data> data,
                                            const Options& options = {});

// The file of a model that is not written: it stands in `folder`, without a name, until the result is gone.
[[nodiscard]] Result<observe::File> unnamed_file(const litert::Model& model, const std::filesystem::path& folder);

}  // namespace kelt::calibrate
