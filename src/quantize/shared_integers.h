// quantize/shared_integers.h — weights that several operators read: their integers are found once, and are the same for all of them.
//
// A language model looks its tokens up in the table by whose rows it multiplies in the end. Integers that differ would be stored twice.

#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "quantize/gptq_layers.h"
#include "quantize/layer_weights.h"

namespace kelt::quantize {

class SharedIntegers {
 public:
  // Which products there are, and in which forms. The integers that samples chose stay with the caller.
  SharedIntegers(const litert::Model& model, const Plan& plan, ScaleChoice scales, const ChosenIntegers& chosen);

  // integers_of(), found once.
  [[nodiscard]] Result<Quantized> of_product(const Array& weights, const Steps& steps, const LayerWeights& from);
  // Of a table that is looked up, by rows or in blocks: those of a product with it in as many bits and as long blocks, if there is one.
  [[nodiscard]] Result<Quantized> of_rows(const Array& table, const Form& form);

 private:
  struct Product {
    Form form;
    Steps steps;
    LayerWeights from;
  };
  using Key = std::tuple<std::string, Shape, Shape, int, double, const Quantized*>;

  ScaleChoice scales_;
  std::map<std::string, std::vector<Product>> products_;  // by the identity of their weights
  std::map<Key, Quantized> found_;
};

// The integers that samples chose for an operator in that form; null if they chose none.
[[nodiscard]] const Quantized* chosen_for(const ChosenIntegers& chosen, const LayerId& layer, const Form& form);

}  // namespace kelt::quantize
