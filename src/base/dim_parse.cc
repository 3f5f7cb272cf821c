// base/dim_parse.cc — the text form of a Dim → Dim.
//
//   sum     := product (('+' | '-') product)*
//   product := factor ('*' factor)*
//   factor  := '-' factor | number | name | '?' | '(' sum ')' | ('floordiv' | 'mod' | 'min' | 'max') '(' sum ',' sum ')'
//
// The text may come from anywhere: its length and depth are bounded, and with them the work.

#include <cctype>
#include <utility>

#include "base/dim.h"
#include "base/parse_number.h"

namespace kelt {
namespace {

constexpr size_t kMaxText = 4096;
constexpr int kMaxDepth = 32;

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Dim> parse() {
    if (text_.size() > kMaxText) return fail("is longer than " + std::to_string(kMaxText) + " characters");
    KELT_ASSIGN_OR_RETURN(Dim dim, sum(0));
    skip_space();
    if (at_ != text_.size()) return fail("has something left at column " + std::to_string(at_ + 1));
    return dim;
  }

 private:
  Result<Dim> sum(int depth) {
    KELT_ASSIGN_OR_RETURN(Dim total, product(depth));
    while (true) {
      if (take('+')) {
        KELT_ASSIGN_OR_RETURN(const Dim next, product(depth));
        total = total + next;
      } else if (take('-')) {
        KELT_ASSIGN_OR_RETURN(const Dim next, negative_product(depth));
        total = total + next;
      } else {
        return total;
      }
    }
  }

  // The sign belongs to the number behind it: the lowest int64 has no positive counterpart.
  Result<Dim> negative_product(int depth) {
    if (at_number()) {
      KELT_ASSIGN_OR_RETURN(const Dim first, number(at_, true));
      return product_from(first, depth);
    }
    KELT_ASSIGN_OR_RETURN(const Dim dim, product(depth));
    return Dim(0) - dim;
  }

  Result<Dim> product(int depth) {
    KELT_ASSIGN_OR_RETURN(const Dim first, factor(depth));
    return product_from(first, depth);
  }

  Result<Dim> product_from(Dim total, int depth) {
    while (take('*')) {
      KELT_ASSIGN_OR_RETURN(const Dim next, factor(depth));
      total = total * next;
    }
    return total;
  }

  Result<Dim> factor(int depth) {
    if (depth > kMaxDepth) return fail("is nested too deep");
    if (take('-')) {
      if (at_number()) return number(at_, true);
      KELT_ASSIGN_OR_RETURN(const Dim dim, factor(depth + 1));
      return Dim(0) - dim;
    }
    if (take('?')) return Dim::unknown();
    if (take('(')) {
      KELT_ASSIGN_OR_RETURN(Dim dim, sum(depth + 1));
      KELT_RETURN_IF_ERROR(expect(')'));
      return dim;
    }
    if (at_number()) return number(at_, false);
    if (at_ < text_.size() && is_name_start(text_[at_])) return name_or_call(depth);
    return fail("lacks a number or a name at column " + std::to_string(at_ + 1));
  }

  bool at_number() {
    skip_space();
    return at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
  }

  Result<Dim> number(size_t start, bool negative) {
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const std::string digits = (negative ? "-" : "") + std::string(text_.substr(start, at_ - start));
    const auto value = parse_number<int64_t>(digits);
    if (!value) return fail("holds a number that is too large: " + digits);
    return Dim(*value);
  }

  Result<Dim> name_or_call(int depth) {
    const size_t start = at_;
    while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (!take('(')) return Dim::symbol(name);
    KELT_ASSIGN_OR_RETURN(const Dim a, sum(depth + 1));
    KELT_RETURN_IF_ERROR(expect(','));
    KELT_ASSIGN_OR_RETURN(const Dim b, sum(depth + 1));
    KELT_RETURN_IF_ERROR(expect(')'));
    if (name == "floordiv") return Dim::floor_div(a, b);
    if (name == "mod") return Dim::mod(a, b);
    if (name == "min") return Dim::min(a, b);
    if (name == "max") return Dim::max(a, b);
    return fail("calls '" + std::string(name) + "', which is none of floordiv, mod, min and max");
  }

  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<void> expect(char c) {
    if (take(c)) return {};
    return fail("lacks '" + std::string(1, c) + "' at column " + std::to_string(at_ + 1));
  }

  [[nodiscard]] Error fail(const std::string& why) const {
    return {.code = Code::kBadModule, .what = "the dim '" + std::string(text_.substr(0, 80)) + "' " + why};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Dim> Dim::parse(std::string_view text) { return Parser(text).parse(); }

}  // namespace kelt
