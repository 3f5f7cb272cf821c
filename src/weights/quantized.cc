#include "weights/quantized.h"

#include <cmath>

#include "weights/strided.h"

namespace kelt {
namespace {

constexpr size_t kBlockPiece = size_t{1} << 16;  // elements at a time

// What the scales and zeros say, in memory: they are small beside the values.
struct Parameters {
  std::vector<float> scales, zeros;
};

class DequantizeSource : public ByteSource {
 public:
  DequantizeSource(Quantized matrix, Parameters parameters)
      : matrix_(std::move(matrix)),
        parameters_(std::move(parameters)),
        columns_(static_cast<size_t>(matrix_.values.shape[1])),
        channels_(static_cast<size_t>(matrix_.scales.shape[1])),
        block_(matrix_.values.count() / channels_ / static_cast<size_t>(matrix_.scales.shape[0])) {}
  [[nodiscard]] size_t size() const override { return matrix_.values.count() * sizeof(float); }
  [[nodiscard]] const Quantized& matrix() const { return matrix_; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    return read_elements(sizeof(float), offset, out, [&](size_t first, std::span<std::byte> whole) -> Result<void> {
      Elements buffer;
      while (!whole.empty()) {
        const size_t count = std::min(kBlockPiece, whole.size() / sizeof(float));
        KELT_ASSIGN_OR_RETURN(const auto values, buffer.read(*matrix_.values.source, first, count));
        for (size_t i = 0; i < count; ++i) {
          const float value = at(first + i, static_cast<int8_t>(values[i]));
          std::memcpy(whole.data() + i * sizeof(float), &value, sizeof(float));
        }
        first += count;
        whole = whole.subspan(count * sizeof(float));
      }
      return {};
    });
  }

  [[nodiscard]] std::string identity() const override {
    return "dequantize(" + shape_text(matrix_.values.shape) + "," + std::to_string(matrix_.channel_axis) + "," +
           std::to_string(matrix_.scales.shape[0]) + "," + matrix_.values.source->identity() + "," + matrix_.scales.source->identity() +
           (matrix_.zeros ? "," + matrix_.zeros->source->identity() : "") + ")";
  }

 private:
  [[nodiscard]] float at(size_t element, int8_t value) const {
    const size_t row = element / columns_;
    const size_t column = element % columns_;
    const size_t channel = matrix_.channel_axis == 0 ? row : column;
    const size_t place = (matrix_.channel_axis == 0 ? column : row) / block_ * channels_ + channel;
    const float zero = parameters_.zeros.empty() ? 0.0F : parameters_.zeros[place];
    return (static_cast<float>(value) - zero) * parameters_.scales[place];
  }

  Quantized matrix_;
  Parameters parameters_;
  size_t columns_;
  size_t channels_;
  size_t block_;  // elements along the other axis that share a scale
};

bool fits(const Quantized& matrix) {
  const Shape& values = matrix.values.shape;
  const Shape& scales = matrix.scales.shape;
  if (values.size() != 2 || scales.size() != 2 || matrix.values.dtype != DType::kInt8 || matrix.scales.dtype != DType::kFloat32)
    return false;
  if (matrix.channel_axis != 0 && matrix.channel_axis != 1) return false;
  if (matrix.zeros && (matrix.zeros->shape != scales || matrix.zeros->dtype != DType::kFloat32)) return false;
  const int64_t channels = values[static_cast<size_t>(matrix.channel_axis)];
  const int64_t others = values[static_cast<size_t>(1 - matrix.channel_axis)];
  return channels > 0 && others > 0 && scales[1] == channels && scales[0] > 0 && others % scales[0] == 0;
}

// The nearest integers of rows of floats, with a scale a row.
class QuantizeSource : public ByteSource {
 public:
  QuantizeSource(Array matrix, std::vector<float> scales) : matrix_(std::move(matrix)), scales_(std::move(scales)) {}
  [[nodiscard]] size_t size() const override { return matrix_.count(); }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const auto columns = static_cast<size_t>(matrix_.shape[1]);
    Elements buffer;
    while (!out.empty()) {
      const size_t count = std::min(kBlockPiece, out.size());
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

Array dequantize(const Quantized& matrix) {
  Parameters parameters;
  const auto read = [](const Array& array, std::vector<float>& into) -> Result<void> {
    KELT_ASSIGN_OR_RETURN(into, read_as<float>(array));
    return {};
  };
  const Error misfit{.code = Code::kBadModule, .what = "the scales of quantized weights don't fit their values"};
  if (!fits(matrix)) return failed(DType::kFloat32, matrix.values.shape, misfit);
  if (Result<void> done = read(matrix.scales, parameters.scales); !done.ok())
    return failed(DType::kFloat32, matrix.values.shape, done.error());
  if (matrix.zeros) {
    if (Result<void> done = read(*matrix.zeros, parameters.zeros); !done.ok())
      return failed(DType::kFloat32, matrix.values.shape, done.error());
  }
  return {DType::kFloat32, matrix.values.shape, std::make_shared<DequantizeSource>(matrix, std::move(parameters))};
}

std::optional<Quantized> quantized_form(const Array& matrix) {
  if (matrix.shape.size() != 2 || matrix.dtype != DType::kFloat32) return std::nullopt;
  const auto view = view_of(matrix);
  const auto* source = view ? dynamic_cast<const DequantizeSource*>(view->base.get()) : nullptr;
  if (source == nullptr) return std::nullopt;
  Quantized found = source->matrix();
  const auto rows = static_cast<size_t>(found.values.shape[0]);
  const auto columns = static_cast<size_t>(found.values.shape[1]);
  const std::vector<Axis> row_axis = collapse(std::vector<Axis>{{rows, columns}});
  const std::vector<Axis> column_axis = collapse(std::vector<Axis>{{columns, 1}});
  const auto& groups = view->groups;
  if (groups[0] == row_axis && groups[1] == column_axis) {
    found.values = reshape(found.values, matrix.shape);
  } else if (groups[0] == column_axis && groups[1] == row_axis) {
    found.values = array_of_view(*view, matrix.shape, found.values);
    found.channel_axis = 1 - found.channel_axis;
  } else {
    return std::nullopt;
  }
  return found;
}

bool comes_from_integers(const Array& array) {
  const auto view = view_of(array);
  return view && dynamic_cast<const DequantizeSource*>(view->base.get()) != nullptr;
}

Result<Quantized> quantize_rows(const Array& matrix) {
  if (matrix.shape.size() != 2 || matrix.dtype != DType::kFloat32) {
    return Error{.code = Code::kInternal, .what = "rows of a float32 matrix can be quantized, not " + shape_text(matrix.shape)};
  }
  KELT_ASSIGN_OR_RETURN(std::vector<float> scales, row_scales(matrix));
  Quantized quantized{.values = {}, .scales = array_from<float>({1, matrix.shape[0]}, scales), .zeros = std::nullopt};
  quantized.values = {DType::kInt8, matrix.shape, std::make_shared<QuantizeSource>(matrix, std::move(scales))};
  return quantized;
}

}  // namespace kelt
