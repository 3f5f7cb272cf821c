#include "base/table.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kelt {
namespace {

// In characters, not bytes: the ones that only continue a UTF-8 sequence take no place.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

std::string Table::text() const {
  constexpr size_t kWidestColumn = 60;  // one long name must not push all the rest out of sight
  std::vector<size_t> widths;
  for (const auto& cells : rows_) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], std::min(width_of(cells[i]), kWidestColumn));
  }
  std::string text;
  for (const auto& cells : rows_) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t width = width_of(cells[i]);
      const std::string padding(widths[i] > width ? widths[i] - width : 0, ' ');
      line += (i == 0 ? "" : "  ") + (is_number(cells[i]) ? padding + cells[i] : cells[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string size_text(uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 1000 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return buffer.data();
}

}  // namespace kelt
