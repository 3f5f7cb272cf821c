// search/effects.h — what each group of operators does to size and outputs in each form, by itself.

#pragma once

#include <vector>

#include "search/groups.h"
#include "search/search.h"
#include "search/trials.h"

namespace kelt::search {

struct Candidate {
  quantize::Form form;
  double noise = 0;
  double bytes = 0;  // more than in floats: below 0
};

// Quantizes copies of the file and tries them.
class Workshop {
 public:
  Workshop(const Subject& subject, const quantize::Recipe& given, const Trials& trials, const Quantize& quantize)
      : subject_(&subject), given_(&given), trials_(&trials), quantize_(&quantize) {}

  void set_statistics(const statistics::Statistics* statistics) { statistics_ = statistics; }
  // The file of floats, quantized, to be run.
  [[nodiscard]] Result<litert::Model> made(const quantize::Recipe& recipe) const;
  // Of the file that would be written.
  [[nodiscard]] Result<uint64_t> file_bytes(const quantize::Recipe& recipe) const;

  // By group: the forms that differ for it, with what each does. A form is left out where one of more bits gives more noise than `most`.
  [[nodiscard]] Result<std::vector<std::vector<Candidate>>> effects(const std::vector<Group>& groups, double most,
                                                                    const ProgressSink& progress) const;

 private:
  [[nodiscard]] Result<std::vector<std::vector<quantize::Form>>> forms_of(const std::vector<Group>& groups) const;

  const Subject* subject_;
  const quantize::Recipe* given_;
  const Trials* trials_;
  const Quantize* quantize_;
  const statistics::Statistics* statistics_ = nullptr;
};

}  // namespace kelt::search
