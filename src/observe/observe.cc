#include "observe/observe.h"

#include <map>
#include <string_view>
#include <utility>

#include "litert/read.h"
#include "write/layout.h"

namespace kelt::observe {
namespace {

class Observation {
 public:
  Observation(const runtime::Runtime& runtime, const File& file, std::span<const Sample> samples, const Observer& observer,
              const runtime::OpenOptions& options)
      : runtime_(runtime), file_(file), samples_(samples), observer_(observer), options_(options) {}

  // The values of the samples before `first` have been handed out already.
  Result<void> run(const Group& group, size_t first = 0) {
    if (ended_) return {};
    const Result<void> ran = try_to_run(group, first);
    if (ran.ok()) return {};
    if (ran.error().code != Code::kRuntime || observer_failed_) return ran.error();
    if (group.readings.size() == 1) {
      unreadable_.push_back({.place = group.readings[0].place, .why = ran.error().to_string()});
      return {};
    }
    const auto middle = group.readings.begin() + static_cast<ptrdiff_t>(group.readings.size() / 2);
    KELT_RETURN_IF_ERROR(run({.signature = group.signature, .readings = {group.readings.begin(), middle}}, first));
    return run({.signature = group.signature, .readings = {middle, group.readings.end()}}, first);
  }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::vector<Unreadable> take_unreadable() { return std::move(unreadable_); }

 private:
  // Moves `first` behind the samples whose values were handed out.
  Result<void> try_to_run(const Group& group, size_t& first) {
    KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, open(runtime_, file_, group, options_));
    for (size_t i = 0; i < samples_.size() && !ended_; ++i) {
      KELT_ASSIGN_OR_RETURN(const std::vector<runtime::Output> outputs, compiled.run(group.signature, samples_[i]));
      if (i < first) continue;
      KELT_RETURN_IF_ERROR(hand_out(i, group, outputs));
      first = i + 1;
    }
    return {};
  }

  Result<void> hand_out(size_t sample, const Group& group, const std::vector<runtime::Output>& outputs) {
    std::map<std::string_view, const runtime::Output*> by_name;
    for (const runtime::Output& output : outputs) by_name[output.name] = &output;
    for (const Reading& reading : group.readings) {
      const Result<bool> goes_on = observer_(sample, reading.place, *by_name.at(reading.output));
      observer_failed_ = !goes_on.ok();
      if (observer_failed_) return goes_on.error();
      ended_ = !*goes_on;
      if (ended_) break;
    }
    return {};
  }

  const runtime::Runtime& runtime_;
  const File& file_;
  std::span<const Sample> samples_;
  const Observer& observer_;
  const runtime::OpenOptions& options_;
  std::vector<Unreadable> unreadable_;
  bool ended_ = false;
  bool observer_failed_ = false;
};

}  // namespace

Result<File> read_file(const std::filesystem::path& path) {
  File file;
  KELT_ASSIGN_OR_RETURN(file.bytes, MappedFile::open(path));
  KELT_ASSIGN_OR_RETURN(file.model, litert::read_model(file.bytes));
  return file;
}

Result<runtime::CompiledModel> open(const runtime::Runtime& runtime, const File& file, const Group& group,
                                    const runtime::OpenOptions& options) {
  KELT_ASSIGN_OR_RETURN(const litert::Model copy, observed_copy(file.model, group));
  return open(runtime, file, copy, options);
}

Result<runtime::CompiledModel> open(const runtime::Runtime& runtime, const File& file, const litert::Model& model,
                                    const runtime::OpenOptions& options) {
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> head, write::lay_out_before(file.bytes->bytes(), model, page_size()));
  KELT_ASSIGN_OR_RETURN(OwnedBytes bytes, file.bytes->map_behind(head));
  return runtime.open_in_place(std::move(bytes), options);
}

Result<std::vector<Unreadable>> observe(const runtime::Runtime& runtime, const File& file, std::span<const Group> groups,
                                        std::span<const Sample> samples, const Observer& observer, const runtime::OpenOptions& options) {
  Observation observation(runtime, file, samples, observer, options);
  for (const Group& group : groups) {
    if (observation.ended()) break;
    KELT_RETURN_IF_ERROR(observation.run(group));
  }
  return observation.take_unreadable();
}

}  // namespace kelt::observe
