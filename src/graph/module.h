// graph/module.h — the source module: a model as Keras means it.
//
// A Module is functions (one per signature) over one weight table and one state table. A Function is a list of nodes in
// order of execution over a table of values. A Node is an op of keras.ops with its arguments by name: tensors and attributes
// alike, exactly the parameters of the keras.ops function, so that a node can be replayed as keras.ops.<op>(**args).
// Plain data: verify.h holds the rules, builder.h makes one, print.h and parse.h are its text form.

#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/dim.h"
#include "weights/array.h"
#include "weights/dtype.h"

namespace kelt::graph {

// Indices into the tables of the function or module at hand.
struct ValueId {
  int index = -1;
  friend auto operator<=>(ValueId, ValueId) = default;
};
struct WeightId {
  int index = -1;
  friend auto operator<=>(WeightId, WeightId) = default;
};
struct StateId {
  int index = -1;
  friend auto operator<=>(StateId, StateId) = default;
};

// An argument of a node.
struct Attribute;
struct None {
  friend bool operator==(None, None) = default;
};
struct Ellipsis {
  friend bool operator==(Ellipsis, Ellipsis) = default;
};
using List = std::vector<Attribute>;  // tuples and lists of Python
struct Slice;                         // of a get_item key
struct Attribute {
  // A size that depends on a dim is a Dim; a plain number is an int64_t.
  using Variant = std::variant<None, bool, int64_t, double, std::string, DType, Dim, ValueId, WeightId, StateId, Ellipsis, List,
                               std::shared_ptr<const Slice>>;
  Variant value;
  friend bool operator==(const Attribute& a, const Attribute& b);
};
struct Slice {
  Attribute start, stop, step;
  friend bool operator==(const Slice& a, const Slice& b) = default;
};

struct Argument {
  std::string name;
  Attribute value;
  friend bool operator==(const Argument& a, const Argument& b) = default;
};

struct Value {
  DType dtype = DType::kFloat32;
  Dims dims;
  friend bool operator==(const Value& a, const Value& b) = default;
};

struct Function;

// Ops beside those of keras.ops: `weight` (table=@i), `constant` (value=literal, Dim or list; dtype and dims are the output's),
// `read_state`, `write_state`, `rnn`.
struct Node {
  std::string op;              // "conv", "get_item", "image.resize", "linalg.norm", "weight"
  std::vector<Argument> args;  // in the order of the function's signature
  std::vector<ValueId> outputs;
  std::string path;                 // of the layer that made it: "backbone/decoder_block_3/attention/softmax"
  std::vector<Function> functions;  // control flow: branches, bodies, cells; their outer values come in as inputs
  friend bool operator==(const Node& a, const Node& b);
};

struct Port {        // an input or output of a function
  std::string name;  // as the signature shows it
  ValueId value;
  friend bool operator==(const Port& a, const Port& b) = default;
};

struct Function {
  std::string name;  // the signature's key: "serving_default"
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<Value> values;
  std::vector<Node> nodes;
  friend bool operator==(const Function& a, const Function& b) = default;
};

struct Weight {
  std::string name;  // the variable's path: "conv1/kernel"
  Array array;
};

struct State {
  std::string name;
  DType dtype = DType::kFloat32;
  Dims dims;
  WeightId initial;
};

struct Module {
  std::vector<Weight> weights;
  std::vector<State> states;
  std::vector<Function> functions;
  // The sizes at which a capture proved each symbol: written to the file's metadata.
  std::vector<std::pair<std::string, std::vector<int64_t>>> proven_sizes;
  // By function, lengths that must not be negative: where one is, the function is not what the model computes.
  std::vector<std::pair<std::string, Dim>> valid_sizes;
};

[[nodiscard]] const Argument* find_argument(const Node& node, std::string_view name);

}  // namespace kelt::graph
