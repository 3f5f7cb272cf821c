#include "verify/values.h"

#include <array>
#include <vector>

#include "verify/sourced.h"

namespace kelt::verify {

Result<void> read_values(const runtime::Runtime& runtime, const std::filesystem::path& path, std::string_view signature,
                         std::span<const runtime::Input> inputs, const Wanted& wanted, const Take& take,
                         const runtime::OpenOptions& options) {
  KELT_ASSIGN_OR_RETURN(const Sourced sourced, read_sourced(path, signature));
  KELT_ASSIGN_OR_RETURN(const std::vector<observe::Group> groups, sourced.groups(wanted));
  const auto take_one = [&](size_t, const observe::Place& place, const runtime::Output& value) -> Result<bool> {
    take(*sourced.tensor(place).source, value);
    return true;
  };
  const auto unreadable = observe::observe(runtime, sourced.file, groups, std::array{observe::Sample(inputs)}, take_one, options);
  return unreadable.ok() ? Result<void>() : unreadable.error();
}

}  // namespace kelt::verify
