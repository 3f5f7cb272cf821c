// lower/image/transform.cc — keras.ops.image.affine_transform, perspective_transform → samples at places that a matrix tells.
//
// elastic_transform moves each pixel at random: only without any movement has it a form, which is the image itself.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/image/sample.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

// Counted along one axis of `rank`, as float32.
Result<Value> counted(Lowering& to, const Dim& length, int axis, int rank) {
  KELT_ASSIGN_OR_RETURN(const Value numbers, count_up(to, length));
  Dims dims(static_cast<size_t>(rank), Dim(1));
  dims[static_cast<size_t>(axis)] = length;
  KELT_ASSIGN_OR_RETURN(const Value shaped, reshape(to, numbers, dims));
  return cast(to, shaped, DType::kFloat32);
}

// Entry `index` of each row of a [n, entries] matrix, in the shape [n, 1, .., 1].
Result<Value> entry(Lowering& to, const Value& matrix, int64_t index, int rank) {
  Dims dims(static_cast<size_t>(rank), Dim(1));
  dims[0] = matrix.dim(0);
  return reshape(to, slice(to, matrix, std::vector<int64_t>{0, index}, {matrix.dim(0), Dim(1)}), dims);
}

// a·x + b·y + c
Result<Value> plane(Lowering& to, const Value& matrix, int64_t a, int64_t b, int64_t c, const Value& x, const Value& y) {
  KELT_ASSIGN_OR_RETURN(const Value by_x, entry(to, matrix, a, x.rank()));
  KELT_ASSIGN_OR_RETURN(const Value by_y, entry(to, matrix, b, x.rank()));
  KELT_ASSIGN_OR_RETURN(const Value shift, entry(to, matrix, c, x.rank()));
  const Value along_x = mul(to, x, by_x);
  return add(to, add(to, mul(to, y, by_y), along_x), shift);
}

// x [n, h, w, c] at the places [n, h, w] (whole pixels), or [n, h, w, c].
Result<Value> sample_images(Lowering& to, const Value& x, const Value& rows, const Value& columns, const Interpolation& interpolation) {
  const bool whole = rows.rank() == 3;
  const Dim unit = whole ? Dim(1) : x.dim(3);
  KELT_ASSIGN_OR_RETURN(const Value table, whole ? reshape(to, x, {x.dim(0) * x.dim(1) * x.dim(2), x.dim(3)}) : flatten(to, x));
  const auto numbers = [&](int axis, const Dim& step) -> Result<Value> {
    KELT_ASSIGN_OR_RETURN(const Value counts, count_up(to, x.dim(axis)));
    Dims dims(static_cast<size_t>(rows.rank()), Dim(1));
    dims[static_cast<size_t>(axis)] = x.dim(axis);
    KELT_ASSIGN_OR_RETURN(const Value shaped, reshape(to, counts, dims));
    KELT_ASSIGN_OR_RETURN(const Value distance, to.dim_value(step));
    return mul(to, shaped, distance);
  };
  KELT_ASSIGN_OR_RETURN(Value base, numbers(0, x.dim(1) * x.dim(2) * unit));
  if (!whole) {
    KELT_ASSIGN_OR_RETURN(const Value channels, numbers(3, Dim(1)));
    base = add(to, base, channels);
  }
  KELT_ASSIGN_OR_RETURN(const Value height, to.dim_value(x.dim(1)));
  KELT_ASSIGN_OR_RETURN(const Value width, to.dim_value(x.dim(2)));
  KELT_ASSIGN_OR_RETURN(const Value row_step, to.dim_value(x.dim(2) * unit));
  KELT_ASSIGN_OR_RETURN(const Value column_step, to.dim_value(unit));
  return sample(to, table, base, {{rows, height, row_step}, {columns, width, column_step}}, interpolation);
}

Interpolation read_interpolation(Arguments& args, const Value& images, bool with_mode) {
  Interpolation interpolation{.linear = args.text("interpolation") == "bilinear",
                              .beyond = with_mode ? args.text("fill_mode") : "constant",
                              .fill = args.number("fill_value")};
  if (is_integer(images.dtype)) interpolation.fill = std::trunc(interpolation.fill);
  return interpolation;
}

// One matrix as a batch of one.
Result<Value> as_batch(Lowering& to, const Value& matrix, int rank) {
  const Value x = cast(to, matrix, DType::kFloat32);
  if (x.rank() == rank) return x;
  return expand_dims(to, x, 0);
}

// The two last entries of Keras' matrix count the channels in.
bool counts_channels(Lowering& to, const Value& matrix) {
  const auto constant = to.constant_of(matrix);
  if (!constant) return true;
  const auto numbers = read_as<float>(*constant);
  if (!numbers.ok()) return true;
  for (size_t i = 0; i < numbers->size(); ++i) {
    if (i % 8 >= 6 && (*numbers)[i] != 0) return true;
  }
  return false;
}

// From the k-th on, around.
Value rolled(Lowering& to, const Value& x, int axis, int64_t k) {
  std::vector<int64_t> begin(x.dims.size(), 0);
  Dims head = x.dims, tail = x.dims;
  head[static_cast<size_t>(axis)] = Dim(k);
  tail[static_cast<size_t>(axis)] = x.dim(axis) - Dim(k);
  const Value first = slice(to, x, begin, head);
  begin[static_cast<size_t>(axis)] = k;
  const Value rest = slice(to, x, begin, tail);
  return concatenate(to, std::vector<Value>{rest, first}, axis);
}

// The cross products of vectors of two [n, 1, 2] or of three [n, m, 3].
Value cross_of_two(Lowering& to, const Value& a, const Value& b) {
  const Value products = mul(to, a, rolled(to, b, 2, 1));
  const Value left = slice(to, products, std::vector<int64_t>{0, 0, 0}, {products.dim(0), Dim(1), Dim(1)});
  const Value right = slice(to, products, std::vector<int64_t>{0, 0, 1}, {products.dim(0), Dim(1), Dim(1)});
  return sub(to, left, right);
}

Value cross_of_three(Lowering& to, const Value& a, const Value& b) {
  const Value next = rolled(to, a, 2, 1), last = rolled(to, a, 2, 2);
  const Value left = mul(to, next, rolled(to, b, 2, 2));
  return sub(to, left, mul(to, last, rolled(to, b, 2, 1)));
}

// The homography that takes the unit square to four points [n, 4, 2], but for a factor; a row of [n, 3, 3] is one of its columns.
Value from_unit_square(Lowering& to, const Value& points, bool scaled) {
  const auto corner = [&](int64_t index) { return slice(to, points, std::vector<int64_t>{0, index, 0}, {points.dim(0), Dim(1), Dim(2)}); };
  // Around the square: the points of an image are given row by row.
  const Value p0 = corner(0), p1 = corner(1), p2 = corner(3), p3 = corner(2);
  const Value from_1 = sub(to, p1, p2), from_3 = sub(to, p3, p2);
  const Value upper = sub(to, p0, p1);
  const Value sum = add(to, upper, sub(to, p2, p3));
  Value whole = cross_of_two(to, from_1, from_3), tilt_1 = cross_of_two(to, sum, from_3), tilt_3 = cross_of_two(to, from_1, sum);
  if (scaled) {
    tilt_1 = div(to, tilt_1, whole);
    tilt_3 = div(to, tilt_3, whole);
    whole = div(to, whole, whole);
  }
  const auto edge = [&](const Value& end, const Value& tilt) {
    const Value side = mul(to, sub(to, end, p0), whole);
    return concatenate(to, std::vector<Value>{add(to, side, mul(to, end, tilt)), tilt}, 2);
  };
  const Value first = edge(p1, tilt_1), second = edge(p3, tilt_3);
  const Value origin = concatenate(to, std::vector<Value>{mul(to, p0, whole), whole}, 2);
  return concatenate(to, std::vector<Value>{first, second, origin}, 1);
}

// [n, 9]: the homography that takes the end points to the start points, [n, 4, 2] each, through the unit square. Elimination in
// the 8 × 8 system that Keras writes loses up to three digits more.
Result<Value> homography(Lowering& to, const Value& start, const Value& end) {
  const Value to_start = from_unit_square(to, start, false);
  const Value to_end = from_unit_square(to, end, true);
  // The inverse, but for a factor: its rows are the cross products of the columns.
  const Value next = rolled(to, to_end, 1, 1);
  const Value inverse = cross_of_three(to, next, rolled(to, to_end, 1, 2));
  const Value product = batch_matmul(to, to_start, inverse, true, false);
  KELT_ASSIGN_OR_RETURN(const Value flat, reshape(to, product, {product.dim(0), Dim(9)}));
  return div(to, flat, slice(to, flat, std::vector<int64_t>{0, 8}, {flat.dim(0), Dim(1)}));
}

}  // namespace

Result<void> lower_affine_transform(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const Value transform = args.tensor("transform");
  const Interpolation interpolation = read_interpolation(args, images, true);
  const ImageLayout layout = image_layout(images, read_channels_first(args));
  KELT_RETURN_IF_ERROR(args.finish());

  KELT_ASSIGN_OR_RETURN(const Value x, layout.batch(to, images));
  const bool with_channels = counts_channels(to, transform);
  KELT_ASSIGN_OR_RETURN(const Value matrix, as_batch(to, transform, 2));
  const int rank = with_channels ? 4 : 3;
  KELT_ASSIGN_OR_RETURN(const Value row, counted(to, x.dim(1), 1, rank));
  KELT_ASSIGN_OR_RETURN(const Value column, counted(to, x.dim(2), 2, rank));
  KELT_ASSIGN_OR_RETURN(Value rows, plane(to, matrix, 3, 4, 5, column, row));
  KELT_ASSIGN_OR_RETURN(Value columns, plane(to, matrix, 0, 1, 2, column, row));
  if (with_channels) {
    KELT_ASSIGN_OR_RETURN(const Value channel, counted(to, x.dim(3), 3, rank));
    KELT_ASSIGN_OR_RETURN(const Value to_rows, entry(to, matrix, 6, rank));
    KELT_ASSIGN_OR_RETURN(const Value to_columns, entry(to, matrix, 7, rank));
    rows = add(to, rows, mul(to, channel, to_rows));
    columns = add(to, columns, mul(to, channel, to_columns));
  }
  KELT_ASSIGN_OR_RETURN(const Value sampled, sample_images(to, x, rows, columns, interpolation));
  KELT_ASSIGN_OR_RETURN(const Value y, layout.restore(to, sampled));
  return to.bind(node, as_sampled(to, y, images.dtype));
}

Result<void> lower_perspective_transform(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const Value start_points = args.tensor("start_points");
  const Value end_points = args.tensor("end_points");
  const Interpolation interpolation = read_interpolation(args, images, false);
  const ImageLayout layout = image_layout(images, read_channels_first(args));
  KELT_RETURN_IF_ERROR(args.finish());

  KELT_ASSIGN_OR_RETURN(const Value x, layout.batch(to, images));
  KELT_ASSIGN_OR_RETURN(const Value start, as_batch(to, start_points, 3));
  KELT_ASSIGN_OR_RETURN(const Value end, as_batch(to, end_points, 3));
  KELT_ASSIGN_OR_RETURN(const Value matrix, homography(to, start, end));
  KELT_ASSIGN_OR_RETURN(const Value row, counted(to, x.dim(1), 1, 3));
  KELT_ASSIGN_OR_RETURN(const Value column, counted(to, x.dim(2), 2, 3));
  KELT_ASSIGN_OR_RETURN(const Value by_x, entry(to, matrix, 6, 3));
  KELT_ASSIGN_OR_RETURN(const Value by_y, entry(to, matrix, 7, 3));
  const Value along_y = mul(to, by_y, row);
  const Value tilt = add(to, mul(to, by_x, column), along_y);
  const Value depth = add(to, tilt, like(to, tilt, 1));
  KELT_ASSIGN_OR_RETURN(const Value columns, plane(to, matrix, 0, 1, 2, column, row));
  KELT_ASSIGN_OR_RETURN(const Value rows, plane(to, matrix, 3, 4, 5, column, row));
  const Value seen_columns = div(to, columns, depth);
  KELT_ASSIGN_OR_RETURN(const Value sampled, sample_images(to, x, div(to, rows, depth), seen_columns, interpolation));
  KELT_ASSIGN_OR_RETURN(const Value y, layout.restore(to, sampled));
  return to.bind(node, as_sampled(to, y, images.dtype));
}

Result<void> lower_elastic_transform(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const double alpha = args.number("alpha");
  for (const char* name : {"sigma", "interpolation", "fill_mode", "fill_value", "seed", "data_format"}) args.ignore(name);
  KELT_RETURN_IF_ERROR(args.finish());
  if (alpha == 0) return to.bind(node, images);
  return reject("moves every pixel by random numbers",
                "Leave the augmentation out of the exported model, or use map_coordinates with given places");
}

}  // namespace kelt::lower
