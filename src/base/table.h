// base/table.h — columns and sizes for people.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kelt {

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

}  // namespace kelt
