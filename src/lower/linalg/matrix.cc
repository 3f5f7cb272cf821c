#include "lower/linalg/matrix.h"

#include "lower/core/arguments.h"
#include "lower/core/ops.h"

namespace kelt::lower {

Result<MatrixShape> matrix_shape(const Value& x, int64_t largest) {
  const auto rows = x.dim(-2).value();
  const auto columns = x.dim(-1).value();
  if (!rows || !columns) {
    return reject("decomposes matrices whose size is not known", "Give the matrices a fixed size; the batch may be unknown");
  }
  if (std::max(*rows, *columns) > largest) {
    return reject("decomposes matrices of " + std::to_string(*rows) + " × " + std::to_string(*columns) +
                      ", step by step, which is done up to " + std::to_string(largest),
                  "Compute it outside of the exported model, or on smaller blocks");
  }
  return MatrixShape{*rows, *columns};
}

Value block_of(Emitter& to, const Value& x, const Block& block) {
  std::vector<int64_t> begin(x.dims.size(), 0);
  Dims size = x.dims;
  begin[begin.size() - 2] = block.row;
  begin[begin.size() - 1] = block.column;
  size[size.size() - 2] = Dim(block.rows);
  size[size.size() - 1] = Dim(block.columns);
  if (same_lengths(size, x.dims)) return x;
  return slice(to, x, begin, size);
}

Value rows_of(Emitter& to, const Value& x, int64_t row, int64_t rows) {
  return block_of(to, x, {.row = row, .rows = rows, .column = 0, .columns = *x.dim(-1).value()});
}

Value columns_of(Emitter& to, const Value& x, int64_t column, int64_t columns) {
  return block_of(to, x, {.row = 0, .rows = *x.dim(-2).value(), .column = column, .columns = columns});
}

Value moved(Emitter& to, const Value& x, int64_t down, int64_t right) {
  std::vector<Padding> padding(x.dims.size());
  padding[padding.size() - 2].before = down;
  padding[padding.size() - 1].before = right;
  return pad(to, x, padding);
}

Value transposed(Emitter& to, const Value& x) {
  std::vector<int> order;
  for (int axis = 0; axis < x.rank(); ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return transpose(to, x, order);
}

Value unit_matrix(Emitter& to, int64_t rows, int64_t columns) {
  std::vector<float> entries(static_cast<size_t>(rows * columns), 0.0F);
  for (int64_t i = 0; i < std::min(rows, columns); ++i) entries[static_cast<size_t>(i * columns + i)] = 1;
  return constant_matrix(to, rows, columns, entries);
}

Value constant_matrix(Emitter& to, int64_t rows, int64_t columns, std::span<const float> entries) {
  return to.constant(array_from<float>({rows, columns}, entries));
}

Result<Value> with_batch_of(Lowering& to, const Value& x, const Value& other) {
  const Dims batch(x.dims.begin(), x.dims.end() - 2);
  const Dims other_batch(other.dims.begin(), other.dims.end() - 2);
  Dims dims = broadcast(batch, other_batch);
  if (same_lengths(dims, batch)) return x;
  dims.insert(dims.end(), x.dims.end() - 2, x.dims.end());
  return broadcast_to(to, x, dims);
}

Value sum_along(Emitter& to, const Value& x, int axis) {
  return reduce(to, litert::BuiltinOperator::SUM, x, std::vector<int>{x.rank() + axis}, true);
}

Value or_one(Emitter& to, const Value& x) {
  return select(to, compare(to, litert::BuiltinOperator::EQUAL, x, like(to, x, 0)), like(to, x, 1), x);
}

}  // namespace kelt::lower
