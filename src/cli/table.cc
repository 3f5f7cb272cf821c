#include "cli/table.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kelt::cli {
namespace {

// In characters, not bytes: the ones that only continue a UTF-8 sequence take no place.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // none: what stands there is no UTF-8
};

Character decode(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) < 0x80) return {at(0), 1};
  const size_t bytes = at(0) >= 0xf0 ? 4 : at(0) >= 0xe0 ? 3 : 2;
  if (at(0) < 0xc2 || at(0) > 0xf4 || text.size() < bytes) return {};
  uint32_t code = at(0) & (0xffU >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (at(i) & 0x3f);
  }
  const uint32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < least || code > 0x10ffff || surrogate ? Character{} : Character{code, bytes};
}

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

std::string Table::text() const {
  constexpr size_t kWidest = 60;  // one long name must not push all the rest out of sight
  std::vector<size_t> widths;
  for (const auto& cells : rows_) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], std::min(width_of(cells[i]), kWidest));
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

std::string printable(std::string_view text) {
  std::string safe;
  for (size_t at = 0; at < text.size();) {
    const Character next = decode(text.substr(at));
    const bool control = (next.code < 0x20 && next.code != '\n') || (next.code >= 0x7f && next.code < 0xa0);
    if (control || next.bytes == 0) {
      safe += '?';
    } else {
      safe += text.substr(at, next.bytes);
    }
    at += std::max<size_t>(next.bytes, 1);
  }
  return safe;
}

}  // namespace kelt::cli
