#include "base/report.h"

#include <algorithm>

namespace kelt {
namespace {

constexpr size_t kWidest = 48;  // one long path must not push all the rest out of sight

void append_cell(std::string& line, const std::string& cell, size_t width) {
  if (width == 0) return;
  line += cell;
  line.append(cell.size() < width ? width - cell.size() : 0, ' ');
  line += "  ";
}

void append_indented(std::string& text, std::string_view indent, std::string_view paragraph) {
  while (!paragraph.empty()) {
    const size_t end = std::min(paragraph.find('\n'), paragraph.size());
    text += std::string(indent) + std::string(paragraph.substr(0, end)) + "\n";
    paragraph.remove_prefix(std::min(end + 1, paragraph.size()));
  }
}

}  // namespace

std::string list_errors(std::span<const Error> errors) {
  size_t path = 0;
  size_t op = 0;
  for (const Error& error : errors) {
    path = std::max(path, std::min(error.path.size(), kWidest));
    op = std::max(op, std::min(error.op.size(), kWidest));
  }
  std::string text;
  for (const Error& error : errors) {
    std::string line;
    append_cell(line, error.path, path);
    append_cell(line, error.op, op);
    text += text.empty() ? "" : "\n";
    append_indented(text, "  ", line + error.what);
    append_indented(text, "    ", error.remedy);
    for (const std::string& note : error.notes) append_indented(text, "    ", note);
  }
  return text;
}

std::string report(const Error& error, bool nothing_written) {
  std::string text = "error[" + code_name(error.code) + "]: " + error.what;
  if (text.back() != '\n') text += '\n';
  const bool lists = error.what.find('\n') != std::string::npos;  // then each line has its own place
  const std::string between = error.path.empty() || error.op.empty() ? "" : ", ";
  if (!lists) append_indented(text, "  in ", error.path + between + error.op);
  for (const std::string& note : error.notes) append_indented(text, "  ", note);
  append_indented(text, "    ", error.remedy);
  return text + "\n" + (nothing_written ? "Nothing was written. " : "") + "`kelt explain " + code_name(error.code) + "` tells more.";
}

}  // namespace kelt
