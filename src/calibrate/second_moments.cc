#include "calibrate/second_moments.h"

#include <algorithm>
#include <array>
#include <map>

#include "calibrate/runner.h"

namespace kelt::calibrate {
namespace {

using litert::BuiltinOperator;
using litert::Subgraph;
using litert::TensorId;

TensorId add_constant(Subgraph& graph, const std::array<int32_t, 2>& values) {
  graph.tensors.push_back({.name = "kelt.moments", .type = litert::TensorType::INT32, .dims = {Dim(2)}});
  graph.tensors.back().constant = array_from<int32_t>({2}, std::span<const int32_t>(values));
  return static_cast<TensorId>(graph.tensors.size()) - 1;
}

template <typename Options>
TensorId add_op(Subgraph& graph, BuiltinOperator code, std::vector<TensorId> inputs, Dims dims, Options options) {
  graph.tensors.push_back({.name = "kelt.moments", .dims = std::move(dims)});
  const TensorId result = static_cast<TensorId>(graph.tensors.size()) - 1;
  litert::Operator op{.code = code, .inputs = std::move(inputs), .outputs = {result}};
  litert::set_options(op, std::move(options));
  graph.operators.push_back(std::move(op));
  return result;
}

// x as rows, turned, times the rows.
TensorId add_product(Subgraph& graph, TensorId x, int64_t width) {
  const auto narrow = static_cast<int32_t>(width);
  const TensorId shape = add_constant(graph, {-1, narrow});
  tflite::ReshapeOptionsT flat;
  flat.new_shape = {-1, narrow};
  const TensorId rows = add_op(graph, BuiltinOperator::RESHAPE, {x, shape}, {Dim::unknown(), Dim(width)}, std::move(flat));
  const TensorId permutation = add_constant(graph, {1, 0});
  const TensorId columns =
      add_op(graph, BuiltinOperator::TRANSPOSE, {rows, permutation}, {Dim(width), Dim::unknown()}, tflite::TransposeOptionsT{});
  tflite::BatchMatMulOptionsT adjoint;
  adjoint.adj_y = true;
  return add_op(graph, BuiltinOperator::BATCH_MATMUL, {columns, columns}, {Dim(width), Dim(width)}, std::move(adjoint));
}

class Moments {
 public:
  Moments(const observe::File& file, const litert::Signature& signature, const MomentsVisitor& visit)
      : file_(file), subgraph_(signature.subgraph), visit_(visit) {}

  // Adds the products of those of the places that are the signature's.
  void add_products(std::span<const Place> places) {
    Subgraph& graph = file_.model.subgraphs[static_cast<size_t>(subgraph_)];
    for (const Place& place : places) {
      if (place.subgraph != subgraph_) continue;
      const litert::Tensor& tensor = graph.tensors[static_cast<size_t>(place.tensor)];
      const std::optional<int64_t> width = tensor.dims.empty() ? std::nullopt : tensor.dims.back().value();
      if (tensor.type != litert::TensorType::FLOAT32 || tensor.constant || !width) continue;
      const Place product{subgraph_, add_product(graph, place.tensor, *width)};
      products_.push_back(product);
      of_[product] = {place, {.width = *width}};
    }
  }

  void add(const Place& product, std::span<const float> values) {
    SecondMoments& moments = of_.at(product).second;
    if (moments.sums.empty()) moments.sums.resize(values.size(), 0);
    for (size_t i = 0; i < values.size(); ++i) moments.sums[i] += values[i];
    ++moments.samples;
  }

  Result<void> give(const observe::Group& group) {
    for (const observe::Reading& reading : group.readings) {
      auto& [place, moments] = of_.at(reading.place);
      if (moments.samples == 0) continue;
      KELT_RETURN_IF_ERROR(visit_(place, moments));
      moments.sums = {};
    }
    return {};
  }

  [[nodiscard]] const observe::File& file() const { return file_; }
  [[nodiscard]] std::span<const Place> products() const { return products_; }
  [[nodiscard]] Place source_of(const Place& product) const { return of_.at(product).first; }

 private:
  observe::File file_;
  int subgraph_;
  const MomentsVisitor& visit_;
  std::vector<Place> products_;
  std::map<Place, std::pair<Place, SecondMoments>> of_;
};

}  // namespace

size_t memory_for_moments(const litert::Model& model) {
  size_t most = size_t{64} << 20;
  for (const Subgraph& graph : model.subgraphs) {
    for (const litert::Tensor& tensor : graph.tensors) most = std::max(most, tensor.constant ? tensor.constant->bytes() : 0);
  }
  return most;
}

Result<std::vector<observe::Unreadable>> second_moments(const runtime::Runtime& runtime, const observe::File& file,
                                                        std::span<const Data> data, std::span<const Place> places,
                                                        const MomentsVisitor& visit, const Limits& limits) {
  std::vector<observe::Unreadable> unreadable;
  std::vector<Place> found;
  for (const Data& one : data) {
    KELT_ASSIGN_OR_RETURN(const litert::Signature* const signature, find_signature(file.model, one.signature));
    Moments moments(file, *signature, visit);
    moments.add_products(places);
    for (const Place& product : moments.products()) found.push_back(moments.source_of(product));
    Runner runner(runtime, file, *signature, {.threads = limits.threads, .memory = limits.memory / 2},
                  {.value = [&](const Place& product, std::span<const float> values) { moments.add(product, values); },
                   .group_done = [&](const observe::Group& group) { return moments.give(group); }});
    KELT_RETURN_IF_ERROR(runner.begin(one.next));
    KELT_ASSIGN_OR_RETURN(const auto failed, runner.run(moments.file(), moments.products()));
    for (const auto& [product, why] : failed) unreadable.push_back({.place = moments.source_of(product), .why = why});
  }
  for (const Place& place : places) {
    if (std::ranges::find(found, place) != found.end()) continue;
    unreadable.push_back({.place = place, .why = "it is no float32 tensor of a signature with samples, or its last dim is unknown"});
  }
  return unreadable;
}

}  // namespace kelt::calibrate
