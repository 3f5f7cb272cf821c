#include "search/choice.h"

#include <algorithm>
#include <cmath>

namespace kelt::search {
namespace {

constexpr size_t kSteps = 16384;

double least_use(const std::vector<Option>& group) {
  double least = kNever;
  for (const Option& option : group) {
    if (option.cost < kNever) least = std::min(least, option.use);
  }
  return least;
}

// In steps of the limit; more than there are of what can't be taken.
size_t steps_of(const Option& option, double least, double step) {
  const double more = option.use - least;
  if (!(option.cost < kNever) || !(more < kNever)) return kSteps + 1;
  if (more <= 0) return 0;
  const double steps = std::ceil(more / step * (1 - 1e-12));
  return step > 0 && steps <= kSteps ? static_cast<size_t>(steps) : kSteps + 1;
}

}  // namespace

std::optional<std::vector<size_t>> choose(std::span<const std::vector<Option>> groups, double limit) {
  double least = 0;
  for (const std::vector<Option>& group : groups) least += least_use(group);
  if (!(least <= limit)) return std::nullopt;
  const double step = (limit - least) / kSteps;
  std::vector<double> best(kSteps + 1, 0.0);  // the least cost within so many steps
  std::vector<std::vector<uint8_t>> picked;
  for (const std::vector<Option>& group : groups) {
    std::vector<double> next(kSteps + 1, kNever);
    std::vector<uint8_t>& pick = picked.emplace_back(kSteps + 1, 0);
    for (size_t index = 0; index < group.size(); ++index) {
      for (size_t need = steps_of(group[index], least_use(group), step), at = need; at <= kSteps; ++at) {
        const double cost = best[at - need] + group[index].cost;
        if (cost >= next[at]) continue;
        next[at] = cost;
        pick[at] = static_cast<uint8_t>(index);
      }
    }
    best = std::move(next);
  }
  std::vector<size_t> choice(groups.size());
  size_t at = kSteps;
  for (size_t group = groups.size(); group-- > 0;) {
    choice[group] = picked[group][at];
    at -= steps_of(groups[group][choice[group]], least_use(groups[group]), step);
  }
  return choice;
}

}  // namespace kelt::search
