// base/dim.cc — the arithmetic of Dims: sums of products in canonical order, and what cancels in them.

#include "base/dim.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

namespace kelt {
namespace {

// A Dim of more terms than this is no length that a model means; it becomes unknown, so that nothing explodes.
constexpr size_t kMaxTerms = 256;
// Nor is one that its own parser would not take (dim_parse.cc).
constexpr size_t kMaxPrinted = 4000;
constexpr int kMaxNesting = 30;
constexpr size_t kNumberSize = 24;  // a coefficient with its signs

std::string atom_text(const Dim::Atom& atom) {
  if (atom.function == Dim::Function::kSymbol) return atom.symbol;
  constexpr std::array<const char*, 4> kNames = {"", "floordiv(", "min(", "max("};
  return kNames.at(static_cast<size_t>(atom.function)) + atom.operands[0].to_string() + ", " + atom.operands[1].to_string() + ")";
}

std::string product_text(const std::vector<Dim::Atom>& atoms) {
  std::string text;
  for (const Dim::Atom& atom : atoms) text += (text.empty() ? "" : "*") + atom_text(atom);
  return text;
}

// The order of the terms of a sum: by text, the constant last.
bool text_less(const std::string& a, const std::string& b) { return a.empty() != b.empty() ? b.empty() : a < b; }

int depth_of(const Dim& dim) {
  int deepest = 0;
  for (const Dim::Term& term : dim.terms()) {
    for (const Dim::Atom& atom : term.atoms) {
      for (const Dim& operand : atom.operands) deepest = std::max(deepest, 1 + depth_of(operand));
    }
  }
  return deepest;
}

bool atom_less(const Dim::Atom& a, const Dim::Atom& b) { return atom_text(a) < atom_text(b); }

std::optional<Dim::Term> multiply(const Dim::Term& a, const Dim::Term& b) {
  Dim::Term product;
  if (__builtin_mul_overflow(a.coefficient, b.coefficient, &product.coefficient)) return std::nullopt;
  std::merge(a.atoms.begin(), a.atoms.end(), b.atoms.begin(), b.atoms.end(), std::back_inserter(product.atoms), atom_less);
  return product;
}

// a / b as a term, if that is one.
std::optional<Dim::Term> divide(const Dim::Term& a, const Dim::Term& b) {
  if (b.coefficient == -1 && a.coefficient == INT64_MIN) return std::nullopt;
  if (a.coefficient % b.coefficient != 0) return std::nullopt;
  Dim::Term quotient{a.coefficient / b.coefficient, a.atoms};
  for (const Dim::Atom& atom : b.atoms) {
    const auto found = std::find(quotient.atoms.begin(), quotient.atoms.end(), atom);
    if (found == quotient.atoms.end()) return std::nullopt;
    quotient.atoms.erase(found);
  }
  return quotient;
}

// Graded lexicographic order, which products respect: what a polynomial division needs of its leading terms.
bool leads(const Dim::Term& a, const Dim::Term& b) {
  if (a.atoms.size() != b.atoms.size()) return a.atoms.size() > b.atoms.size();
  for (size_t i = 0; i < a.atoms.size(); ++i) {
    if (a.atoms[i] == b.atoms[i]) continue;
    return atom_less(a.atoms[i], b.atoms[i]);
  }
  return false;
}

const Dim::Term& leading(const Dim& dim) { return *std::min_element(dim.terms().begin(), dim.terms().end(), leads); }

std::optional<int64_t> floor_div_of(int64_t a, int64_t b) {
  if (b == 0 || (b == -1 && a == INT64_MIN)) return std::nullopt;
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// a = quotient * b + rest. Empty where quotient * b has no int64.
struct Quotient {
  int64_t quotient = 0;
  int64_t rest = 0;
};
std::optional<Quotient> with_rest(int64_t a, int64_t quotient, int64_t b) {
  Quotient result{quotient, 0};
  int64_t product = 0;
  if (__builtin_mul_overflow(quotient, b, &product) || __builtin_sub_overflow(a, product, &result.rest)) return std::nullopt;
  return result;
}

}  // namespace

Dim::Dim(int64_t value) {
  if (value != 0) terms_.push_back({value, {}});
}

Dim Dim::symbol(std::string_view name) {
  Dim dim;
  dim.terms_.push_back({1, {Atom{Function::kSymbol, std::string(name), {}}}});
  return dim;
}

Dim Dim::unknown() {
  Dim dim;
  dim.unknown_ = true;
  return dim;
}

bool Dim::is_static() const { return value().has_value(); }

std::optional<int64_t> Dim::value() const {
  if (unknown_) return std::nullopt;
  if (terms_.empty()) return 0;
  if (terms_.size() == 1 && terms_[0].atoms.empty()) return terms_[0].coefficient;
  return std::nullopt;
}

std::set<std::string> Dim::symbols() const {
  std::set<std::string> names;
  for (const Term& term : terms_) {
    for (const Atom& atom : term.atoms) {
      if (atom.function == Function::kSymbol) names.insert(atom.symbol);
      for (const Dim& operand : atom.operands) names.merge(operand.symbols());
    }
  }
  return names;
}

std::optional<int64_t> Dim::evaluate(const std::map<std::string, int64_t, std::less<>>& symbols) const {
  if (unknown_) return std::nullopt;
  const auto value_of = [&](const Atom& atom) -> std::optional<int64_t> {
    if (atom.function == Function::kSymbol) {
      const auto found = symbols.find(atom.symbol);
      return found == symbols.end() ? std::nullopt : std::optional(found->second);
    }
    const auto a = atom.operands[0].evaluate(symbols);
    const auto b = atom.operands[1].evaluate(symbols);
    if (!a || !b) return std::nullopt;
    if (atom.function == Function::kFloorDiv) return floor_div_of(*a, *b);
    return atom.function == Function::kMin ? std::min(*a, *b) : std::max(*a, *b);
  };
  int64_t sum = 0;
  for (const Term& term : terms_) {
    int64_t product = term.coefficient;
    for (const Atom& atom : term.atoms) {
      const auto factor = value_of(atom);
      if (!factor || __builtin_mul_overflow(product, *factor, &product)) return std::nullopt;
    }
    if (__builtin_add_overflow(sum, product, &sum)) return std::nullopt;
  }
  return sum;
}

Dim Dim::from_terms(std::vector<Term> terms) {
  std::vector<std::pair<std::string, Term>> keyed;
  keyed.reserve(terms.size());
  size_t text_size = 0;
  for (Term& term : terms) {
    std::string text = product_text(term.atoms);
    text_size += text.size() + kNumberSize;
    keyed.emplace_back(std::move(text), std::move(term));
  }
  std::sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return text_less(a.first, b.first); });
  Dim sum;
  for (size_t i = 0; i < keyed.size();) {
    Term term = std::move(keyed[i].second);
    size_t next = i + 1;
    for (; next < keyed.size() && keyed[next].first == keyed[i].first; ++next) {
      if (__builtin_add_overflow(term.coefficient, keyed[next].second.coefficient, &term.coefficient)) return unknown();
    }
    if (term.coefficient != 0) sum.terms_.push_back(std::move(term));
    i = next;
  }
  if (sum.terms_.size() > kMaxTerms || text_size > kMaxPrinted) return unknown();
  return sum;
}

Dim Dim::of_atom(Function function, const Dim& a, const Dim& b) {
  Dim dim;
  dim.terms_.push_back({1, {Atom{function, "", {a, b}}}});
  return dim.to_string().size() > kMaxPrinted || depth_of(dim) > kMaxNesting ? unknown() : dim;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.unknown_ || b.unknown_) return Dim::unknown();
  std::vector<Dim::Term> terms = a.terms_;
  terms.insert(terms.end(), b.terms_.begin(), b.terms_.end());
  return Dim::from_terms(std::move(terms));
}

Dim operator-(const Dim& a, const Dim& b) { return a + b * Dim(-1); }

Dim Dim::subtracted() const {
  if (unknown_) return unknown();
  std::vector<Term> negative;
  std::ranges::copy_if(terms_, std::back_inserter(negative), [](const Term& term) { return term.coefficient < 0; });
  return Dim(0) - from_terms(std::move(negative));
}

Dim operator*(const Dim& a, const Dim& b) {
  if (a.unknown_ || b.unknown_) return Dim::unknown();
  std::vector<Dim::Term> terms;
  for (const Dim::Term& left : a.terms_) {
    for (const Dim::Term& right : b.terms_) {
      auto product = multiply(left, right);
      if (!product) return Dim::unknown();
      terms.push_back(*std::move(product));
    }
  }
  return Dim::from_terms(std::move(terms));
}

std::optional<Dim> Dim::exact_quotient(const Dim& a, const Dim& b) {
  Dim rest = a;
  Dim quotient;
  for (size_t steps = 0; !rest.terms_.empty(); ++steps) {
    const auto term = steps < kMaxTerms ? divide(leading(rest), leading(b)) : std::nullopt;
    if (!term) return std::nullopt;
    const Dim part = from_terms({*term});
    quotient = quotient + part;
    rest = rest - part * b;
    if (rest.unknown_ || quotient.unknown_) return std::nullopt;
  }
  return quotient;
}

// floor(a / b) for a number b > 1, in the one form that equal quotients share. Every step is an identity of the integers.
Dim Dim::floor_div_by(const Dim& a, int64_t b) {
  if (a.unknown_) return unknown();
  // Whole multiples of b leave the fraction: what stays has coefficients of at most b/2 either way, and a constant in [0, b).
  Dim whole;
  Dim rest;
  int64_t divisor = b;
  for (const Term& term : a.terms_) {
    int64_t q = term.coefficient / b;
    const int64_t r = term.coefficient % b;
    if (r > b / 2) ++q;
    if (r < -(b / 2)) --q;
    if (term.atoms.empty()) q = *floor_div_of(term.coefficient, b);
    const auto parts = with_rest(term.coefficient, q, b);
    if (!parts) return unknown();
    whole = whole + from_terms({{parts->quotient, term.atoms}});
    rest = rest + from_terms({{parts->rest, term.atoms}});
    if (!term.atoms.empty()) divisor = std::gcd(divisor, parts->rest);
  }
  if (whole.unknown_ || rest.unknown_) return unknown();
  if (rest.is_static()) return whole + Dim(*floor_div_of(*rest.value(), b));
  // floor(-x / b) = -floor((x + b - 1) / b)
  if (rest.terms_.front().coefficient < 0) return whole - floor_div_by(Dim(b - 1) - rest, b);

  const int64_t constant = rest.terms_.back().atoms.empty() ? rest.terms_.back().coefficient : 0;
  const Dim variable = rest - Dim(constant);
  if (divisor > 1) {  // floor((g*x + k) / (g*c)) = floor((x + floor(k/g)) / c)
    const auto quotient = exact_quotient(variable, Dim(divisor));
    return quotient ? whole + floor_div(*quotient + Dim(*floor_div_of(constant, divisor)), Dim(b / divisor)) : unknown();
  }
  // floor((floor(x / c) + y) / b) = floor((x + c*y) / (c*b))
  for (const Term& term : variable.terms_) {
    if (term.coefficient != 1 || term.atoms.size() != 1 || term.atoms[0].function != Function::kFloorDiv) continue;
    const Dim& inner = term.atoms[0].operands[0];
    const auto c = term.atoms[0].operands[1].value();
    int64_t product = 0;
    if (!c || *c <= 0 || __builtin_mul_overflow(*c, b, &product)) continue;
    return whole + floor_div_by(inner + Dim(*c) * (rest - from_terms({term})), product);
  }
  return whole + of_atom(Function::kFloorDiv, rest, Dim(b));
}

Dim Dim::floor_div(const Dim& a, const Dim& b) {
  if (a.unknown_ || b.unknown_ || b == Dim(0)) return unknown();
  if (auto quotient = exact_quotient(a, b)) return *std::move(quotient);
  const auto divisor = b.value();
  if (!divisor) return of_atom(Function::kFloorDiv, a, b);
  if (const auto number = a.value()) {
    const auto quotient = floor_div_of(*number, *divisor);
    return quotient ? Dim(*quotient) : unknown();
  }
  if (*divisor == INT64_MIN) return unknown();
  return floor_div_by(*divisor < 0 ? Dim(0) - a : a, std::abs(*divisor));
}

// Written through floor_div, so that `n + mod(-n, 4)` and `4*floordiv(n + 3, 4)` are one Dim.
Dim Dim::mod(const Dim& a, const Dim& b) {
  const auto number = a.value();
  const auto divisor = b.value();
  if (!number || !divisor || *divisor == 0) return a - b * floor_div(a, b);
  if (*divisor == -1) return 0;  // whose % overflows
  const int64_t rest = *number % *divisor;
  return rest != 0 && (rest < 0) != (*divisor < 0) ? rest + *divisor : rest;
}

Dim Dim::extremum(Function function, const Dim& a, const Dim& b) {
  if (a.unknown_ || b.unknown_) return unknown();
  if (a.is_static() && b.is_static()) return (*a.value() > *b.value()) == (function == Function::kMax) ? a : b;
  const Dim difference = a - b;
  if (const auto number = difference.value()) return (*number > 0) == (function == Function::kMax) ? a : b;
  return a.to_string() <= b.to_string() ? of_atom(function, a, b) : of_atom(function, b, a);
}

Dim Dim::min(const Dim& a, const Dim& b) { return extremum(Function::kMin, a, b); }
Dim Dim::max(const Dim& a, const Dim& b) { return extremum(Function::kMax, a, b); }

std::string Dim::to_string() const {
  if (unknown_) return "?";
  if (terms_.empty()) return "0";
  std::string text;
  for (const Term& term : terms_) {
    const bool negative = term.coefficient < 0;
    text += text.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    const std::string number = std::to_string(term.coefficient).substr(negative ? 1 : 0);
    if (term.atoms.empty()) {
      text += number;
    } else {
      text += (number == "1" ? "" : number + "*") + product_text(term.atoms);
    }
  }
  return text;
}

bool same_length(const Dim& a, const Dim& b) { return !a.is_unknown() && a == b; }

bool same_lengths(const Dims& a, const Dims& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_length); }

std::optional<std::vector<int64_t>> static_dims(const Dims& dims) {
  std::vector<int64_t> numbers;
  numbers.reserve(dims.size());
  for (const Dim& dim : dims) {
    const auto number = dim.value();
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

bool all_static(const Dims& dims) {
  return std::all_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.is_static(); });
}

Dim product_of(std::span<const Dim> dims) {
  Dim product(1);
  for (const Dim& dim : dims) product = product * dim;
  return product;
}

std::string to_string(const Dims& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i == 0 ? "" : ", ") + dims[i].to_string();
  return text + "]";
}

}  // namespace kelt
