// verify/twins.h — which tensor of a float file a tensor of its quantized file stands for: the one of its name.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "litert/model.h"
#include "quantize/weighted.h"

namespace kelt::verify {

class Twins {
 public:
  // Both stay with the caller.
  Twins(const quantize::Graph& floats, const quantize::Graph& quantized);

  // Of an activation of the quantized file, in floats or in integers with one scale: that of the float file, in float32.
  [[nodiscard]] std::optional<litert::TensorId> activation(litert::TensorId quantized) const;
  // Of a constant of the quantized file: that of the float file.
  [[nodiscard]] std::optional<litert::TensorId> constant(litert::TensorId quantized) const;
  [[nodiscard]] std::optional<litert::TensorId> constant(std::string_view name) const { return find(name, true); }

 private:
  [[nodiscard]] std::optional<litert::TensorId> find(std::string_view name, bool constants) const;

  const quantize::Graph* quantized_;
  std::map<std::string, litert::TensorId, std::less<>> activations_, constants_;
};

// "conv/relu/int8" is what "conv/relu" became.
[[nodiscard]] std::string_view without_suffix(std::string_view name);

}  // namespace kelt::verify
