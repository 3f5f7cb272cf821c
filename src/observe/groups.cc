#include "observe/groups.h"

#include <algorithm>

#include "litert/nested.h"
#include "litert/sources.h"
#include "litert/text.h"

namespace kelt::observe {
namespace {

Error not_observable(std::string what, std::string remedy) {
  return {.code = Code::kInvalidArgument, .what = std::move(what), .remedy = std::move(remedy)};
}

const litert::Signature* find_signature(const litert::Model& model, std::string_view key) {
  const auto found = std::ranges::find(model.signatures, key, &litert::Signature::key);
  return found == model.signatures.end() ? nullptr : &*found;
}

// What runs the subgraph: "signature 'decode'", "WHILE of decoder/loop".
std::string user_of(const litert::Model& model, int subgraph) {
  for (const litert::Signature& signature : model.signatures) {
    if (signature.subgraph == subgraph) return "signature '" + signature.key + "'";
  }
  for (const litert::Subgraph& outer : model.subgraphs) {
    for (litert::Operator op : outer.operators) {
      bool runs = false;
      (void)litert::visit_nested(op, [&](const int32_t& index) { runs = runs || index == subgraph; });
      if (runs) return tflite::EnumNameBuiltinOperator(op.code) + (op.path.empty() ? std::string() : " of " + op.path);
    }
  }
  return "no signature";
}

// An output's own name, or one that no output has.
std::string output_name(const litert::Signature& signature, litert::TensorId tensor) {
  const auto port = std::ranges::find(signature.outputs, tensor, &litert::SignaturePort::tensor);
  if (port != signature.outputs.end()) return port->name;
  std::string name = "kelt.tensor." + std::to_string(tensor);
  while (std::ranges::find(signature.outputs, name, &litert::SignaturePort::name) != signature.outputs.end()) name += '_';
  return name;
}

// Tells which tensors a run of the signature can give.
class Check {
 public:
  Check(const litert::Model& model, const litert::Signature& signature)
      : model_(model),
        signature_(signature),
        subgraph_(model.subgraphs[static_cast<size_t>(signature.subgraph)]),
        computed_(subgraph_.tensors.size(), false) {
    for (const litert::Operator& op : subgraph_.operators) {
      for (const litert::TensorId output : op.outputs) {
        if (output != litert::kNoTensor) computed_[static_cast<size_t>(output)] = true;
      }
    }
  }

  [[nodiscard]] Result<void> operator()(const Place& place) const {
    if (!exists(place)) {
      return not_observable("the model has no tensor " + std::to_string(place.tensor) + " in subgraph " + std::to_string(place.subgraph),
                            {});
    }
    const litert::Tensor& tensor = model_.subgraphs[static_cast<size_t>(place.subgraph)].tensors[static_cast<size_t>(place.tensor)];
    const std::string what = "the tensor '" + tensor.name + "' can't be observed: it ";
    if (place.subgraph != signature_.subgraph) {
      return not_observable(what + "belongs to " + user_of(model_, place.subgraph) + ", not to signature '" + signature_.key + "' itself",
                            "Only tensors of a signature's own subgraph can become its outputs");
    }
    if (tensor.constant) return not_observable(what + "is a constant", "Read its values from the model");
    if (std::ranges::find(subgraph_.inputs, place.tensor) != subgraph_.inputs.end()) {
      return not_observable(what + "is an input", "Its value is what the run is given");
    }
    if (!computed_[static_cast<size_t>(place.tensor)]) return not_observable(what + "is computed by no operator", {});
    if (!litert::to_dtype(tensor.type)) {
      return not_observable(what + "is " + litert::type_text(tensor.type, tensor.dims) + ", which is no array of numbers", {});
    }
    return {};
  }

 private:
  [[nodiscard]] bool exists(const Place& place) const {
    return place.subgraph >= 0 && static_cast<size_t>(place.subgraph) < model_.subgraphs.size() && place.tensor >= 0 &&
           static_cast<size_t>(place.tensor) < model_.subgraphs[static_cast<size_t>(place.subgraph)].tensors.size();
  }

  const litert::Model& model_;
  const litert::Signature& signature_;
  const litert::Subgraph& subgraph_;
  std::vector<bool> computed_;
};

}  // namespace

std::vector<Place> observable_tensors(const litert::Model& model, const litert::Signature& signature) {
  const Check check(model, signature);
  std::vector<Place> places;
  for (const litert::Operator& op : model.subgraphs[static_cast<size_t>(signature.subgraph)].operators) {
    for (const litert::TensorId output : op.outputs) {
      const Place place{.subgraph = signature.subgraph, .tensor = output};
      if (output != litert::kNoTensor && check(place).ok()) places.push_back(place);
    }
  }
  return places;
}

Result<std::vector<Group>> group_tensors(const litert::Model& model, const litert::Signature& signature, std::span<const Place> places,
                                         size_t size) {
  const Check check(model, signature);
  std::vector<Group> groups;
  for (const Place& place : places) {
    KELT_RETURN_IF_ERROR(check(place));
    if (groups.empty() || groups.back().readings.size() >= size) groups.push_back({.signature = signature.key});
    groups.back().readings.push_back({.place = place, .output = output_name(signature, place.tensor)});
  }
  return groups;
}

Result<litert::Model> observed_copy(const litert::Model& model, const Group& group) {
  const litert::Signature* const signature = find_signature(model, group.signature);
  if (signature == nullptr) return Error{.code = Code::kNotFound, .what = "the model has no signature '" + group.signature + "'"};
  const Check check(model, *signature);
  litert::Model copy = model;
  copy.signatures = {*signature};
  std::vector<litert::SignaturePort>& ports = copy.signatures[0].outputs;
  std::vector<litert::TensorId>& outputs = copy.subgraphs[static_cast<size_t>(signature->subgraph)].outputs;
  for (const auto& [place, output] : group.readings) {
    KELT_RETURN_IF_ERROR(check(place));
    if (std::ranges::find(ports, output, &litert::SignaturePort::name) != ports.end()) continue;
    ports.push_back({output, place.tensor});
    if (std::ranges::find(outputs, place.tensor) == outputs.end()) outputs.push_back(place.tensor);
  }
  litert::drop_unreached_subgraphs(copy);
  std::erase_if(copy.metadata, [](const litert::Metadata& entry) { return entry.name == litert::kSourcesName; });  // by subgraph
  return copy;
}

}  // namespace kelt::observe
