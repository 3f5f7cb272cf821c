// cli/table.h — text for a terminal.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kelt::cli {

// Columns as wide as their widest cell; numbers to the right.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "13.9 MB"
[[nodiscard]] std::string size_text(uint64_t bytes);
// UTF-8 without control characters but line ends: names in a file are not to steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace kelt::cli
