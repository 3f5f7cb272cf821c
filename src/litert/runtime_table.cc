#include "litert/runtime_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "litert/runtime_table_data.h"  // made of data/*.csv by cmake/tables.cmake

namespace kelt::litert {
namespace {

struct Line {
  std::string_view form;
  std::string_view litert;  // a letter for each rank
  std::string_view interpreter;
};

using Key = std::tuple<std::string_view, std::string_view, bool>;  // op, dtype, dynamic

// The text up to the separator, which is taken off.
std::string_view take(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

std::map<Key, std::vector<Line>> read_table() {
  std::map<Key, std::vector<Line>> table;
  std::string_view rest = kRuntimeTable;
  take(rest, '\n');  // the names of the columns
  while (!rest.empty()) {
    std::string_view line = take(rest, '\n');
    const std::string_view op = take(line, ',');
    const std::string_view form = take(line, ',');
    take(line, ',');  // the version that was written
    const std::string_view dtype = take(line, ',');
    const bool dynamic = take(line, ',') == "dynamic";
    const std::string_view litert = take(line, ',');
    table[{op, dtype, dynamic}].push_back({form, litert, take(line, ',')});
  }
  return table;
}

const std::map<Key, std::vector<Line>>& table() {
  static const auto* const read = new std::map<Key, std::vector<Line>>(read_table());
  return *read;
}

Verdict verdict_at(std::string_view letters, int rank) {
  if (rank < 0 || static_cast<size_t>(rank) >= letters.size()) return Verdict::kUntried;
  switch (letters[static_cast<size_t>(rank)]) {
    case 'D': return Verdict::kDelegated;
    case 'R': return Verdict::kRight;
    case 'L': return Verdict::kLate;
    case 'X': return Verdict::kRejected;
    case 'W': return Verdict::kWrong;
    case 'C': return Verdict::kCrashed;
    default: return Verdict::kUntried;
  }
}

// The table's name of a dtype is numpy's.
std::string_view table_name(TensorType type) {
  const std::optional<DType> dtype = to_dtype(type);
  return dtype ? name(*dtype) : std::string_view();
}

// A form that was not tried at this rank says nothing, unless none was.
void worsen(Verdict& so_far, Verdict by) {
  if (by == Verdict::kUntried) return;
  so_far = so_far == Verdict::kUntried ? by : std::max(so_far, by);
}

}  // namespace

Support runtime_support(const Question& question, int rank) {
  Support support;
  const auto lines = table().find({tflite::EnumNameBuiltinOperator(question.op), table_name(question.dtype), question.dynamic});
  if (lines == table().end()) return support;
  for (const Line& line : lines->second) {
    if (!question.form.empty() && line.form != question.form) continue;
    worsen(support.litert, verdict_at(line.litert, rank));
    worsen(support.interpreter, verdict_at(line.interpreter, rank));
  }
  return support;
}

bool runs(const Question& question, int rank) {
  const Support support = runtime_support(question, rank);
  return support.litert <= Verdict::kLate && support.interpreter <= Verdict::kLate;
}

int highest_rank(const Question& question) {
  int highest = -1;
  for (int rank = 0; rank <= kHighestRankTried; ++rank) {
    if (runs(question, rank)) {
      highest = rank;
    } else if (runtime_support(question, rank).litert != Verdict::kUntried) {
      break;
    }
  }
  return highest;
}

int highest_version(BuiltinOperator op) {
  std::string_view rest = kRuntimeVersions;
  while (!rest.empty()) {
    std::string_view line = take(rest, '\n');
    if (take(line, ',') != tflite::EnumNameBuiltinOperator(op)) continue;
    int version = 0;
    std::from_chars(line.data(), line.data() + line.size(), version);
    return version;
  }
  return 0;
}

}  // namespace kelt::litert
