// optimize/keep_height.cc — operators between convolutions of rows [n, w, c] compute on images of a height of 1, as the
// convolutions do: what would drop the height and add it again goes, and what follows a convolution can be fused into it.
//
// Which operators do is a cut: each tensor that is made on one side and read on the other costs an operator. The cheapest has
// the fewest of those, and of these cuts the one that brings the most normalisations to a convolution.

#include <algorithm>
#include <map>

#include "optimize/height.h"
#include "optimize/linear.h"
#include "optimize/min_cut.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

using litert::TensorId;

// A convolution, or what lays out a transposed one.
bool is_convolution(Rewriter& in, OperatorId id) {
  using enum litert::BuiltinOperator;
  if (id == kNoOperator) return false;
  const auto code = in.at(id).code;
  if (code == RESHAPE) return is_convolution(in, in.producer(in.at(id).inputs[0]));
  return code == CONV_2D || code == DEPTHWISE_CONV_2D || code == TRANSPOSE_CONV;
}

bool slides_a_window(litert::BuiltinOperator code) {
  using enum litert::BuiltinOperator;
  return code == CONV_2D || code == DEPTHWISE_CONV_2D || code == TRANSPOSE_CONV || code == MAX_POOL_2D || code == AVERAGE_POOL_2D ||
         code == PAD;
}

// The image that an operator makes of a row for a window to slide over.
std::optional<Heightened> heightened_for_window(Rewriter& in, OperatorId id) {
  const auto found = heightened(in, id);
  if (!found) return std::nullopt;
  const auto& readers = in.consumers(found->image);
  const bool slides = std::any_of(readers.begin(), readers.end(), [&](OperatorId one) { return slides_a_window(in.at(one).code); });
  return slides ? found : std::nullopt;
}

class Heights {
 public:
  explicit Heights(Rewriter& in) : in_(&in), tables_(static_cast<size_t>(in.size())), keeps_(static_cast<size_t>(in.size()), false) {}

  Result<void> run() {
    if (!find_operators()) return {};
    choose();
    return apply();
  }

 private:
  // What of a graph of rows an operator is.
  enum class Side { kRow, kImage, kEither, kNeither };

  // Whether any image becomes a row or the reverse.
  bool find_operators() {
    bool found = false;
    for (OperatorId id = 0; id < in_->size(); ++id) {
      tables_[at(id)] = works_on_images(*in_, id);
      found = found || heightened_for_window(*in_, id) || (in_->at(id).outputs.size() == 1 && image_of(*in_, in_->at(id).outputs[0]));
    }
    return found;
  }

  static size_t at(OperatorId id) { return static_cast<size_t>(id); }

  Side reader(OperatorId id) {
    if (heightened_for_window(*in_, id)) return Side::kImage;
    if (tables_[at(id)]) return Side::kEither;
    return reads_images(*in_, id) ? Side::kNeither : Side::kRow;
  }
  Side maker(TensorId row) {
    if (image_of(*in_, row)) return Side::kImage;
    const OperatorId id = in_->producer(row);
    return id != kNoOperator && tables_[at(id)] ? Side::kEither : Side::kRow;
  }

  // What folds into a convolution before or behind it: what computes with a constant, and an activation behind it.
  bool may_be_fused(OperatorId id) {
    using enum litert::BuiltinOperator;
    const litert::Operator& op = in_->at(id);
    const bool known = std::any_of(op.inputs.begin(), op.inputs.end(), [&](TensorId input) { return in_->constant(input) != nullptr; });
    const bool active = op.code == RELU || op.code == RELU6 || op.code == RELU_N1_TO_1;
    return (follows_[id] && (known || active)) || (leads_[id] && known);
  }

  void find_neighbours() {
    for (OperatorId id = 0; id < in_->size(); ++id) {
      for (const TensorId input : in_->at(id).inputs) {
        if (!is_row(*in_, input) || !tables_[at(id)]) continue;
        const OperatorId before = in_->producer(input);
        const auto image = image_of(*in_, input);
        follows_[id] =
            follows_[id] || (image && is_convolution(*in_, in_->producer(*image))) || (before != kNoOperator && follows_[before]);
      }
    }
    for (OperatorId id = in_->size() - 1; id >= 0; --id) {
      if (!tables_[at(id)]) continue;
      for (const OperatorId next : in_->consumers(in_->at(id).outputs[0])) {
        const auto after = heightened_for_window(*in_, next);
        const bool convolved = after && in_->consumers(after->image).size() == 1 && is_convolution(*in_, in_->consumers(after->image)[0]);
        leads_[id] = leads_[id] || convolved || leads_[next];
      }
    }
  }

  void choose() {
    find_neighbours();
    MinCut cut;
    std::vector<int> nodes(tables_.size(), MinCut::kSink);
    int64_t operators = 0;
    for (OperatorId id = 0; id < in_->size(); ++id) {
      if (!tables_[at(id)]) continue;
      nodes[at(id)] = cut.add_node();
      ++operators;
    }
    for (OperatorId id = 0; id < in_->size(); ++id) {
      if (tables_[at(id)] && may_be_fused(id)) cut.add_edge(MinCut::kSource, nodes[at(id)], 1);
    }
    for (TensorId tensor = 0; tensor < static_cast<TensorId>(in_->subgraph().tensors.size()); ++tensor) {
      if (is_row(*in_, tensor)) add_cost(cut, nodes, tensor, operators + 1);
    }
    const std::vector<bool> images = cut.solve();
    for (OperatorId id = 0; id < in_->size(); ++id) keeps_[at(id)] = tables_[at(id)] && images[static_cast<size_t>(nodes[at(id)])];
  }

  // What it costs to make `row` on one side and to read it on the other, however many read it.
  void add_cost(MinCut& cut, const std::vector<int>& nodes, TensorId row, int64_t cost) {
    const auto node = [&](Side side, OperatorId id) {
      return side == Side::kImage ? MinCut::kSource : side == Side::kRow ? MinCut::kSink : nodes[at(id)];
    };
    const int made = node(maker(row), in_->producer(row));
    std::vector<int> readers;
    for (const OperatorId id : in_->consumers(row)) {
      if (const Side side = reader(id); side != Side::kNeither) readers.push_back(node(side, id));
    }
    if (in_->is_output(row)) readers.push_back(MinCut::kSink);
    if (made != MinCut::kSink) {
      const int dropped = cut.add_node();
      cut.add_edge(made, dropped, cost);
      for (const int one : readers) cut.add_edge(dropped, one, MinCut::kNever);
    }
    // A RESHAPE makes an image as well as a row, where nothing needs the row.
    const OperatorId before = in_->producer(row);
    const bool reshaped = made == MinCut::kSink && before != kNoOperator && in_->at(before).code == litert::BuiltinOperator::RESHAPE &&
                          std::find(readers.begin(), readers.end(), MinCut::kSink) == readers.end();
    if (made != MinCut::kSource && !reshaped) {
      const int added = cut.add_node();
      cut.add_edge(added, made, cost);
      for (const int one : readers) cut.add_edge(one, added, MinCut::kNever);
    }
  }

  // The image of a row, with new operators where there is none yet. Those that make it now read it.
  TensorId image_for(TensorId row) {
    if (const auto known = images_.find(row); known != images_.end()) return known->second;
    TensorId image;
    if (const auto made = image_of(*in_, row)) {
      image = *made;
    } else {
      image = add_image(row);
      insert_image_of(*in_, in_->producer(row), row, image);
    }
    images_[row] = image;
    replace_images(row, image);
    return image;
  }

  TensorId add_image(TensorId row) {
    litert::Tensor tensor = in_->tensor(row);
    tensor.dims = with_height(tensor.dims);
    return in_->add_tensor(std::move(tensor));
  }

  void replace_images(TensorId row, TensorId image) {
    for (const OperatorId id : std::vector<OperatorId>(in_->consumers(row))) {
      const auto other = heightened(*in_, id);
      if (!other || !in_->replace_uses(other->image, image)) continue;
      for (const OperatorId part : other->operators) in_->erase(part);
    }
  }

  Result<void> apply() {
    for (OperatorId id = 0; id < in_->size(); ++id) {
      if (in_->erased(id)) continue;
      if (keeps_[at(id)]) KELT_RETURN_IF_ERROR(lift(id));
      if (in_->at(id).outputs.size() != 1) continue;
      if (const auto image = image_of(*in_, in_->at(id).outputs[0])) KELT_RETURN_IF_ERROR(read_image(in_->at(id).outputs[0], *image));
    }
    return {};
  }

  // The operator computes an image.
  Result<void> lift(OperatorId id) {
    for (size_t index = 0; index < in_->at(id).inputs.size(); ++index) {
      const TensorId input = in_->at(id).inputs[index];
      const Array* constant = in_->constant(input);
      if (constant != nullptr && constant->shape.size() == 3) {
        const Array wide = reshape(*constant, {constant->shape[0], 1, constant->shape[1], constant->shape[2]});
        in_->set_input(id, index, in_->add_constant(wide, in_->tensor(input).name));
      } else if (is_row(*in_, input)) {
        in_->set_input(id, index, image_for(input));
      }
    }
    KELT_RETURN_IF_ERROR(adapt(*in_, id, *tables_[at(id)]));
    const TensorId row = in_->at(id).outputs[0];
    const TensorId image = add_image(row);
    in_->set_output(id, image);
    images_[row] = image;
    KELT_RETURN_IF_ERROR(read_image(row, image));
    const auto& readers = in_->consumers(row);
    const bool kept = in_->is_output(row) || std::any_of(readers.begin(), readers.end(), [&](OperatorId one) { return !keeps_[at(one)]; });
    if (kept) insert_row_of(*in_, id, image, row);
    return {};
  }

  // Who needs the image, or can do with it, reads it.
  Result<void> read_image(TensorId row, TensorId image) {
    replace_images(row, image);
    for (const OperatorId id : std::vector<OperatorId>(in_->consumers(row))) {
      const auto table = keeps_[at(id)] ? std::nullopt : reads_images(*in_, id);
      if (!table) continue;
      KELT_RETURN_IF_ERROR(adapt(*in_, id, *table));
      in_->set_input(id, 0, image);
    }
    return {};
  }

  Rewriter* in_;
  std::vector<std::optional<AxisTable>> tables_;  // of the operators that compute rows as well as images
  std::vector<bool> keeps_;                       // those that compute images from now on
  std::map<OperatorId, bool> follows_, leads_;
  std::map<TensorId, TensorId> images_;
};

}  // namespace

Result<bool> keep_height(litert::Model& model, const Options& /*options*/) {
  return rewrite_subgraphs(model, [](Rewriter& in) { return Heights(in).run(); });
}

}  // namespace kelt::optimize
