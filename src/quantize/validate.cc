#include "quantize/validate.h"

#include <algorithm>

#include "litert/op_info.h"
#include "quantize/validate_rules.h"

namespace kelt::quantize {
namespace {

struct TensorRule {
  RuleText text;
  void (*check)(const Site&, const litert::Tensor&);
};

struct OperatorRule {
  RuleText text;
  void (*check)(const Site&);
};

constexpr TensorRule kTensorRules[] = {
    {{"Q1", "every scale is a positive number"}, check_scales},
    {{"Q2", "there are as many zero points as scales, each within the type; those of int16 are 0"}, check_zero_points},
    {{"Q3", "there is one scale, or one for each index of the axis that is named"}, check_axis},
};

constexpr OperatorRule kOperatorRules[] = {
    {{"Q4", "weights in blocks are int4 of FULLY_CONNECTED (rows looked up: or int2), with float16 scales, in blocks of a multiple of 32"},
     check_blocks},
    {{"Q5", "weights are in integers that the operator has a kernel for, beside its activations"}, check_weight_types},
    {{"Q6", "weights are symmetric: zero points 0, and no -128 beside int8 activations"}, check_weight_symmetry},
    {{"Q7", "scales of weights differ along the operator's axis of channels, of BATCH_MATMUL only beside float activations"},
     check_weight_axis},
    {{"Q8", "CONV_2D and DEPTHWISE_CONV_2D have a bias"}, check_bias_operand},
    {{"Q9", "a bias is int32 (int64 beside int16), zero point 0, its scales the input's times the weights'; float beside float"},
     check_bias},
    {{"Q10", "the input's scale times the weights' is less than 256 times the output's"}, check_multiplier},
    {{"Q11", "a table of rows gives floats, of float16 rows float16; rows of int4 begin with a byte"}, check_rows_looked_up},
    {{"Q12", "operands and results of an operator are integers of one type"}, check_activation_types},
    {{"Q13", "the operator has a kernel for integers with scales"}, check_kernel},
    {{"Q14", "operators that move or compare integers have one scale for operands and results"}, check_same_scale},
    {{"Q15", "LOGISTIC, TANH, SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION give the one scale that their kernels know"}, check_fixed_scale},
    {{"Q16", "ADD and SUB of int16 have pot_scale_int16 off where scales are powers of two"}, check_power_of_two},
};

// validate_versions.cc
constexpr RuleText kVersionRules[] = {
    {"Q17", "operators have the version that their types ask for"},
    {"Q18", "min_runtime_version names a runtime that has them all"},
};

std::vector<RuleText> texts() {
  std::vector<RuleText> all;
  for (const TensorRule& rule : kTensorRules) all.push_back(rule.text);
  for (const OperatorRule& rule : kOperatorRules) all.push_back(rule.text);
  all.insert(all.end(), std::begin(kVersionRules), std::end(kVersionRules));
  return all;
}

class Walk {
 public:
  Walk(std::vector<Fault>& faults, Values values) : faults_(&faults), values_(values) {}

  void subgraph(const litert::Subgraph& graph, int index) {
    std::vector<bool> seen(graph.tensors.size());
    for (size_t op = 0; op < graph.operators.size(); ++op) {
      const auto site = [&](const RuleText& rule) { return site_of(graph, index, op, rule); };
      for (const auto* const ids : {&graph.operators[op].inputs, &graph.operators[op].outputs}) {
        for (const litert::TensorId id : *ids) {
          if (id < 0 || static_cast<size_t>(id) >= seen.size() || seen[static_cast<size_t>(id)]) continue;
          seen[static_cast<size_t>(id)] = true;
          const litert::Tensor& tensor = graph.tensors[static_cast<size_t>(id)];
          for (const TensorRule& rule : kTensorRules) rule.check(site(rule.text), tensor);
        }
      }
      for (const OperatorRule& rule : kOperatorRules) rule.check(site(rule.text));
    }
  }

 private:
  Site site_of(const litert::Subgraph& graph, int subgraph, size_t op, const RuleText& rule) {
    return {.view = {graph.operators[op], graph},
            .values = values_,
            .fault = [this, subgraph, op, &rule](const litert::Tensor* tensor, std::string what, std::string remedy) {
              faults_->push_back({.rule = rule.name,
                                  .subgraph = subgraph,
                                  .op = op,
                                  .tensor = tensor == nullptr ? "" : tensor->name,
                                  .what = std::move(what),
                                  .remedy = std::move(remedy)});
            }};
  }

  std::vector<Fault>* faults_;
  Values values_;
};

}  // namespace

std::span<const RuleText> rules_of_quantization() {
  static const std::vector<RuleText> kAll = texts();
  return kAll;
}

std::vector<Fault> faults_of(const litert::Model& model, Values values) {
  std::vector<Fault> faults;
  Walk walk(faults, values);
  for (size_t i = 0; i < model.subgraphs.size(); ++i) walk.subgraph(model.subgraphs[i], static_cast<int>(i));
  return faults;
}

std::string in_words(const Fault& fault, const litert::Model& model) {
  const litert::Operator& op = model.subgraphs[static_cast<size_t>(fault.subgraph)].operators[fault.op];
  if (fault.tensor.empty() && fault.rule == "Q18") return fault.what + ". " + fault.remedy + " (" + fault.rule + ")";
  const std::string where = model.subgraphs.size() == 1 ? "" : "subgraph " + std::to_string(fault.subgraph) + ", ";
  return litert::op_name(op.code) + " (" + where + "operator " + std::to_string(fault.op) + ")" +
         (fault.tensor.empty() ? "" : ", tensor " + fault.tensor) + ": " + fault.what + ". " + fault.remedy + " (" + fault.rule + ")";
}

}  // namespace kelt::quantize
