#include "weights/elementwise.h"

#include <cmath>
#include <functional>

namespace kelt {
namespace {

constexpr size_t kArithmeticPiece = size_t{1} << 16;  // elements at a time

bool takes_two(Arithmetic op) { return op < Arithmetic::kSquare; }

template <typename Function>
void apply(std::span<const std::byte> x, std::span<const std::byte> y, std::byte* out, const Function& function) {
  for (size_t at = 0; at < x.size(); at += sizeof(float)) {
    float a = 0;
    float b = 0;
    std::memcpy(&a, x.data() + at, sizeof(float));
    std::memcpy(&b, y.data() + at, sizeof(float));
    const float result = function(a, b);
    std::memcpy(out + at, &result, sizeof(float));
  }
}

void compute(Arithmetic op, std::span<const std::byte> x, std::span<const std::byte> y, std::byte* out) {
  switch (op) {
    case Arithmetic::kAdd: return apply(x, y, out, std::plus<float>());
    case Arithmetic::kSubtract: return apply(x, y, out, std::minus<float>());
    case Arithmetic::kMultiply: return apply(x, y, out, std::multiplies<float>());
    case Arithmetic::kDivide: return apply(x, y, out, std::divides<float>());
    case Arithmetic::kSquaredDifference: return apply(x, y, out, [](float a, float b) { return (a - b) * (a - b); });
    case Arithmetic::kSquare: return apply(x, y, out, [](float a, float) { return a * a; });
    case Arithmetic::kSquareRoot: return apply(x, y, out, [](float a, float) { return std::sqrt(a); });
    case Arithmetic::kReciprocalSquareRoot: return apply(x, y, out, [](float a, float) { return 1.0F / std::sqrt(a); });
    case Arithmetic::kNegate: return apply(x, y, out, [](float a, float) { return -a; });
    case Arithmetic::kAbsolute: return apply(x, y, out, [](float a, float) { return std::abs(a); });
  }
}

}  // namespace

Result<void> ElementwiseSource::read(size_t offset, std::span<std::byte> out) const {
  std::array<Elements, 2> buffers;
  return read_elements(sizeof(float), offset, out, [&](size_t first, std::span<std::byte> whole) -> Result<void> {
    while (!whole.empty()) {
      const std::span<std::byte> part = whole.first(std::min(whole.size(), kArithmeticPiece * sizeof(float)));
      KELT_ASSIGN_OR_RETURN(const auto x, buffers[0].read(*operands_[0].source, first * sizeof(float), part.size()));
      std::span<const std::byte> y = x;
      if (operands_.size() == 2) {
        KELT_ASSIGN_OR_RETURN(y, buffers[1].read(*operands_[1].source, first * sizeof(float), part.size()));
      }
      compute(op_, x, y, part.data());
      first += part.size() / sizeof(float);
      whole = whole.subspan(part.size());
    }
    return {};
  });
}

size_t ElementwiseSource::grain() const {
  size_t grain = 1;
  for (const Array& operand : operands_) grain = std::max(grain, operand.source->grain());
  return grain;
}

std::string ElementwiseSource::identity() const {
  std::string text = "arithmetic(" + std::to_string(static_cast<int>(op_));
  for (const Array& operand : operands_) text += "," + operand.source->identity();
  return text + ")";
}

Array elementwise(Arithmetic op, std::vector<Array> operands) {
  bool fit = operands.size() == (takes_two(op) ? 2U : 1U);
  for (const Array& operand : operands) fit = fit && operand.dtype == DType::kFloat32 && operand.shape == operands[0].shape;
  if (!fit) {
    return failed(DType::kFloat32, operands.empty() ? Shape() : operands[0].shape,
                  {.code = Code::kInternal, .what = "arithmetic needs one or two float32 arrays of the same shape"});
  }
  const Shape shape = operands[0].shape;
  return {DType::kFloat32, shape, std::make_shared<ElementwiseSource>(op, std::move(operands))};
}

}  // namespace kelt
