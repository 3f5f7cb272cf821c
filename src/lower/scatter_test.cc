#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Scatter, JoinsSegmentsAtASizeThatIsKnownBeforeTheRun) {
  expect_lowering(
      R"(fn "f" (%0 "x": i32[n,4], %1 "i": i32[n]) { %2: i32[n,4] = segment_max(data=%0, segment_ids=%1, num_segments={n}) } -> (%2 "y"))",
      R"(fn (x: i32[n,4], i: i32[n]) {
      d: i32[2] = SHAPE(x) {out_type: INT32}
      n: i32[] = STRIDED_SLICE(d, const i32[1] 0, const i32[1] 1, const i32[1] 1) {shrink_axis_mask: 1}
      r: i32[1] = RESHAPE(n, const i32[1] 1) {new_shape: [1]}
      s: i32[2] = CONCATENATION(r, const i32[1] 4)
      e: i32[n,4] = FILL(s, const i32[] -2147483648)
      p: i32[n,1] = RESHAPE(i, const i32[2] [-1, 1]) {new_shape: [-1, 1]}
      y: i32[n,4] = STABLEHLO_SCATTER(e, p, x) {update_window_dims: [1], inserted_window_dims: [0], scatter_dims_to_operand_dims: [0], index_vector_dim: 1, update_computation_subgraph_index: 1}
    } -> (y)
    fn (a: i32[], b: i32[]) { c: i32[] = STABLEHLO_MAXIMUM(a, b) } -> (c)
    signature "f" 0 (x: x, i: i) -> (y: y))");
}

TEST(Scatter, TakesTheFastOperatorWhereNoOutputHasAnUnknownSize) {
  const auto emits = [](std::string_view source, std::string_view code) {
    const Result<litert::Model> model = lower_text(source);
    EXPECT_TRUE(model.ok());
    return model.ok() && litert::canonical_text(*model).find(code) != std::string::npos;
  };
  constexpr std::string_view kKnown =
      R"(fn "f" (%0 "x": f32[n,4], %1 "i": i32[n]) { %2: f32[3,4] = segment_max(data=%0, segment_ids=%1, num_segments=3) } -> (%2 "y"))";
  EXPECT_TRUE(emits(kKnown, "UNSORTED_SEGMENT_MAX"));
  EXPECT_FALSE(emits(kKnown, "STABLEHLO_SCATTER"));
  constexpr std::string_view kBeside = R"(fn "f" (%0 "x": f32[n,4], %1 "i": i32[n]) {
      %2: f32[3,4] = segment_max(data=%0, segment_ids=%1, num_segments=3)
      %3: f32[n,4] = exp(x=%0)
    } -> (%2 "y", %3 "z"))";
  EXPECT_FALSE(emits(kBeside, "UNSORTED_SEGMENT_MAX"));
  EXPECT_TRUE(emits(kBeside, "STABLEHLO_SCATTER"));
}

TEST(Scatter, RejectsANumberOfSegmentsThatOnlyValuesTell) {
  expect_rejected(
      R"(fn "f" (%0 "x": i32[n,4], %1 "i": i32[n]) { %2: i32[5,4] = segment_min(data=%0, segment_ids=%1, num_segments=None) } -> (%2 "y"))",
      "Give num_segments=");
}

}  // namespace
}  // namespace kelt::lower
