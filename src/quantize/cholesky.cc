#include "quantize/cholesky.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kelt::quantize {
namespace {

constexpr size_t kCholeskyPanel = 64;  // columns that are finished together, so that rows before them are read once for all
constexpr size_t kTall = 2;            // rows and columns of products that are kept in registers
constexpr size_t kWide = 4;

// Two doubles: what every 64-bit processor has a register for.
using Pair = double __attribute__((vector_size(16)));

Pair load_pair(const double* from) {
  Pair pair;
  __builtin_memcpy(&pair, from, sizeof(pair));
  return pair;
}

// to[i][j] −= Σ a[i][k] b[j][k] over k < count, a multiple of two, for kTall × kWide of them.
void subtract_products(double* to, const double* a, const double* b, size_t size, size_t count) {
  std::array<std::array<Pair, kWide>, kTall> sums{};
  for (size_t k = 0; k < count; k += 2) {
    std::array<Pair, kTall> left{};
    for (size_t i = 0; i < kTall; ++i) left[i] = load_pair(a + i * size + k);
    for (size_t j = 0; j < kWide; ++j) {
      const Pair right = load_pair(b + j * size + k);
      for (size_t i = 0; i < kTall; ++i) sums[i][j] += left[i] * right;
    }
  }
  for (size_t i = 0; i < kTall; ++i) {
    for (size_t j = 0; j < kWide; ++j) to[i * size + j] -= sums[i][j][0] + sums[i][j][1];
  }
}

double dot_product(const double* a, const double* b, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; ++k) sum += a[k] * b[k];
  return sum;
}

// The same for all of rows [row, row + rows) and columns [column, column + columns) of the matrix itself; k < column.
void subtract_finished(double* matrix, size_t size, size_t row, size_t rows, size_t column, size_t columns) {
  const size_t tall = rows / kTall * kTall, wide = columns / kWide * kWide;
  for (size_t i = 0; i < tall; i += kTall) {
    for (size_t j = 0; j < wide; j += kWide) {
      subtract_products(matrix + (row + i) * size + column + j, matrix + (row + i) * size, matrix + (column + j) * size, size, column);
    }
  }
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = i < tall ? wide : 0; j < columns; ++j) {
      double* const at = matrix + (row + i) * size;
      at[column + j] -= dot_product(at, matrix + (column + j) * size, column);
    }
  }
}

}  // namespace

bool cholesky(std::span<double> matrix, size_t size) {
  for (size_t panel = 0; panel < size; panel += kCholeskyPanel) {
    const size_t columns = std::min(kCholeskyPanel, size - panel);
    subtract_finished(matrix.data(), size, panel, size - panel, panel, columns);
    for (size_t row = panel; row < size; ++row) {
      double* const at = matrix.data() + row * size;
      for (size_t column = panel; column < std::min(row + 1, panel + columns); ++column) {
        const double* const other = matrix.data() + column * size;
        const double rest = at[column] - dot_product(at + panel, other + panel, column - panel);
        if (column < row) {
          at[column] = rest / other[column];
        } else if (rest > 0) {
          at[column] = std::sqrt(rest);
        } else {
          return false;
        }
      }
    }
  }
  return true;
}

}  // namespace kelt::quantize
