// lower/lowering.h — what a lowering is given: an Emitter that also knows the values of the source function.
//
// A lowering reads its node's arguments (lower/arguments.h), emits LiteRT operators (lower/ops.h) and binds the node's
// outputs. It returns an Error to refuse; the driver then binds opaque values and goes on, so that every refusal of a model
// is found. Types are settled on the left: a lowering never promotes.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/module.h"
#include "lower/emitter.h"

namespace kelt::lower {

class Lowering : public Emitter {
 public:
  // All must outlive the Lowering.
  Lowering(litert::Subgraph& subgraph, const graph::Module& module, int function_index)
      : Emitter(subgraph), module_(&module), function_index_(function_index) {}

  [[nodiscard]] const graph::Module& module() const { return *module_; }
  [[nodiscard]] const graph::Function& function() const { return module_->functions[function_index_]; }

  // What stands for a value of the source function; its producer has been lowered before.
  [[nodiscard]] Result<Value> value(graph::ValueId id) const;
  // The type that the source declares.
  [[nodiscard]] const graph::Value& declared(graph::ValueId id) const { return function().values[id.index]; }

  // `value` is what the node's output number `index` means. Checks dtype and rank against the declared type, takes over the
  // declared dims, and marks the tensor as equal to the source value.
  Result<void> bind(const graph::Node& node, const Value& value, int index = 0);
  void bind_input(graph::ValueId id, const Value& value);
  // Stands in for the outputs of a refused node.
  void bind_opaque(const graph::Node& node);

  // An int32 scalar that holds the dim at run time; constant if the dim is. Fails if no input shows the dim's symbols.
  // As a size it must not be negative, but for a bound that counts from the end (-n); the runtime works it out before it
  // allocates (lower/size.h).
  Result<Value> dim_value(const Dim& dim);
  // The same as a number, of any sign: nothing's size may depend on it.
  Result<Value> number_value(const Dim& dim);
  // An int32 vector of them.
  Result<Value> shape_value(const Dims& dims);

 private:
  Result<Value> symbol_value(const std::string& symbol);
  Result<Value> atom_value(const Dim::Atom& atom);
  Result<Value> term_value(const Dim::Term& term);

  const graph::Module* module_;
  int function_index_;
  std::map<int, Value> values_;              // by graph::ValueId
  std::map<std::string, Value> dim_values_;  // by the text of the dim
};

}  // namespace kelt::lower
