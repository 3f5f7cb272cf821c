#include "graph/print.h"

#include <algorithm>

#include "graph/layout.h"
#include "graph/literal.h"
#include "graph/random.h"

namespace kelt::graph {
namespace {

template <typename... Types>
struct Overloaded : Types... {
  using Types::operator()...;
};

void append_name(std::string& out, const std::string& name) { out += is_identifier(name) ? name : quote(name); }

void append_dims(std::string& out, const Dims& dims) {
  out += '[';
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) out += ',';
    out += dims[i].to_string();
  }
  out += ']';
}

void append_type(std::string& out, DType dtype, const Dims& dims) {
  out += short_name(dtype);
  append_dims(out, dims);
}

void append_typed(std::string& out, ValueId id, const std::vector<Value>& values) {
  out += ": ";
  if (id.index < 0 || static_cast<size_t>(id.index) >= values.size()) {
    out += '?';  // such a module does not verify; it prints, for whoever looks for the reason
    return;
  }
  append_type(out, values[id.index].dtype, values[id.index].dims);
}

void append_id(std::string& out, char sigil, int index) {
  out += sigil;
  out += std::to_string(index);
}

void append_attribute(std::string& out, const Attribute& attribute) {
  const auto list = [&out](const List& items) {
    out += '[';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += ", ";
      append_attribute(out, items[i]);
    }
    out += ']';
  };
  const auto slice = [&out](const std::shared_ptr<const Slice>& s) {
    out += "slice(";
    append_attribute(out, s->start);
    out += ", ";
    append_attribute(out, s->stop);
    out += ", ";
    append_attribute(out, s->step);
    out += ')';
  };
  std::visit(
      Overloaded{[&](None) { out += "None"; }, [&](bool b) { out += b ? "True" : "False"; }, [&](int64_t i) { out += std::to_string(i); },
                 [&](double d) { out += number_text(d); }, [&](const std::string& s) { out += quote(s); },
                 [&](DType d) { out += short_name(d); }, [&](const Dim& d) { out += '{' + d.to_string() + '}'; },
                 [&](ValueId id) { append_id(out, '%', id.index); }, [&](WeightId id) { append_id(out, '@', id.index); },
                 [&](StateId id) { append_id(out, '$', id.index); }, [&](Ellipsis) { out += "..."; }, list, slice},
      attribute.value);
}

// Bare where a line can hold it; quoted else.
void append_path(std::string& out, const std::string& path) {
  if (path.empty()) return;
  const bool bare = path.front() != ' ' && path.front() != '"' && path.back() != ' ' &&
                    std::ranges::all_of(path, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  out += "  # ";
  out += bare ? path : quote(path);
}

void append_function(std::string& out, const Function& function, size_t indent);

void append_node(std::string& out, const Node& node, const std::vector<Value>& values, size_t indent) {
  out.append(indent, ' ');
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (i > 0) out += ", ";
    append_id(out, '%', node.outputs[i].index);
    append_typed(out, node.outputs[i], values);
  }
  if (!node.outputs.empty()) out += " = ";
  append_name(out, node.op);
  out += '(';
  for (size_t i = 0; i < node.args.size(); ++i) {
    if (i > 0) out += ", ";
    append_name(out, node.args[i].name);
    out += '=';
    append_attribute(out, node.args[i].value);
  }
  out += ')';
  if (!node.functions.empty()) {
    out += " {\n";
    for (const Function& function : node.functions) append_function(out, function, indent + 2);
    out.append(indent, ' ');
    out += '}';
  }
  append_path(out, node.path);
  out += '\n';
}

void append_function(std::string& out, const Function& function, size_t indent) {
  out.append(indent, ' ');
  out += "fn " + quote(function.name) + " (";
  for (size_t i = 0; i < function.inputs.size(); ++i) {
    if (i > 0) out += ", ";
    append_id(out, '%', function.inputs[i].value.index);
    out += ' ' + quote(function.inputs[i].name);
    append_typed(out, function.inputs[i].value, function.values);
  }
  out += ") {\n";
  for (const Node& node : function.nodes) append_node(out, node, function.values, indent + 2);
  out.append(indent, ' ');
  out += "} -> (";
  for (size_t i = 0; i < function.outputs.size(); ++i) {
    if (i > 0) out += ", ";
    append_id(out, '%', function.outputs[i].value.index);
    out += ' ' + quote(function.outputs[i].name);
  }
  out += ")\n";
}

void append_weight(std::string& out, size_t index, const Weight& weight, const WeightPlace& place, std::string_view weights_file) {
  out += "weight @" + std::to_string(index) + ' ' + quote(weight.name) + ": ";
  append_type(out, weight.array.dtype, Dims(weight.array.shape.begin(), weight.array.shape.end()));
  out += " = ";
  if (const auto seed = random_seed(weight.array)) {
    out += "random(" + std::to_string(static_cast<int64_t>(*seed)) + ")";  // as the parser takes it
  } else if (place.offset) {
    out += "file(" + quote(weights_file) + ", " + std::to_string(*place.offset) + ")";
  } else if (const auto bytes = read_all(weight.array); bytes.ok()) {
    out += bytes_text(weight.array.dtype, *bytes);
  } else {
    out += "unreadable";
  }
  out += '\n';
}

}  // namespace

std::string print(const Module& module, std::string_view weights_file) {
  std::string out;
  for (const auto& [symbol, sizes] : module.proven_sizes) {
    out += "proven " + quote(symbol) + " = [";
    for (size_t i = 0; i < sizes.size(); ++i) out += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
    out += "]\n";
  }
  for (const auto& [function, length] : module.valid_sizes) out += "valid " + quote(function) + " = [" + length.to_string() + "]\n";
  const WeightLayout layout = layout_weights(module.weights);
  for (size_t i = 0; i < module.weights.size(); ++i) append_weight(out, i, module.weights[i], layout.places[i], weights_file);
  for (size_t i = 0; i < module.states.size(); ++i) {
    const State& state = module.states[i];
    out += "state $" + std::to_string(i) + ' ' + quote(state.name) + ": ";
    append_type(out, state.dtype, state.dims);
    out += " = @" + std::to_string(state.initial.index) + '\n';
  }
  for (const Function& function : module.functions) append_function(out, function, 0);
  return out;
}

std::string print(const Function& function) {
  std::string out;
  append_function(out, function, 0);
  return out;
}

std::string print(const Node& node, const std::vector<Value>& values) {
  std::string out;
  append_node(out, node, values, 0);
  return out;
}

std::string print(const Attribute& attribute) {
  std::string out;
  append_attribute(out, attribute);
  return out;
}

std::string type_text(DType dtype, const Dims& dims) { return std::string(short_name(dtype)) + to_string(dims); }
std::string type_text(const Value& value) { return type_text(value.dtype, value.dims); }

}  // namespace kelt::graph
