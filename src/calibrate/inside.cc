#include "calibrate/inside.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "litert/nested.h"

namespace kelt::calibrate {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::Subgraph;
using litert::Tensor;
using litert::TensorId;

constexpr float kNothing = std::numeric_limits<float>::lowest();

// Subgraphs that WHILE and IF run, by what the collecting copy does with them.
struct Reached {
  std::set<int> collecting;  // bodies and branches
  std::set<int> passing;     // conditions of loops: they take the vector and leave it alone
};

void reach(const litert::Model& model, int index, Reached& reached) {
  const auto enter = [&](int inner) {
    if (reached.collecting.insert(inner).second) reach(model, inner, reached);
  };
  for (const Operator& op : model.subgraphs[static_cast<size_t>(index)].operators) {
    if (const auto* choice = op.options.AsIfOptions()) {
      enter(choice->then_subgraph_index);
      enter(choice->else_subgraph_index);
    } else if (const auto* loop = op.options.AsWhileOptions()) {
      enter(loop->body_subgraph_index);
      reached.passing.insert(loop->cond_subgraph_index);
    }
  }
}

Reached reach(const litert::Model& model, const litert::Signature& signature) {
  Reached reached;
  reach(model, signature.subgraph, reached);
  return reached;
}

// A subgraph that is run in two ways can't take and give what both ask for. No converter writes one.
bool is_plain(const Reached& reached, const litert::Signature& signature) {
  return !reached.collecting.contains(signature.subgraph) && std::ranges::none_of(reached.passing, [&](int index) {
    return index == signature.subgraph || reached.collecting.contains(index);
  });
}

bool passes_on(const Operator& op) { return op.options.AsIfOptions() != nullptr || op.options.AsWhileOptions() != nullptr; }

// Adds operators at the end of a subgraph.
class Writer {
 public:
  Writer(Subgraph& graph, size_t places) : graph_(graph), length_(static_cast<int64_t>(places) * 2) {}

  TensorId tensor(Dims dims) {
    graph_.tensors.push_back({.name = "kelt.bounds." + std::to_string(graph_.tensors.size()), .dims = std::move(dims)});
    return static_cast<TensorId>(graph_.tensors.size()) - 1;
  }
  TensorId state() { return tensor({Dim(length_)}); }

  TensorId integer(int32_t value) {
    const TensorId id = tensor({Dim(1)});
    graph_.tensors.back().type = litert::TensorType::INT32;
    graph_.tensors.back().constant = array_from<int32_t>({1}, std::span<const int32_t>(&value, 1));
    return id;
  }
  TensorId nothing(int64_t length) {
    const std::vector<float> values(static_cast<size_t>(length), kNothing);
    const TensorId id = tensor({Dim(length)});
    graph_.tensors.back().constant = array_from<float>({length}, std::span<const float>(values));
    return id;
  }
  TensorId nothing() { return nothing(length_); }

  template <typename Options>
  TensorId emit(BuiltinOperator code, std::vector<TensorId> inputs, Dims dims, Options options) {
    const TensorId result = tensor(std::move(dims));
    Operator op{.code = code, .inputs = std::move(inputs), .outputs = {result}};
    litert::set_options(op, std::move(options));
    graph_.operators.push_back(std::move(op));
    return result;
  }

  // The largest value, then the smallest one's negation.
  void bounds_of(TensorId id, std::vector<TensorId>& to) {
    tflite::ReshapeOptionsT flat;
    flat.new_shape = {-1};
    const TensorId shape = integer(-1);
    const TensorId vector = emit(BuiltinOperator::RESHAPE, {id, shape}, {Dim::unknown()}, std::move(flat));
    const TensorId axis = integer(0);
    to.push_back(emit(BuiltinOperator::REDUCE_MAX, {vector, axis}, {}, tflite::ReducerOptionsT{}));
    const TensorId smallest = emit(BuiltinOperator::REDUCE_MIN, {vector, axis}, {}, tflite::ReducerOptionsT{});
    to.push_back(emit(BuiltinOperator::NEG, {smallest}, {}, tflite::NegOptionsT{}));
  }

  // The vector in which the tensors' places, from `first` on, have their bounds.
  TensorId own(std::span<const TensorId> tensors, size_t first) {
    if (tensors.empty()) return nothing();
    std::vector<TensorId> bounds;
    for (const TensorId id : tensors) bounds_of(id, bounds);
    const auto count = static_cast<int64_t>(bounds.size());
    const int64_t before = static_cast<int64_t>(first) * 2;
    tflite::PackOptionsT pack;
    pack.values_count = static_cast<int32_t>(count);
    const TensorId packed = emit(BuiltinOperator::PACK, std::move(bounds), {Dim(count)}, std::move(pack));
    std::vector<TensorId> parts;
    if (before > 0) parts.push_back(nothing(before));
    parts.push_back(packed);
    if (before + count < length_) parts.push_back(nothing(length_ - before - count));
    if (parts.size() == 1) return packed;
    return emit(BuiltinOperator::CONCATENATION, std::move(parts), {Dim(length_)}, tflite::ConcatenationOptionsT{});
  }

 private:
  Subgraph& graph_;
  int64_t length_;
};

// Leads the vector through the loops and branches of a subgraph; gives the last.
TensorId lead_through(Subgraph& graph, Writer& write, TensorId state) {
  for (Operator& op : graph.operators) {
    if (!passes_on(op)) continue;
    op.inputs.push_back(state);
    state = write.state();
    op.outputs.push_back(state);
  }
  return state;
}

}  // namespace

std::vector<Place> tensors_inside(const litert::Model& model, const litert::Signature& signature) {
  std::vector<Place> places;
  const Reached reached = reach(model, signature);
  if (!is_plain(reached, signature)) return {};
  for (const int index : reached.collecting) {
    const Subgraph& graph = model.subgraphs[static_cast<size_t>(index)];
    const auto add = [&](TensorId id) {
      if (id == litert::kNoTensor) return;
      const Tensor& tensor = graph.tensors[static_cast<size_t>(id)];
      if (tensor.type == litert::TensorType::FLOAT32 && !tensor.constant) places.push_back({index, id});
    };
    std::ranges::for_each(graph.inputs, add);
    for (const Operator& op : graph.operators) std::ranges::for_each(op.outputs, add);
  }
  std::ranges::sort(places);
  const auto repeated = std::ranges::unique(places);
  places.erase(repeated.begin(), repeated.end());
  return places;
}

Collecting collect_inside(const litert::Model& model, const litert::Signature& signature, std::span<const Place> places) {
  const Reached reached = reach(model, signature);
  Collecting collecting{.model = model};
  const auto graph_at = [&](int index) -> Subgraph& { return collecting.model.subgraphs[static_cast<size_t>(index)]; };
  for (const int index : reached.passing) {
    Subgraph& graph = graph_at(index);
    graph.inputs.push_back(Writer(graph, places.size()).state());
  }
  for (const int index : reached.collecting) {
    std::vector<TensorId> own;
    size_t first = places.size();
    for (size_t i = 0; i < places.size(); ++i) {
      if (places[i].subgraph != index) continue;
      first = std::min(first, i);
      own.push_back(places[i].tensor);
    }
    Subgraph& graph = graph_at(index);
    Writer write(graph, places.size());
    graph.inputs.push_back(write.state());
    const TensorId before = lead_through(graph, write, graph.inputs.back());
    const TensorId held = write.own(own, first);
    graph.outputs.push_back(write.emit(BuiltinOperator::MAXIMUM, {before, held}, {Dim(static_cast<int64_t>(places.size()) * 2)},
                                       tflite::MaximumMinimumOptionsT{}));
  }
  Subgraph& graph = graph_at(signature.subgraph);
  Writer write(graph, places.size());
  const TensorId start = write.nothing();
  collecting.bounds = {signature.subgraph, lead_through(graph, write, start)};
  return collecting;
}

void add_collected(statistics::Statistics& statistics, std::span<const Place> places, std::span<const float> bounds) {
  for (size_t i = 0; i < places.size(); ++i) {
    const statistics::Range range{-bounds[2 * i + 1], bounds[2 * i]};
    if (range.max == kNothing) continue;
    statistics::TensorStatistics& tensor = statistics.tensors[places[i]];
    if (std::isfinite(range.min) && std::isfinite(range.max)) {
      statistics::add_bounds(tensor, range);
    } else {
      ++tensor.not_finite;
    }
  }
}

}  // namespace kelt::calibrate
