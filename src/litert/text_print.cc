#include <map>
#include <set>

#include "litert/op_info.h"
#include "litert/schema_text.h"
#include "litert/text.h"
#include "litert/text_values.h"

namespace kelt::litert {
namespace {

bool is_word(std::string_view name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '/'; };
  return !name.empty() && std::ranges::all_of(name, allowed) && name != "_" && name != "const";
}

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text += (c == '"' || c == '\\' ? std::string("\\") : std::string()) + c;
  return text + '"';
}

std::string word(std::string_view name) { return is_word(name) ? std::string(name) : in_quotes(name); }

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

class SubgraphPrinter {
 public:
  SubgraphPrinter(const Subgraph& subgraph, const TextOptions& options) : subgraph_(subgraph), options_(options) {}

  std::string print() {
    std::vector<std::string> parameters;
    for (const TensorId id : subgraph_.inputs) parameters.push_back(declared(id, "x"));
    std::string body;
    for (const Operator& op : subgraph_.operators) body += "  " + line(op) + "\n";
    std::vector<std::string> results;
    for (const TensorId id : subgraph_.outputs) results.push_back(operand(id));
    const std::string head = options_.canonical || subgraph_.name.empty() ? "fn (" : "fn " + word(subgraph_.name) + " (";
    return head + joined(parameters) + ") {\n" + constants_ + body + "} -> (" + joined(results) + ")\n";
  }

  // The name of a tensor in this text, made at its first use.
  std::string name_of(TensorId id, std::string_view kind = "t") {
    if (id == kNoTensor) return "_";
    if (!exists(id)) return "?" + std::to_string(id);
    const auto [found, is_new] = names_.try_emplace(id);
    if (is_new) found->second = options_.canonical ? std::string(kind) + std::to_string(numbered_[std::string(kind)]++) : unique(id);
    return found->second;
  }

 private:
  bool exists(TensorId id) const { return id >= 0 && static_cast<size_t>(id) < subgraph_.tensors.size(); }
  const Tensor& tensor(TensorId id) const { return subgraph_.tensors[static_cast<size_t>(id)]; }

  std::string unique(TensorId id) {
    const std::string& own = tensor(id).name;
    std::string name = own.empty() ? "t" + std::to_string(id) : own;
    if (taken_.contains(name)) name += "_t" + std::to_string(id);
    taken_.insert(name);
    return word(name);
  }

  std::string type_and_marks(const Tensor& tensor) {
    std::string text = type_text(tensor.type, tensor.dims);
    if (const std::string quantization = table_text(tensor.quantization); quantization != "{}") text += " q" + quantization;
    if (tensor.is_variable) text += " variable";
    if (tensor.source) {
      text += " ~" + (tensor.source->function != 0 ? std::to_string(tensor.source->function) + "." : "");
      text += std::to_string(tensor.source->value);
    }
    return text;
  }

  std::string declared(TensorId id, std::string_view kind = "t") {
    if (!exists(id)) return name_of(id);
    const std::string name = name_of(id, kind);
    return name + ": " + type_and_marks(tensor(id));
  }

  std::string operand(TensorId id) {
    if (!exists(id) || !tensor(id).constant || names_.contains(id)) return name_of(id);
    const Array& constant = *tensor(id).constant;
    const std::string values = values_text(constant, options_.largest_inline, options_.hashes);
    const std::string type = type_and_marks(tensor(id));
    if (options_.canonical || (values[0] != '#' && tensor(id).name.empty())) return "const " + type + " " + values;
    const std::string& name = names_[id] = "@" + unique(id);
    constants_ += "  " + name + ": " + type + (values[0] == '#' ? " " : " = ") + values + "\n";
    return name;
  }

  std::string options_text(const Operator& op) const {
    const OpInfo info = op_info(op.code);
    if (op.code == BuiltinOperator::CUSTOM) {
      std::string text = " {";
      for (const uint8_t byte : op.custom_options) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text += {kDigits[byte >> 4], kDigits[byte & 15]};
      }
      return op.custom_options.empty() ? "" : text + "}";
    }
    const bool usual = op.options.type == info.options && op.options2.type == info.options2;
    const bool second = op.options2.type != tflite::BuiltinOptions2::NONE;
    const std::string text = second ? table_text(op.options2) : table_text(op.options);
    if (usual) return text == "{}" ? "" : " " + text;
    return std::string(" ") + (second ? EnumNameBuiltinOptions2(op.options2.type) : EnumNameBuiltinOptions(op.options.type)) + text;
  }

  std::string line(const Operator& op) {
    std::vector<std::string> inputs;
    for (const TensorId id : op.inputs) inputs.push_back(operand(id));
    std::vector<std::string> outputs;
    for (const TensorId id : op.outputs) outputs.push_back(declared(id));
    std::string text = joined(outputs) + (outputs.empty() ? "" : " = ") + op_name(op.code);
    if (op.code == BuiltinOperator::CUSTOM) text += ":" + word(op.custom_code);
    text += "(" + joined(inputs) + ")" + options_text(op);
    return op.path.empty() || options_.canonical ? text : text + "  # " + op.path;
  }

  const Subgraph& subgraph_;
  const TextOptions& options_;
  std::map<TensorId, std::string> names_;
  std::map<std::string, int> numbered_;  // by kind
  std::set<std::string> taken_;
  std::string constants_;  // their lines
};

std::string ports_text(const std::vector<SignaturePort>& ports, bool canonical, SubgraphPrinter& printer) {
  std::vector<std::string> parts;
  for (const SignaturePort& port : ports) {
    parts.push_back(canonical ? printer.name_of(port.tensor) : word(port.name) + ": " + printer.name_of(port.tensor));
  }
  return "(" + joined(parts) + ")";
}

}  // namespace

std::string type_text(TensorType type, const Dims& dims) { return type_name(type) + to_string(dims); }

std::string to_text(const Model& model, const TextOptions& options) {
  std::string text;
  std::vector<SubgraphPrinter> printers;
  for (const Subgraph& subgraph : model.subgraphs) text += printers.emplace_back(subgraph, options).print();
  for (const Signature& signature : model.signatures) {
    if (signature.subgraph < 0 || static_cast<size_t>(signature.subgraph) >= printers.size()) continue;
    SubgraphPrinter& printer = printers[static_cast<size_t>(signature.subgraph)];
    text += "signature " + (options.canonical ? "" : in_quotes(signature.key) + " ") + std::to_string(signature.subgraph) + " " +
            ports_text(signature.inputs, options.canonical, printer) + " -> " + ports_text(signature.outputs, options.canonical, printer) +
            "\n";
  }
  return text;
}

}  // namespace kelt::litert
