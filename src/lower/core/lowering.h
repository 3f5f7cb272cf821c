// lower/core/lowering.h — what a lowering is given: an Emitter that also knows the values of the source function.
//
// A lowering reads its node's arguments (lower/arguments.h), emits LiteRT operators (lower/ops.h) and binds the node's
// outputs. It returns an Error to reject the node; the driver then binds placeholders and goes on, so that every rejection of a model
// is found. Types are settled on the left: a lowering never promotes.

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "graph/module.h"
#include "lower/core/emitter.h"

namespace kelt::lower {

// What the lowerings of one module share.
struct Session {
  const graph::Module* module = nullptr;
  std::vector<litert::Subgraph> nested = {};  // of control flow: they stand behind those of the module's functions
  std::vector<Error> rejections = {};

  // Takes a nested subgraph; gives its index in the model.
  int add(litert::Subgraph subgraph) {
    nested.push_back(std::move(subgraph));
    return static_cast<int>(module->functions.size() + nested.size()) - 1;
  }
};

// How a nested subgraph learns a size that none of its inputs has as a dim.
enum class Sizes {
  kFromShape,  // a tensor that has it comes in, and is asked for its shape: known before the graph runs, so nothing becomes dynamic
  kScalar,     // the number comes in: for conditions of loops, whose inputs are copied at each step
};

class Lowering : public Emitter {
 public:
  // Of a signature's function. All must outlive the Lowering.
  Lowering(litert::Subgraph& subgraph, Session& session, int function_index)
      : Emitter(subgraph), session_(&session), function_(&session.module->functions[function_index]), source_(function_index) {}
  // Of a nested subgraph, which takes what it needs of the values `around` it as inputs (captured()).
  Lowering(litert::Subgraph& subgraph, Lowering& around, Sizes sizes)
      : Emitter(subgraph), session_(around.session_), function_(around.function_), around_(&around), sizes_(sizes) {
    set_path(around.path());
  }

  [[nodiscard]] Session& session() const { return *session_; }
  [[nodiscard]] const graph::Module& module() const { return *session_->module; }
  [[nodiscard]] const graph::Function& function() const { return *function_; }

  // What stands for a value of the source function; its producer has been lowered before.
  [[nodiscard]] Result<Value> value(graph::ValueId id) const;
  // The type that the source declares.
  [[nodiscard]] const graph::Value& declared(graph::ValueId id) const { return function().values[id.index]; }

  // `value` is what the node's output number `index` means. Checks dtype and rank against the declared type, takes over the
  // declared dims, and marks the tensor as equal to the source value.
  Result<void> bind(const graph::Node& node, const Value& value, int index = 0);
  void bind_input(graph::ValueId id, const Value& value);
  // Whether the function is a signature's, and its outputs have known sizes: a dynamic tensor in it does no harm (lower/size.h).
  [[nodiscard]] bool outputs_are_static() const;
  // Stands in for the outputs of a rejected node.
  void bind_opaque(const graph::Node& node);
  // The tensor's dims show the sizes of their symbols when the graph runs: an input of the subgraph.
  void show(const Value& value) { shown_.push_back(value); }

  // An int32 scalar that holds the dim at run time; constant if the dim is. Fails if no input has the dim's symbols.
  // As a size it must not be negative, but for a bound that counts from the end (-n); the runtime works it out before it
  // allocates (lower/size.h).
  Result<Value> dim_value(const Dim& dim);
  // The same as a number, of any sign: nothing's size may depend on it.
  Result<Value> number_value(const Dim& dim);
  // An int32 vector of them.
  Result<Value> shape_value(const Dims& dims);

  // A value of the subgraph `from`, which is this one or around it, for use in this one.
  Value bring(const Value& value, Lowering& from);
  struct Captured {
    Value outer, inner;
  };
  // What came in from around, in order.
  [[nodiscard]] const std::vector<Captured>& captured() const { return captured_; }

  // While it lives, the nodes of `function` are lowered here: its values, not those of the function before.
  class Scope {
   public:
    Scope(Lowering& to, const graph::Function& function);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Lowering& to_;
    const graph::Function* function_;
    int source_;
    std::map<int, Value> values_;
    std::string path_;
  };

 private:
  static constexpr int kNoSource = -1;  // nothing outside of the runtime sees values of nested functions

  Value capture(const Value& outer);
  Result<std::pair<Value, int>> dim_of_input(const std::string& symbol);
  Result<Value> symbol_value(const std::string& symbol);
  Result<Value> atom_value(const Dim::Atom& atom);
  Result<Value> term_value(const Dim::Term& term);

  Session* session_;
  const graph::Function* function_;
  int source_ = kNoSource;
  Lowering* around_ = nullptr;
  Sizes sizes_ = Sizes::kFromShape;
  std::map<int, Value> values_;  // by graph::ValueId
  std::vector<Value> shown_;
  std::map<std::string, Value> dim_values_;  // by the text of the dim
  std::vector<Captured> captured_;
};

}  // namespace kelt::lower
