// calibrate/runner.h — a signature of a file with all samples: each value of chosen tensors, once.

#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "calibrate/data.h"
#include "calibrate/sample.h"
#include "calibrate/split.h"
#include "observe/observe.h"

namespace kelt::calibrate {

// By its key; the only one, or serving_default, if that is empty.
[[nodiscard]] Result<const litert::Signature*> find_signature(const litert::Model& model, const std::string& key);

class Runner {
 public:
  struct Sinks {
    std::function<void(const Fitted&)> sample;  // each, before it is run
    std::function<void(const Place&, std::span<const float>)> value;
    std::function<Result<void>(const observe::Group&)> group_done = {};  // no more values of its tensors will come
  };

  // The file and the signature stay with the caller.
  Runner(const runtime::Runtime& runtime, const observe::File& file, const litert::Signature& signature, const Limits& limits, Sinks sinks)
      : runtime_(runtime), file_(file), signature_(signature), limits_(limits), sinks_(std::move(sinks)) {}

  // The first sample is taken; none is an error.
  [[nodiscard]] Result<void> begin(Samples samples);
  // Whether a copy of the file runs with the first sample.
  [[nodiscard]] Result<void> try_copy(const observe::File& copy, const observe::Group& group) const;
  // The first sample and all others. `file` is the one that was given, or a copy with other outputs. What the runtime can't give comes
  // back.
  [[nodiscard]] Result<std::vector<observe::Unreadable>> run(const observe::File& file, std::span<const Place> places);

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  [[nodiscard]] Result<std::optional<std::vector<runtime::Input>>> take_given();
  [[nodiscard]] Result<std::optional<Fitted>> take();
  void note_repeated(const Repeated& input);
  [[nodiscard]] Result<void> drain();
  [[nodiscard]] Result<std::vector<observe::Group>> group(const litert::Model& model, std::span<const Place> places) const;
  [[nodiscard]] Result<bool> run_at_once(const observe::File& file, const observe::Group& group);
  [[nodiscard]] Result<void> run_again(runtime::CompiledModel& compiled, const Fitted& sample, bool same, bool& in_place,
                                       std::vector<runtime::Output>& outputs) const;
  void hand_out(const observe::Group& group, const std::vector<runtime::Output>& outputs) const;
  [[nodiscard]] Result<void> group_done(const observe::Group& group) const;
  [[nodiscard]] Result<std::vector<observe::Unreadable>> run_in_parts(const observe::File& file, std::span<const observe::Group> groups);

  const runtime::Runtime& runtime_;
  const observe::File& file_;
  const litert::Signature& signature_;
  Limits limits_;
  Sinks sinks_;
  Samples samples_;
  std::optional<Split> split_;  // of the arrays that were given last
  std::optional<Fitted> first_;
  std::set<std::string> noted_;
  std::vector<std::string> notes_;
  size_t taken_ = 0;
};

}  // namespace kelt::calibrate
