// base/dim.h — the length of an axis: a number, an expression over named symbols, or unknown.
//
// Expressions are kept as polynomials with integer coefficients over symbols and over the atoms floordiv, min and max of such
// polynomials, in one canonical order (`mod` is written through floordiv). Equal polynomials are equal Dims, quotients cancel
// (`n*s/s`, a floor of a floor), and equality is a comparison. An unknown Dim (`?`) equals nothing, not even itself in
// `same_length`. What overflows, divides by zero or grows beyond 256 terms is unknown.
// Text form: `n`, `2*n + 1`, `floordiv(h + 1, 2)`, `n*s`, `?`.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kelt {

class Dim {
 public:
  Dim() : Dim(0) {}
  Dim(int64_t value);  // NOLINT(google-explicit-constructor): a number is a Dim
  [[nodiscard]] static Dim symbol(std::string_view name);
  [[nodiscard]] static Dim unknown();
  // Reads the text form.
  [[nodiscard]] static Result<Dim> parse(std::string_view text);

  [[nodiscard]] bool is_unknown() const { return unknown_; }
  [[nodiscard]] bool is_static() const;                 // a number
  [[nodiscard]] std::optional<int64_t> value() const;   // the number, if static
  [[nodiscard]] std::set<std::string> symbols() const;  // the names it depends on
  // The value when every symbol has the given one; empty if a symbol is missing or the Dim is unknown.
  [[nodiscard]] std::optional<int64_t> evaluate(const std::map<std::string, int64_t, std::less<>>& symbols) const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim floor_div(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim mod(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim min(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim max(const Dim& a, const Dim& b);

  // Structural equality (unknown == unknown). For "provably the same length" use same_length.
  friend bool operator==(const Dim& a, const Dim& b) = default;

  [[nodiscard]] std::string to_string() const;

  // One factor of a product: a symbol, or a function of two Dims.
  enum class Function { kSymbol, kFloorDiv, kMin, kMax };
  struct Atom {
    Function function = Function::kSymbol;
    std::string symbol;         // kSymbol
    std::vector<Dim> operands;  // the two operands of the others
    friend bool operator==(const Atom& a, const Atom& b) = default;
  };
  // coefficient × product of atoms (sorted by text); no atoms: the constant term.
  struct Term {
    int64_t coefficient = 0;
    std::vector<Atom> atoms;
    friend bool operator==(const Term& a, const Term& b) = default;
  };
  // The canonical sum, for whoever emits code that computes it.
  [[nodiscard]] std::span<const Term> terms() const { return terms_; }
  // The sum of what is subtracted, as in `s` of `n - s`: added to the Dim, it leaves no negative term.
  [[nodiscard]] Dim subtracted() const;

 private:
  [[nodiscard]] static Dim from_terms(std::vector<Term> terms);
  [[nodiscard]] static Dim of_atom(Function function, const Dim& a, const Dim& b);
  [[nodiscard]] static std::optional<Dim> exact_quotient(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim floor_div_by(const Dim& a, int64_t b);
  [[nodiscard]] static Dim extremum(Function function, const Dim& a, const Dim& b);

  std::vector<Term> terms_;  // sorted by the text of their atoms, the constant last; no zero coefficients
  bool unknown_ = false;
};

using Dims = std::vector<Dim>;

// Provably the same length for every value of the symbols.
[[nodiscard]] bool same_length(const Dim& a, const Dim& b);
[[nodiscard]] bool same_lengths(const Dims& a, const Dims& b);
// All numbers, or nothing.
[[nodiscard]] std::optional<std::vector<int64_t>> static_dims(const Dims& dims);
[[nodiscard]] bool all_static(const Dims& dims);
[[nodiscard]] Dim product_of(std::span<const Dim> dims);
// "[n, 8, 8, 3]"
[[nodiscard]] std::string to_string(const Dims& dims);

}  // namespace kelt
