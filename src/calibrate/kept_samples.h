// calibrate/kept_samples.h — samples that come once, for several calibrations one after the other.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibrate/data.h"
#include "calibrate/sample_file.h"

namespace kelt::calibrate {

class KeptSamples {
 public:
  // The same data, each of whose samples is kept as it passes.
  [[nodiscard]] Result<std::vector<Data>> keep(std::vector<Data> data);
  // What was kept, from the start. It is borrowed from this object.
  [[nodiscard]] Result<std::vector<Data>> again() const;

 private:
  struct Kept {
    std::string signature;
    SampleFile file;
    std::vector<bool> several;
  };
  std::vector<std::shared_ptr<Kept>> kept_;
};

}  // namespace kelt::calibrate
