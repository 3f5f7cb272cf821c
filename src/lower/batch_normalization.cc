// lower/batch_normalization.cc — keras.ops.batch_normalization → MUL, ADD.
//
// With constant statistics the scale and the shift of each channel are worked out here, in double precision, and optimize folds
// them into a neighbouring convolution. Computed statistics are normalised by operators.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Statistics {
  Value mean, variance;
  std::optional<Value> offset, scale;
  double epsilon = 0;
};

bool all_constant(const Lowering& to, const Statistics& statistics) {
  return to.constant_of(statistics.mean) && to.constant_of(statistics.variance) &&
         (!statistics.offset || to.constant_of(*statistics.offset)) && (!statistics.scale || to.constant_of(*statistics.scale));
}

Result<std::vector<double>> read_vector(const Lowering& to, const std::optional<Value>& value, size_t count, double otherwise) {
  if (!value) return std::vector<double>(count, otherwise);
  return read_as<double>(*to.constant_of(*value));
}

struct ScaleAndShift {
  Value scale, shift;
};

Result<ScaleAndShift> fold_statistics(Lowering& to, const Statistics& statistics, const std::vector<int64_t>& shape) {
  KELT_ASSIGN_OR_RETURN(const std::vector<double> mean, read_vector(to, statistics.mean, 0, 0));
  KELT_ASSIGN_OR_RETURN(const std::vector<double> variance, read_vector(to, statistics.variance, 0, 0));
  KELT_ASSIGN_OR_RETURN(const std::vector<double> gamma, read_vector(to, statistics.scale, mean.size(), 1));
  KELT_ASSIGN_OR_RETURN(const std::vector<double> beta, read_vector(to, statistics.offset, mean.size(), 0));
  std::vector<float> scale, shift;
  for (size_t i = 0; i < mean.size(); ++i) {
    const double factor = gamma[i] / std::sqrt(variance[i] + statistics.epsilon);
    scale.push_back(static_cast<float>(factor));
    shift.push_back(static_cast<float>(beta[i] - mean[i] * factor));
  }
  return ScaleAndShift{to.constant(array_from<float>(shape, scale)), to.constant(array_from<float>(shape, shift))};
}

Result<ScaleAndShift> compute_statistics(Lowering& to, const Statistics& statistics, const Dims& dims) {
  const Value& variance = statistics.variance;
  Value scale = unary(to, BuiltinOperator::RSQRT, add(to, variance, like(to, variance, statistics.epsilon)));
  if (statistics.scale) scale = mul(to, scale, *statistics.scale);
  Value shift = unary(to, BuiltinOperator::NEG, mul(to, statistics.mean, scale));
  if (statistics.offset) shift = add(to, shift, *statistics.offset);
  KELT_ASSIGN_OR_RETURN(scale, reshape(to, scale, dims));
  KELT_ASSIGN_OR_RETURN(shift, reshape(to, shift, dims));
  return ScaleAndShift{scale, shift};
}

}  // namespace

Result<void> lower_batch_normalization(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Statistics statistics{.mean = args.tensor("mean"),
                              .variance = args.tensor("variance"),
                              .offset = args.optional_tensor("offset"),
                              .scale = args.optional_tensor("scale"),
                              .epsilon = args.number("epsilon")};
  const int axis = args.axis("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  const auto channels = x.dim(axis).value() ? x.dim(axis).value() : statistics.mean.dim(0).value();
  if (!channels) return reject("its channels are not known", "Give the input a fixed number of channels");

  // [channels], and a 1 for each axis behind.
  std::vector<int64_t> shape(static_cast<size_t>(x.rank() - axis), 1);
  shape[0] = *channels;
  const bool folds = x.dtype == DType::kFloat32 && all_constant(to, statistics);
  KELT_ASSIGN_OR_RETURN(const ScaleAndShift line, folds ? fold_statistics(to, statistics, shape)
                                                        : compute_statistics(to, statistics, Dims(shape.begin(), shape.end())));
  return to.bind(node, add(to, mul(to, x, line.scale), line.shift));
}

}  // namespace kelt::lower
