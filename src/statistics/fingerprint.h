// statistics/fingerprint.h — tells whether statistics are those of a model.

#pragma once

#include "litert/model.h"
#include "statistics/statistics.h"

namespace kelt::statistics {

// Of the structure, the names of tensors and the first bytes of each constant: the same for a model in memory and for its file, another
// for a model that was trained on. Never 0.
[[nodiscard]] Result<uint64_t> fingerprint_of(const litert::Model& model);

// Fails for statistics of another model.
[[nodiscard]] Result<void> check_model(const Statistics& statistics, const litert::Model& model);

}  // namespace kelt::statistics
