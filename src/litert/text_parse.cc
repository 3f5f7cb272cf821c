#include <map>

#include "litert/op_info.h"
#include "litert/schema_text.h"
#include "litert/text.h"
#include "litert/text_cursor.h"
#include "litert/text_values.h"

namespace kelt::litert {
namespace {

struct Type {
  TensorType type = TensorType::FLOAT32;
  Dims dims;
  tflite::QuantizationParametersT quantization;
  std::optional<SourceValue> source;
  bool is_variable = false;
};

class FunctionParser {
 public:
  explicit FunctionParser(TextCursor& cursor) : cursor_(cursor) {}

  // From behind `fn` on.
  Result<Subgraph> parse() {
    if (!cursor_.peek("(")) {
      KELT_ASSIGN_OR_RETURN(subgraph_.name, cursor_.name());
    }
    KELT_RETURN_IF_ERROR(parse_parameters());
    KELT_RETURN_IF_ERROR(cursor_.expect("{"));
    while (!cursor_.accept("}")) KELT_RETURN_IF_ERROR(cursor_.accept("@") ? parse_declaration() : parse_operator());
    KELT_RETURN_IF_ERROR(cursor_.expect("->"));
    if (!cursor_.peek("(")) {
      KELT_ASSIGN_OR_RETURN(const TensorId id, parse_operand());
      subgraph_.outputs = {id};
    } else {
      KELT_ASSIGN_OR_RETURN(subgraph_.outputs, parse_operands());
    }
    return std::move(subgraph_);
  }

  Result<TensorId> find(const std::string& name) const {
    const auto found = ids_.find(name);
    if (found == ids_.end()) return cursor_.error("'" + name + "' is not defined");
    return found->second;
  }

 private:
  Result<TensorId> define(std::string key, std::string name, Type type) {
    const auto id = static_cast<TensorId>(subgraph_.tensors.size());
    if (!key.empty() && !ids_.emplace(key, id).second) return cursor_.error("'" + key + "' is defined twice");
    subgraph_.tensors.push_back({.name = std::move(name),
                                 .type = type.type,
                                 .dims = std::move(type.dims),
                                 .constant = {},
                                 .quantization = std::move(type.quantization),
                                 .source = type.source,
                                 .is_variable = type.is_variable,
                                 .has_rank = false,
                                 .sparsity = {},
                                 .variant_tensors = {}});
    return id;
  }

  Result<Type> parse_type() {
    Type type;
    KELT_ASSIGN_OR_RETURN(const std::string element, cursor_.name());
    const std::optional<TensorType> known = parse_type_name(element);
    if (!known) return cursor_.error("'" + element + "' is no element type");
    type.type = *known;
    KELT_RETURN_IF_ERROR(cursor_.expect("["));
    while (!cursor_.accept("]")) {
      KELT_ASSIGN_OR_RETURN(const std::string_view length, cursor_.until(",]"));
      KELT_ASSIGN_OR_RETURN(Dim dim, Dim::parse(length));
      type.dims.push_back(std::move(dim));
      (void)cursor_.accept(",");
    }
    if (cursor_.accept("q{", "{")) {
      KELT_ASSIGN_OR_RETURN(type.quantization, parse_quantization(cursor_));
    }
    type.is_variable = cursor_.accept("variable");
    if (cursor_.accept("~")) {
      KELT_ASSIGN_OR_RETURN(type.source, cursor_.source_value());
    }
    return type;
  }

  Result<std::vector<std::string>> parse_values() {
    if (!cursor_.accept("[")) {
      KELT_ASSIGN_OR_RETURN(std::string word, cursor_.number_word());
      return std::vector{std::move(word)};
    }
    std::vector<std::string> words;
    for (int depth = 1; depth > 0;) {  // rows may be nested: only their order counts
      if (cursor_.accept("[")) {
        ++depth;
      } else if (cursor_.accept("]")) {
        --depth;
      } else if (!cursor_.accept(",")) {
        KELT_ASSIGN_OR_RETURN(std::string word, cursor_.number_word());
        words.push_back(std::move(word));
      }
    }
    return words;
  }

  // A constant of `type`; its values follow here, or are made from its name.
  Result<TensorId> define_constant(const std::string& name, Type type, bool values_follow) {
    const std::optional<DType> dtype = to_dtype(type.type);
    const std::optional<Shape> shape = static_dims(type.dims);
    if (!dtype || !shape || std::ranges::any_of(*shape, [](int64_t length) { return length < 0; })) {
      return cursor_.error("a constant can't be a " + type_text(type.type, type.dims));
    }
    std::optional<Array> array;
    if (values_follow) {
      KELT_ASSIGN_OR_RETURN(const std::vector<std::string> words, parse_values());
      KELT_ASSIGN_OR_RETURN(array, values_array(*dtype, *shape, words).note(cursor_.place()));
    } else {
      KELT_ASSIGN_OR_RETURN(array, values_from_name(*dtype, *shape, name));
    }
    KELT_ASSIGN_OR_RETURN(const TensorId id, define(name.empty() ? "" : "@" + name, name, std::move(type)));
    subgraph_.tensors.back().constant = std::move(array);
    return id;
  }

  // Behind '@': `k: f32[8]`, `k: f32[8] = …`.
  Result<TensorId> define_named_constant(const std::string& name) {
    KELT_RETURN_IF_ERROR(cursor_.expect(":"));
    KELT_ASSIGN_OR_RETURN(Type type, parse_type());
    if (cursor_.peek("#")) return cursor_.error("the values of @" + name + " were left out of this text");
    return define_constant(name, std::move(type), cursor_.accept("="));
  }

  Result<void> parse_declaration() {
    KELT_ASSIGN_OR_RETURN(const std::string name, cursor_.name());
    KELT_RETURN_IF_ERROR(define_named_constant(name));
    return {};
  }

  Result<void> parse_parameters() {
    KELT_RETURN_IF_ERROR(cursor_.expect("("));
    while (!cursor_.accept(")")) {
      KELT_ASSIGN_OR_RETURN(const std::string name, cursor_.name());
      KELT_RETURN_IF_ERROR(cursor_.expect(":"));
      KELT_ASSIGN_OR_RETURN(Type type, parse_type());
      KELT_ASSIGN_OR_RETURN(const TensorId id, define(name, name, std::move(type)));
      subgraph_.inputs.push_back(id);
      (void)cursor_.accept(",");
    }
    return {};
  }

  Result<TensorId> parse_operand() {
    if (cursor_.accept("const")) {
      KELT_ASSIGN_OR_RETURN(Type type, parse_type());
      return define_constant("", std::move(type), true);
    }
    if (cursor_.accept("@")) {
      KELT_ASSIGN_OR_RETURN(const std::string name, cursor_.name());
      return cursor_.peek(":") ? define_named_constant(name) : find("@" + name);
    }
    KELT_ASSIGN_OR_RETURN(const std::string name, cursor_.name());
    return name == "_" ? Result<TensorId>(kNoTensor) : find(name);
  }

  Result<std::vector<TensorId>> parse_operands() {
    KELT_RETURN_IF_ERROR(cursor_.expect("("));
    std::vector<TensorId> ids;
    while (!cursor_.accept(")")) {
      KELT_ASSIGN_OR_RETURN(const TensorId id, parse_operand());
      ids.push_back(id);
      (void)cursor_.accept(",");
    }
    return ids;
  }

  Result<void> parse_options(Operator& op) {
    OpInfo info = op_info(op.code);
    if (op.code == BuiltinOperator::CUSTOM) {
      if (!cursor_.peek("{")) return {};
      KELT_ASSIGN_OR_RETURN(op.custom_options, cursor_.hex_block());
      return {};
    }
    if (cursor_.peek_word()) {
      const size_t start = cursor_.position();
      KELT_ASSIGN_OR_RETURN(const std::string table, cursor_.name());
      if (!cursor_.peek("{")) {
        cursor_.rewind(start);  // the next operator's result
      } else if (!select_table(table, info)) {
        return cursor_.error("there is no options table '" + table + "'");
      }
    }
    TextCursor defaults("{}");
    TextCursor& options = cursor_.peek("{") ? cursor_ : defaults;
    if (info.options2 != tflite::BuiltinOptions2::NONE) {
      KELT_ASSIGN_OR_RETURN(op.options2, parse_options2(info.options2, options));
    } else if (info.options != tflite::BuiltinOptions::NONE) {
      KELT_ASSIGN_OR_RETURN(op.options, litert::parse_options(info.options, options));
    } else if (cursor_.accept("{") && !cursor_.accept("}")) {
      return cursor_.error(op_name(op.code) + " has no options");
    }
    return {};
  }

  static bool select_table(const std::string& name, OpInfo& info) {
    for (const tflite::BuiltinOptions type : tflite::EnumValuesBuiltinOptions()) {
      if (name == EnumNameBuiltinOptions(type)) return info = {.options = type}, true;
    }
    for (const tflite::BuiltinOptions2 type : tflite::EnumValuesBuiltinOptions2()) {
      if (name == EnumNameBuiltinOptions2(type)) return info = {.options2 = type}, true;
    }
    return false;
  }

  Result<BuiltinOperator> operator_named(const std::string& name) const {
    for (const BuiltinOperator code : tflite::EnumValuesBuiltinOperator()) {
      if (name == EnumNameBuiltinOperator(code)) return code;
    }
    return cursor_.error("there is no op '" + name + "'");
  }

  struct ResultName {
    std::string name;
    std::optional<Type> type;
  };

  Result<void> parse_operator() {
    std::vector<ResultName> results;
    KELT_ASSIGN_OR_RETURN(std::string name, cursor_.name());
    if (!cursor_.peek("(") && !starts_custom_op(name)) {
      results.push_back({.name = std::move(name), .type = {}});
      KELT_RETURN_IF_ERROR(parse_result_type(results.back()));
      while (cursor_.accept(",")) {
        KELT_ASSIGN_OR_RETURN(std::string next, cursor_.name());
        results.push_back({.name = std::move(next), .type = {}});
        KELT_RETURN_IF_ERROR(parse_result_type(results.back()));
      }
      KELT_RETURN_IF_ERROR(cursor_.expect("="));
      KELT_ASSIGN_OR_RETURN(name, cursor_.name());
    }
    Operator op;
    KELT_ASSIGN_OR_RETURN(op.code, operator_named(name));
    if (op.code == BuiltinOperator::CUSTOM) {
      KELT_RETURN_IF_ERROR(cursor_.expect(":"));
      KELT_ASSIGN_OR_RETURN(op.custom_code, cursor_.name());
    }
    KELT_ASSIGN_OR_RETURN(op.inputs, parse_operands());
    KELT_RETURN_IF_ERROR(parse_options(op));
    if (cursor_.accept("#")) op.path = cursor_.rest_of_line();
    for (ResultName& result : results) {
      Type type = result.type ? std::move(*result.type) : default_type(op);
      KELT_ASSIGN_OR_RETURN(const TensorId id, define(result.name, result.name, std::move(type)));
      op.outputs.push_back(id);
    }
    subgraph_.operators.push_back(std::move(op));
    return {};
  }

  bool starts_custom_op(const std::string& name) const { return name == "CUSTOM" && cursor_.peek(":"); }

  Result<void> parse_result_type(ResultName& result) {
    if (!cursor_.accept(":")) return {};
    KELT_ASSIGN_OR_RETURN(result.type, parse_type());
    return {};
  }

  Type default_type(const Operator& op) const {
    const Tensor* chosen = nullptr;
    for (const TensorId id : op.inputs) {
      if (id == kNoTensor) continue;
      const Tensor& input = subgraph_.tensors[static_cast<size_t>(id)];
      if (chosen == nullptr || (chosen->constant && !input.constant)) chosen = &input;
    }
    Type type;
    if (chosen == nullptr) return type;
    type.type = chosen->type;
    type.dims = chosen->dims;
    type.quantization = chosen->quantization;
    return type;
  }

  TextCursor& cursor_;
  Subgraph subgraph_;
  std::map<std::string, TensorId> ids_;  // constants with their '@'
};

Result<std::vector<SignaturePort>> parse_ports(TextCursor& cursor, const FunctionParser& names) {
  std::vector<SignaturePort> ports;
  KELT_RETURN_IF_ERROR(cursor.expect("("));
  while (!cursor.accept(")")) {
    SignaturePort& port = ports.emplace_back();
    KELT_ASSIGN_OR_RETURN(port.name, cursor.name());
    KELT_RETURN_IF_ERROR(cursor.expect(":"));
    const bool constant = cursor.accept("@");
    KELT_ASSIGN_OR_RETURN(const std::string tensor, cursor.name());
    KELT_ASSIGN_OR_RETURN(port.tensor, names.find(constant ? "@" + tensor : tensor));
    (void)cursor.accept(",");
  }
  return ports;
}

std::vector<SignaturePort> default_ports(const Subgraph& subgraph, const std::vector<TensorId>& ids) {
  std::vector<SignaturePort> ports;
  for (const TensorId id : ids) {
    if (id != kNoTensor) ports.push_back({.name = subgraph.tensors[static_cast<size_t>(id)].name, .tensor = id});
  }
  return ports;
}

}  // namespace

Result<Model> parse_text(std::string_view text) {
  TextCursor cursor(text);
  Model model;
  std::vector<FunctionParser> functions;
  while (!cursor.at_end()) {
    if (cursor.accept("fn")) {
      KELT_ASSIGN_OR_RETURN(Subgraph subgraph, functions.emplace_back(cursor).parse());
      model.subgraphs.push_back(std::move(subgraph));
    } else if (cursor.accept("signature")) {
      Signature& signature = model.signatures.emplace_back();
      KELT_ASSIGN_OR_RETURN(signature.key, cursor.name());
      KELT_ASSIGN_OR_RETURN(signature.subgraph, cursor.index(functions.size()));
      const FunctionParser& names = functions[static_cast<size_t>(signature.subgraph)];
      KELT_ASSIGN_OR_RETURN(signature.inputs, parse_ports(cursor, names));
      KELT_RETURN_IF_ERROR(cursor.expect("->"));
      KELT_ASSIGN_OR_RETURN(signature.outputs, parse_ports(cursor, names));
    } else {
      return cursor.error("expected 'fn' or 'signature'");
    }
  }
  if (model.subgraphs.empty()) return cursor.error("there is no function");
  if (model.signatures.empty()) {
    const Subgraph& first = model.subgraphs[0];
    model.signatures.push_back({.key = "serving_default",
                                .subgraph = 0,
                                .inputs = default_ports(first, first.inputs),
                                .outputs = default_ports(first, first.outputs)});
  }
  return model;
}

}  // namespace kelt::litert
