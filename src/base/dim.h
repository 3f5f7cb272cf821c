// base/dim.h — the length of an axis: a number, an expression over named symbols, or unknown.
//
// Expressions are kept as polynomials with integer coefficients over symbols and over the atoms floordiv, mod, min and max
// of such polynomials, in one canonical order. Equal polynomials are equal Dims, so `(n*4)/4` written as a product cancels,
// and equality is a comparison. An unknown Dim (`?`) equals nothing, not even itself in `SameLength`.
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
  [[nodiscard]] static Dim Symbol(std::string_view name);
  [[nodiscard]] static Dim Unknown();
  // Reads the text form.
  [[nodiscard]] static Result<Dim> Parse(std::string_view text);

  [[nodiscard]] bool is_unknown() const { return unknown_; }
  [[nodiscard]] bool is_static() const;                     // a number
  [[nodiscard]] std::optional<int64_t> value() const;       // the number, if static
  [[nodiscard]] std::set<std::string> symbols() const;      // the names it depends on
  // The value when every symbol has the given one; empty if a symbol is missing or the Dim is unknown.
  [[nodiscard]] std::optional<int64_t> Evaluate(const std::map<std::string, int64_t, std::less<>>& symbols) const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim FloorDiv(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim Mod(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim Min(const Dim& a, const Dim& b);
  [[nodiscard]] static Dim Max(const Dim& a, const Dim& b);

  // Structural equality (unknown == unknown). For "provably the same length" use SameLength.
  friend bool operator==(const Dim& a, const Dim& b) = default;

  [[nodiscard]] std::string ToString() const;

  // One factor of a product: a symbol, or a function of two Dims.
  enum class Function { kSymbol, kFloorDiv, kMod, kMin, kMax };
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

 private:
  [[nodiscard]] static Dim FromTerms(std::vector<Term> terms);
  [[nodiscard]] static Dim OfAtom(Function function, const Dim& a, const Dim& b);

  std::vector<Term> terms_;  // sorted by the text of their atoms; no zero coefficients
  bool unknown_ = false;
};

using Dims = std::vector<Dim>;

// Provably the same length for every value of the symbols.
[[nodiscard]] bool SameLength(const Dim& a, const Dim& b);
[[nodiscard]] bool SameLengths(const Dims& a, const Dims& b);
// All numbers, or nothing.
[[nodiscard]] std::optional<std::vector<int64_t>> StaticDims(const Dims& dims);
[[nodiscard]] bool IsStatic(const Dims& dims);
[[nodiscard]] Dim ProductOf(std::span<const Dim> dims);
// "[n, 8, 8, 3]"
[[nodiscard]] std::string ToString(const Dims& dims);

}  // namespace kelt
