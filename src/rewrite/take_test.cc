#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

std::string take_of(std::string_view type, std::string_view iota, std::string_view axis, std::string_view result) {
  return function_of(
      "%0 \"x\": " + std::string(type),
      "%1: " + std::string(iota) + "\n%2: " + std::string(result) + " = take(x=%0, indices=%1, axis=" + std::string(axis) + ")",
      "%2 \"y\"");
}

TEST(TakeOfIota, OfTheWholeAxisIsNothing) {
  expect_rewrite(take_of("f32[n,s]", "i32[s] = arange(start={s}, stop=None, step=None, dtype=i32)", "-1", "f32[n,s]"),
                 function_of(R"(%0 "x": f32[n,s])", "", R"(%0 "y")"));
}

TEST(TakeOfIota, OfTheFirstPlacesIsASlice) {
  expect_rewrite(take_of("f32[n,8]", "i32[3] = arange(start=0, stop=3, step=1, dtype=i32)", "1", "f32[n,3]"),
                 function_of(R"(%0 "x": f32[n,8])", "%1: f32[n,3] = get_item(x=%0, key=[slice(None, None, None), slice(None, 3, None)])",
                             R"(%1 "y")"));
}

TEST(TakeOfIota, LeavesTheIotaToItsOtherReaders) {
  constexpr char kIota[] = "%1: i32[s] = arange(start={s}, stop=None, step=None, dtype=i32)\n";
  expect_rewrite(
      function_of(R"(%0 "x": f32[n,s])", std::string(kIota) + "%2: f32[n,s] = take(x=%0, indices=%1, axis=1)", R"(%2 "y", %1 "places")"),
      function_of(R"(%0 "x": f32[n,s])", kIota, R"(%0 "y", %1 "places")"));
}

TEST(TakeOfIota, ThatMayReachBeyondTheAxisStays) {
  expect_unchanged(take_of("f32[n,8]", "i32[9] = arange(start=9, stop=None, step=None, dtype=i32)", "1", "f32[n,9]"));
  expect_unchanged(take_of("f32[n,s]", "i32[3] = arange(start=3, stop=None, step=None, dtype=i32)", "1", "f32[n,3]"));
  expect_unchanged(take_of("f32[n,s]", "i32[n] = arange(start={n}, stop=None, step=None, dtype=i32)", "1", "f32[n,n]"));
}

TEST(TakeOfIota, FromAnotherPlaceOrBySteps) {
  expect_unchanged(take_of("f32[n,8]", "i32[7] = arange(start=1, stop=8, step=1, dtype=i32)", "1", "f32[n,7]"));
  expect_unchanged(take_of("f32[n,8]", "i32[4] = arange(start=0, stop=8, step=2, dtype=i32)", "1", "f32[n,4]"));
}

TEST(TakeOfIota, OfAFlattenedTensorStays) {
  expect_unchanged(take_of("f32[4,8]", "i32[4] = arange(start=4, stop=None, step=None, dtype=i32)", "None", "f32[4]"));
}

}  // namespace
}  // namespace kelt::rewrite
