#include "verify/distributions.h"

#include "quantize/constant.h"
#include "statistics/statistics.h"
#include "weights/slices.h"

namespace kelt::verify {
namespace {

Result<statistics::Histogram> histogram_of_array(const Array& floats) {
  statistics::TensorStatistics counted;
  KELT_RETURN_IF_ERROR(read_floats(floats, [&](size_t, std::span<const float> values) { statistics::add(counted, values); }));
  return std::move(counted.histogram);
}

}  // namespace

Result<std::vector<Distribution>> distributions_of_constants(const quantize::Graph& floats, const quantize::Graph& quantized,
                                                             const Twins& twins, std::span<const litert::TensorId> constants) {
  std::vector<Distribution> all;
  for (const litert::TensorId id : constants) {
    const auto twin = twins.constant(id);
    const auto before = twin ? floats.floats(*twin) : std::nullopt;
    if (!before) continue;
    const litert::Tensor& tensor = quantized.tensor(id);
    KELT_ASSIGN_OR_RETURN(const auto integers, quantize::read_quantized(quantized.subgraph(), id));
    std::optional<Array> after;
    if (integers) after = dequantize(*integers);
    if (tensor.type == litert::TensorType::FLOAT16) after = cast(*tensor.constant, DType::kFloat32);
    if (!after || after->count() != before->count()) continue;
    Distribution one{.tensor = floats.tensor(*twin).name};
    KELT_ASSIGN_OR_RETURN(one.before, histogram_of_array(*before));
    KELT_ASSIGN_OR_RETURN(one.after, histogram_of_array(*after));
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace kelt::verify
