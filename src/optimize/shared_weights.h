// optimize/shared_weights.h — weights that several operators read. Scaled for one of them they would be stored twice: the table
// of a tied embedding, which the lookup and the output layer share, once more in its size.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "optimize/rewriter.h"

namespace kelt::optimize {

// What a pass would multiply into the weights of an operator.
struct Scaling {
  OperatorId linear = kNoOperator;
  litert::TensorId weights = litert::kNoTensor;
  int axis = 0;  // of the weights
  std::vector<double> factors;
  friend bool operator==(const Scaling& a, const Scaling& b) { return a.axis == b.axis && a.factors == b.factors; }
};

// Which scaling the pass finds at an operator, if any.
using FindScaling = Result<std::optional<Scaling>> (*)(Rewriter&, OperatorId);

class SharedWeights {
 public:
  // Looks at every subgraph: signatures share weights too.
  [[nodiscard]] static Result<SharedWeights> in(litert::Model& model, FindScaling find);

  // The factors as an array. Empty where the weights are integers behind the floats, which they would no longer be, and where others read
  // the weights and would not be scaled alike; where all are, the array is the same for each of them, so that they still share.
  [[nodiscard]] std::optional<Array> factors(const Array& weights, const Scaling& scaling) const;

 private:
  std::map<std::string, std::optional<Array>> shared_;  // by identity; the factors where all readers agree
};

}  // namespace kelt::optimize
