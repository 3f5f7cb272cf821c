#include "base/dim.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace kelt {
namespace {

const Dim n = Dim::symbol("n");  // NOLINT
const Dim s = Dim::symbol("s");  // NOLINT
const Dim h = Dim::symbol("h");  // NOLINT

Dim parsed(std::string_view text) {
  auto dim = Dim::parse(text);
  EXPECT_TRUE(dim.ok()) << text << (dim.ok() ? "" : dim.error().to_string());
  return dim.ok() ? *dim : Dim::unknown();
}

TEST(Dim, PrintsSumsInOneOrderWithTheConstantLast) {
  EXPECT_EQ((Dim(1) + n * 2).to_string(), "2*n + 1");
  EXPECT_EQ((s * n - 3).to_string(), "n*s - 3");
  EXPECT_EQ((Dim(0) - n).to_string(), "-n");
  EXPECT_EQ((n * n - s).to_string(), "n*n - s");
  EXPECT_EQ(Dim(-7).to_string(), "-7");
  EXPECT_EQ(Dim().to_string(), "0");
  EXPECT_EQ(Dim::floor_div(h + 1, 2).to_string(), "floordiv(h + 1, 2)");
  EXPECT_EQ(to_string(Dims{n, 8, Dim::unknown()}), "[n, 8, ?]");
}

TEST(Dim, CancelsWhatAddsUpToNothing) {
  EXPECT_EQ((n + s) - s, n);
  EXPECT_EQ((n + 1) * (n - 1), n * n - 1);
  EXPECT_TRUE((n - n).is_static());
  EXPECT_EQ((n - n).value(), 0);
}

TEST(Dim, DividesProductsExactly) {
  EXPECT_EQ(Dim::floor_div(n * 4, 4), n);
  EXPECT_EQ(Dim::floor_div(n * s * 12, s * 3), n * 4);
  EXPECT_EQ(Dim::floor_div((n + 1) * (s + n), n + 1), s + n);
  EXPECT_EQ(Dim::floor_div((n + 1) * 4, n + 1), Dim(4));
  EXPECT_EQ(Dim::floor_div(n, s).to_string(), "floordiv(n, s)");
}

TEST(Dim, FloorDivTakesWholeMultiplesOutOfTheFraction) {
  EXPECT_EQ(Dim::floor_div(n * 5 + 3, 2), n * 2 + 1 + Dim::floor_div(n + 1, 2));
  EXPECT_EQ(Dim::floor_div(n - 3, 2) + 1, Dim::floor_div(n - 1, 2));            // a convolution's two ways to write its length
  EXPECT_EQ(Dim(0) - Dim::floor_div(Dim(0) - n, 4), Dim::floor_div(n + 3, 4));  // ceil
  EXPECT_EQ(Dim::floor_div(n * 2 + 3, 4), Dim::floor_div(n + 1, 2));
  EXPECT_EQ(Dim::floor_div(Dim::floor_div(n + 1, 2) + 1, 2), Dim::floor_div(n + 3, 4));
  EXPECT_EQ(Dim::floor_div(n, -2), Dim::floor_div(Dim(0) - n, 2));
}

TEST(Dim, ModIsWrittenThroughFloorDiv) {
  EXPECT_EQ(Dim::mod(n * 4, 4), Dim(0));
  EXPECT_EQ(n + Dim::mod(Dim(0) - n, 4), Dim::floor_div(n + 3, 4) * 4);  // pad to a multiple
  EXPECT_EQ(Dim::mod(Dim(-7), 4), Dim(1));
}

TEST(Dim, MinAndMaxDecideWhereTheDifferenceIsANumber) {
  EXPECT_EQ(Dim::min(n + 1, n), n);
  EXPECT_EQ(Dim::max(n + 1, n), n + 1);
  EXPECT_EQ(Dim::max(n, n), n);
  EXPECT_EQ(Dim::min(s, n), Dim::min(n, s));
  EXPECT_EQ(Dim::min(s, n).to_string(), "min(n, s)");
}

TEST(Dim, UnknownSpreadsAndIsNeverTheSameLength) {
  const Dim unknown = Dim::unknown();
  EXPECT_TRUE((unknown + 1).is_unknown());
  EXPECT_TRUE((n * unknown).is_unknown());
  EXPECT_TRUE(Dim::max(unknown, 3).is_unknown());
  EXPECT_EQ(unknown, unknown);
  EXPECT_FALSE(same_length(unknown, unknown));
  EXPECT_TRUE(same_lengths({n, 3}, {n, 3}));
  EXPECT_FALSE(same_lengths({n, 3}, {n}));
}

TEST(Dim, OverflowAndDivisionByZeroAreUnknown) {
  EXPECT_TRUE((Dim(INT64_MAX) + 1).is_unknown());
  EXPECT_TRUE((Dim(INT64_MIN) * -1).is_unknown());
  EXPECT_TRUE(Dim::floor_div(n, 0).is_unknown());
  EXPECT_TRUE(Dim::floor_div(Dim(INT64_MIN), -1).is_unknown());
  EXPECT_TRUE(Dim::mod(n, 0).is_unknown());
  EXPECT_EQ(parsed(Dim(INT64_MIN).to_string()), Dim(INT64_MIN));
  EXPECT_EQ((n * INT64_MAX).evaluate({{"n", 3}}), std::nullopt);
}

TEST(Dim, ComputesExactlyAtTheEndsOfInt64) {
  constexpr int64_t kHighest = INT64_MAX;
  constexpr int64_t kLowest = INT64_MIN;
  EXPECT_EQ(Dim::mod(kLowest, 3), Dim(1));
  EXPECT_EQ(Dim::mod(kLowest, -1), Dim(0));
  EXPECT_EQ(Dim::mod(kHighest, kLowest), Dim(-1));
  EXPECT_EQ(Dim::mod(kLowest, kHighest), Dim(kHighest - 1));
  EXPECT_EQ(Dim::min(kLowest, kHighest), Dim(kLowest));
  EXPECT_EQ(Dim::max(kLowest, kHighest), Dim(kHighest));
  EXPECT_EQ(Dim::floor_div(kHighest, kLowest), Dim(-1));
  EXPECT_EQ(Dim::floor_div(kLowest, kHighest), Dim(-2));
}

// Arithmetic on numbers of any size, for comparison.
__extension__ using Wide = __int128;

Wide floor_of(Wide a, Wide b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

TEST(DimProperty, IsExactOrUnknownAtTheEndsOfInt64) {
  std::vector<int64_t> ends;
  for (int64_t near = 0; near < 2; ++near) {
    for (const int64_t end : {INT64_MIN + near, INT64_MAX - near, near, -near, (int64_t{1} << 62) + near, -(int64_t{1} << 62) - near,
                              (int64_t{3} << 61) + near, -(int64_t{3} << 61) + near}) {
      ends.push_back(end);
    }
  }
  int known = 0;
  const auto expect = [&](const Dim& dim, Wide value, std::string_view what, int64_t a, int64_t b, int64_t at) {
    if (dim.is_unknown()) return;
    const auto found = dim.evaluate({{"n", at}});
    if (!found) return;  // a value on the way has no int64
    ++known;
    EXPECT_TRUE(Wide{*found} == value) << what << " of " << a << ", " << b << " at n = " << at << ": " << dim.to_string();
  };
  for (const int64_t a : ends) {
    for (const int64_t b : ends) {
      for (const int64_t at : {int64_t{0}, int64_t{1}, int64_t{-3}, INT64_MAX}) {
        for (const Dim& first : {Dim(a), n * a, n + a}) {
          const Wide x = first.is_static() ? Wide{a} : first == n + a ? Wide{at} + a : Wide{at} * a;
          expect(first + b, x + b, "+", a, b, at);
          expect(first - b, x - b, "-", a, b, at);
          if (x >= INT64_MIN && x <= INT64_MAX) expect(first * b, x * b, "*", a, b, at);
          expect(Dim::min(first, b), std::min(x, Wide{b}), "min", a, b, at);
          expect(Dim::max(first, b), std::max(x, Wide{b}), "max", a, b, at);
          if (b == 0) continue;
          expect(Dim::floor_div(first, b), floor_of(x, b), "floordiv", a, b, at);
          expect(Dim::mod(first, b), x - floor_of(x, b) * b, "mod", a, b, at);
        }
      }
    }
  }
  EXPECT_GT(known, 3000);
}

TEST(DimProperty, TheTextRoundTripsAtTheEndsOfInt64) {
  for (const int64_t number : {INT64_MIN, INT64_MIN + 1, INT64_MAX}) {
    for (const Dim& dim : {Dim(number), n + number, n * number, s - n * number, Dim::min(n, number), Dim::floor_div(n, number)}) {
      if (dim.is_unknown()) continue;
      EXPECT_EQ(parsed(dim.to_string()), dim) << dim.to_string();
    }
  }
}

TEST(Dim, EvaluateNeedsEverySymbol) {
  EXPECT_EQ((n * s + 1).evaluate({{"n", 3}, {"s", 5}}), 16);
  EXPECT_EQ((n * s + 1).evaluate({{"n", 3}}), std::nullopt);
  EXPECT_EQ(Dim::floor_div(n, s).evaluate({{"n", 3}, {"s", 0}}), std::nullopt);
  EXPECT_EQ(Dim::unknown().evaluate({}), std::nullopt);
  EXPECT_EQ((n * s + Dim::min(h, 4)).symbols(), (std::set<std::string>{"h", "n", "s"}));
}

TEST(Dim, KnowsWhatItSubtracts) {
  EXPECT_EQ((n - 2 * s - 3).subtracted(), 2 * s + 3);
  EXPECT_EQ((n - Dim::min(s, 2 * n)).subtracted(), Dim::min(s, 2 * n));
  EXPECT_EQ((n + 1).subtracted(), Dim(0));
  EXPECT_TRUE(Dim::unknown().subtracted().is_unknown());
}

TEST(Dim, HelpersOverManyDims) {
  EXPECT_EQ(product_of(Dims{n, 4, s}), n * s * 4);
  EXPECT_EQ(product_of({}), Dim(1));
  EXPECT_EQ(static_dims({2, 3}), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(static_dims({2, n}), std::nullopt);
  EXPECT_FALSE(all_static({2, n}));
}

TEST(DimParse, RejectsWhatIsNoDim) {
  for (const char* text : {"", "n +", "2 n", "n)", "(n", "floordiv(n)", "pow(n, 2)", "n/2", "99999999999999999999", "*", "n\n"}) {
    EXPECT_FALSE(Dim::parse(text).ok()) << text;
  }
}

TEST(DimParse, RejectsHostileDepthAndLength) {
  EXPECT_FALSE(Dim::parse(std::string(4000, '(')).ok());
  EXPECT_FALSE(Dim::parse(std::string(4000, '-') + "n").ok());
  EXPECT_FALSE(Dim::parse(std::string(100000, '1')).ok());
  std::string product = "(a + b + c + d)";
  for (int i = 0; i < 200; ++i) product += "*(a + b + c + d)";
  EXPECT_TRUE(parsed(product).is_unknown());  // 4^200 terms, cut short
}

// A random expression beside its value by plain arithmetic; the canonical form must keep the value and the text round trip.
struct Sample {
  Dim dim;
  int64_t value;
};

Sample sample(std::mt19937& random, int depth, int64_t n_value, int64_t s_value) {
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const int kind = depth == 0 ? pick(3) : pick(9);
  if (kind == 0) return {n, n_value};
  if (kind == 1) return {s, s_value};
  if (kind == 2) {
    const int64_t number = pick(13) - 4;
    return {Dim(number), number};
  }
  const Sample a = sample(random, depth - 1, n_value, s_value);
  if (kind == 6 || kind == 7) {
    int64_t divisor = pick(9) - 3;
    if (divisor == 0) divisor = 6;
    const auto floor = static_cast<int64_t>(std::floor(static_cast<double>(a.value) / static_cast<double>(divisor)));
    if (kind == 6) return {Dim::floor_div(a.dim, divisor), floor};
    return {Dim::mod(a.dim, divisor), a.value - floor * divisor};
  }
  const Sample b = sample(random, depth - 1, n_value, s_value);
  if (kind == 3) return {a.dim + b.dim, a.value + b.value};
  if (kind == 4) return {a.dim - b.dim, a.value - b.value};
  if (kind == 5) return {a.dim * b.dim, a.value * b.value};
  return random() % 2 == 0 ? Sample{Dim::min(a.dim, b.dim), std::min(a.value, b.value)}
                           : Sample{Dim::max(a.dim, b.dim), std::max(a.value, b.value)};
}

TEST(Dim, IsUnknownWhereItsTextCouldNotBeRead) {
  Dim nested = n;
  for (int i = 0; i < 100; ++i) nested = Dim::floor_div(nested + s, s + i + 2);
  EXPECT_TRUE(nested.is_unknown());
  Dim wide = n;
  for (int i = 0; i < 200; ++i) wide = wide + Dim::symbol("a_symbol_with_a_long_name_" + std::to_string(i));
  EXPECT_TRUE(wide.is_unknown());
}

TEST(DimProperty, CanonicalFormKeepsTheValueAndTheTextRoundTrips) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    const int64_t n_value = 1 + static_cast<int64_t>(random() % 19);
    const int64_t s_value = 1 + static_cast<int64_t>(random() % 23);
    const Sample made = sample(random, 4, n_value, s_value);
    if (made.dim.is_unknown()) continue;
    ASSERT_EQ(made.dim.evaluate({{"n", n_value}, {"s", s_value}}), made.value) << made.dim.to_string();
    const std::string text = made.dim.to_string();
    ASSERT_EQ(parsed(text), made.dim) << text;
    ASSERT_EQ(parsed(text).to_string(), text);
  }
}

}  // namespace
}  // namespace kelt
