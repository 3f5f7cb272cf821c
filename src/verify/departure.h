// verify/departure.h — where a file first departs from its model.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "litert/model.h"
#include "runtime/runtime.h"
#include "verify/compare.h"

namespace kelt::verify {

// The model's value; nothing where it has none to give.
using Reference = std::function<Result<std::optional<View>>(const litert::SourceValue&)>;

struct Departure {
  std::string tensor;  // its name in the file
  std::string op;      // that computes it: "CONV_2D"
  litert::SourceValue source;
  Comparison comparison;
};

struct Search {
  std::optional<Departure> first;  // in order of execution
  // What was found equal up to it. A fused operator computes what several layers do: those behind these values.
  std::vector<litert::SourceValue> agreed;
  size_t hidden = 0;  // that the runtime can't show
};

// Runs copies of the file that show its intermediates, and compares each that equals a source value.
[[nodiscard]] Result<Search> find_departure(const runtime::Runtime& runtime, const std::filesystem::path& file, std::string_view signature,
                                            std::span<const runtime::Input> inputs, const Reference& reference);

}  // namespace kelt::verify
