// search/trials.h — samples, what the file of floats computes of them, and how far another file is from that.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibrate/data.h"
#include "calibrate/sample_file.h"
#include "observe/observe.h"

namespace kelt::search {

class Trials {
 public:
  // Takes all samples, which come once, and runs the file on them. The file and the runtime stay with the caller.
  [[nodiscard]] static Result<Trials> run(const runtime::Runtime& runtime, const observe::File& floats,
                                          const std::vector<calibrate::Data>& data);

  // Σ (y − ŷ)² over Σ y², of the output of which that is the most. Of each signature the first `samples`; infinite where there are NaN, or
  // the runtime can't run it.
  [[nodiscard]] Result<double> noise(const litert::Model& candidate, size_t samples) const;

  [[nodiscard]] size_t samples() const;                     // of the signature with the most
  [[nodiscard]] std::vector<calibrate::Data> data() const;  // the samples, from the first on
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  using Runs = std::vector<std::vector<runtime::Input>>;
  struct Signature {
    std::string key;
    std::shared_ptr<calibrate::SampleFile> inputs, outputs;  // which hold the bytes of:
    Runs samples, floats;
  };
  [[nodiscard]] Result<void> add(const observe::File& file, const calibrate::Data& data);
  [[nodiscard]] Result<void> run_floats(const observe::File& file, Signature& signature) const;

  const runtime::Runtime* runtime_ = nullptr;
  const observe::File* floats_ = nullptr;
  std::vector<Signature> signatures_;
  std::vector<std::string> notes_;
};

[[nodiscard]] double decibels(double noise);
// "30.4 dB"
[[nodiscard]] std::string decibels_text(double noise);

}  // namespace kelt::search
