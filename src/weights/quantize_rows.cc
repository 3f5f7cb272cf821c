// weights/quantize_rows.cc — the nearest 8-bit integers of a matrix of floats, row by row.

#include <cmath>
#include <cstring>

#include "weights/quantized.h"
#include "weights/source.h"

namespace kelt {
namespace {

constexpr size_t kRowPiece = size_t{1} << 16;  // elements at a time

// The nearest integers of rows of floats, with a scale a row.
class QuantizeSource : public ByteSource {
 public:
  QuantizeSource(Array matrix, std::vector<float> scales) : matrix_(std::move(matrix)), scales_(std::move(scales)) {}
  [[nodiscard]] size_t size() const override { return matrix_.count(); }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const auto columns = static_cast<size_t>(matrix_.shape[1]);
    Elements buffer;
    while (!out.empty()) {
      const size_t count = std::min(kRowPiece, out.size());
      KELT_ASSIGN_OR_RETURN(const auto bytes, buffer.read(*matrix_.source, offset * sizeof(float), count * sizeof(float)));
      for (size_t i = 0; i < count; ++i) {
        float value = 0;
        std::memcpy(&value, bytes.data() + i * sizeof(float), sizeof(float));
        const float scaled = std::clamp(std::nearbyint(value / scales_[(offset + i) / columns]), -127.0F, 127.0F);
        out[i] = static_cast<std::byte>(static_cast<int8_t>(scaled));
      }
      offset += count;
      out = out.subspan(count);
    }
    return {};
  }

  [[nodiscard]] std::string identity() const override {
    return "rows(" + shape_text(matrix_.shape) + "," + matrix_.source->identity() + ")";
  }

 private:
  Array matrix_;
  std::vector<float> scales_;
};

Result<std::vector<float>> row_scales(const Array& matrix) {
  const auto columns = static_cast<size_t>(matrix.shape[1]);
  std::vector<float> scales(static_cast<size_t>(matrix.shape[0]), 0.0F);
  std::vector<std::byte> row(columns * sizeof(float));
  for (size_t index = 0; index < scales.size(); ++index) {
    KELT_RETURN_IF_ERROR(matrix.source->read(index * row.size(), row));
    for (size_t i = 0; i < columns; ++i) {
      float value = 0;
      std::memcpy(&value, row.data() + i * sizeof(float), sizeof(float));
      scales[index] = std::max(scales[index], std::abs(value));
    }
    scales[index] = scales[index] == 0 ? 1.0F : scales[index] / 127.0F;
  }
  return scales;
}

}  // namespace

Result<Quantized> quantize_rows(const Array& matrix) {
  if (matrix.shape.size() != 2 || matrix.dtype != DType::kFloat32) {
    return Error{.code = Code::kInternal, .what = "rows of a float32 matrix can be quantized, not " + shape_text(matrix.shape)};
  }
  KELT_ASSIGN_OR_RETURN(std::vector<float> scales, row_scales(matrix));
  Quantized quantized{.values = {}, .scales = array_from<float>({matrix.shape[0], 1}, scales), .zeros = std::nullopt};
  quantized.values = {DType::kInt8, matrix.shape, std::make_shared<QuantizeSource>(matrix, std::move(scales))};
  return quantized;
}

}  // namespace kelt
