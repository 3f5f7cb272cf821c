#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

constexpr char kDistance[] = R"(%0 "distance": i32[s,s])";

std::string by_logarithm(std::string_view exact, std::string_view last) {
  return "%1: i32[] = constant(value=" + std::string(exact) +
         ")\n%2: bool[s,s] = less(x1=%0, x2=%1)\n"
         "%3: f32[s,s] = cast(x=%0, dtype=f32)\n%4: f32[] = constant(value=8)\n%5: f32[s,s] = divide(x1=%3, x2=%4)\n"
         "%6: f32[s,s] = log(x=%5)\n%7: f32[] = constant(value=16.0)\n%8: f32[] = log(x=%7)\n%9: f32[s,s] = divide(x1=%6, x2=%8)\n"
         "%10: f32[] = constant(value=8)\n%11: f32[s,s] = multiply(x1=%9, x2=%10)\n%12: i32[s,s] = cast(x=%11, dtype=i32)\n"
         "%13: i32[] = constant(value=8)\n%14: i32[s,s] = add(x1=%13, x2=%12)\n%15: i32[] = constant(value=" +
         std::string(last) + ")\n%16: i32[s,s] = minimum(x1=%14, x2=%15)\n%17: i32[s,s] = where(condition=%2, x1=%0, x2=%16)\n";
}

TEST(LogarithmicBuckets, CountTheDistancesAtWhichOneBegins) {  // as a T5 encoder has them
  expect_rewrite(function_of(kDistance, by_logarithm("8", "15"), R"(%17 "y")"),
                 function_of(kDistance,
                             "%1: i32[] = constant(value=8)\n%2: bool[s,s] = less(x1=%0, x2=%1)\n"
                             "%3: i32[7] = constant(value=[12, 16, 23, 32, 46, 64, 91])\n"
                             "%4: i32[s,s] = digitize(x=%0, bins=%3)\n%5: i32[] = constant(value=8)\n%6: i32[s,s] = add(x1=%4, x2=%5)\n"
                             "%7: i32[s,s] = where(condition=%2, x1=%0, x2=%6)\n",
                             R"(%7 "y")"));
}

TEST(LogarithmicBuckets, OfAnotherNumberOrWithALogarithmOfSmallDistancesStay) {
  expect_unchanged(function_of(kDistance, by_logarithm("8", "14"), R"(%17 "y")"));
  expect_unchanged(function_of(kDistance, by_logarithm("4", "15"), R"(%17 "y")"));
}

}  // namespace
}  // namespace kelt::rewrite
