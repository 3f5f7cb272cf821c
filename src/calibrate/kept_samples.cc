#include "calibrate/kept_samples.h"

namespace kelt::calibrate {

Result<std::vector<Data>> KeptSamples::keep(std::vector<Data> data) {
  for (Data& one : data) {
    KELT_ASSIGN_OR_RETURN(SampleFile file, SampleFile::create());
    const auto kept = std::make_shared<Kept>(Kept{.signature = one.signature, .file = std::move(file), .several = {}});
    kept_.push_back(kept);
    one.next = [kept, next = std::move(one.next)]() -> Result<std::optional<Given>> {
      KELT_ASSIGN_OR_RETURN(std::optional<Given> given, next());
      if (!given) return given;
      KELT_RETURN_IF_ERROR(kept->file.add(given->inputs));
      kept->several.push_back(given->several);
      return given;
    };
  }
  return data;
}

Result<std::vector<Data>> KeptSamples::again() const {
  std::vector<Data> data;
  for (const std::shared_ptr<Kept>& kept : kept_) {
    KELT_ASSIGN_OR_RETURN(auto samples, kept->file.samples());
    const auto next = [kept, samples = std::move(samples), at = size_t{0}]() mutable -> Result<std::optional<Given>> {
      if (at == samples.size()) return std::optional<Given>();
      Given given{.inputs = samples[at], .several = kept->several[at]};
      ++at;
      return std::optional(std::move(given));
    };
    data.push_back({.signature = kept->signature, .next = next});
  }
  return data;
}

}  // namespace kelt::calibrate
