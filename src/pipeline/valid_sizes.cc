#include "pipeline/valid_sizes.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "pipeline/metadata.h"

namespace kelt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

Dims dims_of(const Json& texts) {
  Dims dims;
  for (const Json& text : texts) {
    Result<Dim> dim = Dim::parse(text.get<std::string>());
    dims.push_back(dim.ok() ? *std::move(dim) : Dim::unknown());
  }
  return dims;
}

std::optional<Json> description_of(const litert::Model& file) {
  const auto entry = std::ranges::find(file.metadata, kMetadataName, &litert::Metadata::name);
  if (entry == file.metadata.end()) return std::nullopt;
  const Result<std::vector<std::byte>> bytes = read_all(entry->bytes);
  if (!bytes.ok()) return std::nullopt;
  Json json = Json::parse(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), nullptr, false);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

// "s (axis 1 of x)", by the first input that has it.
std::string symbol_in_words(const ValidSizes& valid, const std::string& symbol) {
  for (const auto& [name, dims] : valid.inputs) {
    const auto found = std::ranges::find(dims, Dim::symbol(symbol));
    if (found != dims.end())
      return (symbol + " (axis ").append(std::to_string(found - dims.begin())).append(" of ").append(name).append(")");
  }
  return symbol;
}

std::string in_words(const ValidSizes& valid, const Dim& length) {
  const std::span<const Dim::Term> terms = length.terms();
  const bool line = !terms.empty() && terms.size() <= 2 && terms[0].atoms.size() == 1 &&
                    terms[0].atoms[0].function == Dim::Function::kSymbol && (terms.size() == 1 || terms[1].atoms.empty());
  if (!line) return length.to_string() + " must not be negative";
  const int64_t constant = terms.size() == 2 ? terms[1].coefficient : 0;
  const int64_t factor = terms[0].coefficient;
  const Dim bound = factor < 0 ? Dim::floor_div(constant, Dim(0) - Dim(factor)) : Dim(0) - Dim::floor_div(constant, factor);
  return symbol_in_words(valid, terms[0].atoms[0].symbol) + " must be at " + (factor < 0 ? "most " : "least ") + bound.to_string();
}

}  // namespace

Json valid_sizes_json(const graph::Module& module) {
  Json json = Json::object();
  for (const auto& [name, length] : module.valid_sizes) {
    const auto function = std::ranges::find(module.functions, name, &graph::Function::name);
    if (function == module.functions.end()) continue;
    Json& entry = json[name];
    for (const graph::Port& input : function->inputs) {
      Json& dims = entry["inputs"][input.name] = Json::array();
      for (const Dim& dim : function->values[static_cast<size_t>(input.value.index)].dims) dims.push_back(dim.to_string());
    }
    entry["not_negative"].push_back(length.to_string());
  }
  return json;
}

std::vector<ValidSizes> read_valid_sizes(const litert::Model& file) {
  const std::optional<Json> json = description_of(file);
  if (!json || !json->is_object() || !json->contains("valid_sizes")) return {};
  std::vector<ValidSizes> read;
  try {
    for (const auto& [name, entry] : json->at("valid_sizes").items()) {
      ValidSizes valid{.signature = name, .inputs = {}, .not_negative = dims_of(entry.at("not_negative"))};
      for (const auto& [input, dims] : entry.at("inputs").items()) valid.inputs.emplace_back(input, dims_of(dims));
      read.push_back(std::move(valid));
    }
  } catch (const Json::exception&) {
    return {};  // not of kelt's making
  }
  return read;
}

std::vector<std::string> in_words(const ValidSizes& valid) {
  std::vector<std::string> words;
  for (const Dim& length : valid.not_negative) words.push_back(in_words(valid, length));
  return words;
}

Result<void> check_sizes(const ValidSizes& valid, const std::map<std::string, Shape>& shapes) {
  std::map<std::string, int64_t, std::less<>> sizes;
  for (const auto& [name, dims] : valid.inputs) {
    const auto given = shapes.find(name);
    if (given == shapes.end() || given->second.size() != dims.size()) continue;  // the runtime says what is wrong with it
    for (const std::string& symbol : product_of(dims).symbols()) {
      const auto place = std::ranges::find(dims, Dim::symbol(symbol));
      if (place != dims.end()) sizes[symbol] = given->second[static_cast<size_t>(place - dims.begin())];
    }
  }
  for (const Dim& length : valid.not_negative) {
    const std::optional<int64_t> value = length.evaluate(sizes);
    if (!value || *value >= 0) continue;
    return Error{.code = Code::kInvalidArgument,
                 .what = "the file was made of a model that is another at these sizes: " + in_words(valid, length),
                 .remedy = "Export a signature with that size fixed in `input_signature`."};
  }
  return {};
}

Result<void> check_sizes(std::span<const ValidSizes> of_file, const std::string& signature, const std::map<std::string, Shape>& shapes) {
  for (const ValidSizes& valid : of_file) {
    if (valid.signature == signature) KELT_RETURN_IF_ERROR(check_sizes(valid, shapes));
  }
  return {};
}

}  // namespace kelt::pipeline
