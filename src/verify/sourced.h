// verify/sourced.h — the tensors of a file that equal values of the source graph, as its metadata say.

#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "litert/model.h"
#include "observe/observe.h"

namespace kelt::verify {

struct Sourced {
  observe::File file;
  size_t signature = 0;                // its index
  std::vector<observe::Place> places;  // in order of execution; each tensor has a source

  [[nodiscard]] const litert::Tensor& tensor(const observe::Place& place) const;
  // Their groups, of those for which `wanted(source)` is true.
  template <typename Wanted>
  [[nodiscard]] Result<std::vector<observe::Group>> groups(const Wanted& wanted) const {
    std::vector<observe::Place> chosen = places;
    std::erase_if(chosen, [&](const observe::Place& place) { return !wanted(*tensor(place).source); });
    return observe::group_tensors(file.model, file.model.signatures[signature], chosen);
  }
};

// An empty `signature`: the only one.
[[nodiscard]] Result<Sourced> read_sourced(const std::filesystem::path& path, std::string_view signature);

}  // namespace kelt::verify
