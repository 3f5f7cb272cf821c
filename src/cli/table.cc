#include "cli/table.h"

#include <cstdint>

namespace kelt::cli {
namespace {

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

}  // namespace

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
