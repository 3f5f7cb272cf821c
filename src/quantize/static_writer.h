// quantize/static_writer.h — the operators of a subgraph on integers and on floats, with what converts between the two.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantize/activations.h"
#include "quantize/layer_weights.h"
#include "quantize/writer.h"

namespace kelt::quantize {

class StaticWriter {
 public:
  // `params` of every tensor that becomes integers.
  StaticWriter(const Graph& before, Writer& to, std::map<Integers, Params> params)
      : before_(&before), to_(&to), params_(std::move(params)) {}

  // An input of the subgraph that the caller hands over as integers of this type: its place is taken by the tensor returned.
  [[nodiscard]] litert::TensorId integer_input(litert::TensorId id, litert::TensorType type);
  // The output as integers, likewise.
  [[nodiscard]] Result<litert::TensorId> integer_output(litert::TensorId id, litert::TensorType type);

  // The operator on integers.
  [[nodiscard]] Result<void> write(const litert::Operator& op, const Form& form, const LayerWeights& from);
  // Before an operator on floats is written: what it reads is floats.
  void provide_floats(const litert::Operator& op);
  void provide_floats(litert::TensorId id);

 private:
  // The tensor as integers with its params, or with those that are given.
  [[nodiscard]] Result<litert::TensorId> integers(litert::TensorId id, int bits);
  [[nodiscard]] litert::TensorId convert(litert::TensorId from, const Params& to, const std::string& name);
  // The same integers without a sign.
  [[nodiscard]] litert::TensorId new_bytes(litert::TensorId id, const Params& params);
  [[nodiscard]] litert::TensorId new_integers(litert::TensorId id, const Params& params, const std::string& suffix);
  [[nodiscard]] Result<std::vector<float>> least_scales(const litert::Operator& before, const Form& form, size_t scales) const;
  [[nodiscard]] Result<void> set_weights(litert::Operator& op, const litert::Operator& before, const Form& form, const LayerWeights& from);
  [[nodiscard]] Result<void> set_bias(litert::Operator& op, const litert::Operator& before, const Form& form, std::span<const float> values,
                                      const std::string& name);

  const Graph* before_;
  Writer* to_;
  std::map<Integers, Params> params_;
  std::map<Integers, litert::TensorId> made_;  // 0 bits: floats
  std::map<litert::TensorId, int> home_;       // the bits in which an operator made it
};

}  // namespace kelt::quantize
