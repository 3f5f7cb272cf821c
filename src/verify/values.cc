#include "verify/values.h"

#include <vector>

#include "verify/sourced.h"

namespace kelt::verify {

Result<void> read_values(const runtime::Runtime& runtime, const std::filesystem::path& path, std::string_view signature,
                         std::span<const runtime::Input> inputs, const Wanted& wanted, const Take& take,
                         const runtime::OpenOptions& options, size_t runs) {
  KELT_ASSIGN_OR_RETURN(const Sourced sourced, read_sourced(path, signature));
  KELT_ASSIGN_OR_RETURN(const std::vector<observe::Group> groups, sourced.groups(wanted));
  const auto take_one = [&](size_t run, const observe::Place& place, const runtime::Output& value) -> Result<bool> {
    if (run + 1 == runs) take(*sourced.tensor(place).source, value);
    return true;
  };
  const std::vector<observe::Sample> samples(runs, inputs);
  const auto unreadable = observe::observe(runtime, sourced.file, groups, samples, take_one, options);
  return unreadable.ok() ? Result<void>() : unreadable.error();
}

}  // namespace kelt::verify
