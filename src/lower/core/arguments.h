// lower/core/arguments.h — reads the arguments of a node; what nobody reads is an error, not a silent difference.
//
// The first failure sticks, and the readers return neutral values from then on: read everything, then check finish() once,
// before using any of it.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

class Arguments {
 public:
  // `node` and `to` must outlive the Arguments.
  Arguments(const graph::Node& node, Lowering& to) : node_(&node), to_(&to) {}

  Value tensor(std::string_view name);                          // or a list of numbers that stands for one
  std::optional<Value> optional_tensor(std::string_view name);  // None: nothing
  std::vector<Value> tensors(std::string_view name);            // a list of tensors, or one

  // A tensor, or a number, flag or dim that becomes a scalar; in the given dtype.
  Value scalar_or_tensor(std::string_view name, DType dtype);
  // None: nothing.
  std::optional<Value> optional_scalar_or_tensor(std::string_view name, DType dtype);
  // An int32 vector: a tensor, or a list of numbers, dims and scalar tensors.
  Value indices(std::string_view name);

  bool flag(std::string_view name);
  // Numbers; a constant of one element is one, where keras.ops takes tensors too.
  int64_t integer(std::string_view name);
  std::optional<int64_t> optional_integer(std::string_view name);
  double number(std::string_view name);  // an integer counts
  std::optional<double> optional_number(std::string_view name);
  std::string text(std::string_view name);
  std::optional<DType> optional_dtype(std::string_view name);
  std::vector<int64_t> integers(std::string_view name);  // a list, or one integer as a list of one
  std::optional<std::vector<int64_t>> optional_integers(std::string_view name);
  // One integer stands for `count` equal ones: strides, dilations, pool sizes.
  std::vector<int64_t> repeated(std::string_view name, size_t count);
  Dims dims(std::string_view name);
  // Axes counted from the front; None means all of `rank`, in order.
  std::vector<int> axes(std::string_view name, int rank);
  int axis(std::string_view name, int rank);

  // The attribute itself, for those with a form of their own (keys of get_item). Null if the node lacks it.
  const graph::Attribute* raw(std::string_view name);
  // Says that the argument means nothing at inference, whatever it is (training flags, names).
  void ignore(std::string_view name);
  // The argument must have this value: anything else is rejected.
  void expect_none(std::string_view name);
  // The argument is not what it must be: `expected` says what that is.
  void reject_argument(std::string_view name, std::string_view expected);

  [[nodiscard]] bool has(std::string_view name) const { return graph::find_argument(*node_, name) != nullptr; }
  // The first failure, or an unread argument.
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] std::optional<double> constant_number(const graph::Attribute& attribute) const;
  bool collect_numbers(const graph::Attribute& attribute, std::vector<double>& numbers) const;
  std::optional<Value> literal(const graph::Attribute& attribute);
  std::optional<Value> scalar_of(const graph::Attribute& attribute, DType dtype);
  template <typename T>
  std::optional<T> get(std::string_view name, std::string_view expected);

  const graph::Node* node_;
  Lowering* to_;
  std::set<std::string, std::less<>> read_;
  std::optional<Error> error_;
};

// The error of a lowering that has no form for what the node asks.
[[nodiscard]] Error reject(std::string what, std::string remedy = {});

}  // namespace kelt::lower
