// verify/values.h — what a file computes at chosen values of the source graph.

#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "litert/model.h"
#include "runtime/runtime.h"

namespace kelt::verify {

using Wanted = std::function<bool(const litert::SourceValue&)>;
using Take = std::function<void(const litert::SourceValue&, const runtime::Output&)>;

// Asks of every tensor that equals a source value whether it is `wanted`, in order of execution, then runs the file, if any is, and
// gives each of the last of its `runs` to `take`; those that the runtime can't give are left out.
[[nodiscard]] Result<void> read_values(const runtime::Runtime& runtime, const std::filesystem::path& path, std::string_view signature,
                                       std::span<const runtime::Input> inputs, const Wanted& wanted, const Take& take,
                                       const runtime::OpenOptions& options = {}, size_t runs = 1);

}  // namespace kelt::verify
