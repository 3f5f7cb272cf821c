#include "lower/core/arguments.h"

#include <algorithm>
#include <cmath>

#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

std::optional<int64_t> as_integer(const graph::Attribute& attribute) {
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) return *number;
  if (const auto* dim = std::get_if<Dim>(&attribute.value)) return dim->value();
  return std::nullopt;
}

std::optional<std::vector<int64_t>> as_integers(const graph::Attribute& attribute) {
  if (const auto one = as_integer(attribute)) return std::vector<int64_t>{*one};
  const auto* list = std::get_if<graph::List>(&attribute.value);
  if (list == nullptr) return std::nullopt;
  std::vector<int64_t> numbers;
  for (const graph::Attribute& element : *list) {
    const auto number = as_integer(element);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

bool is_none(const graph::Attribute& attribute) { return std::holds_alternative<graph::None>(attribute.value); }

}  // namespace

Error reject(std::string what, std::string remedy) {
  return Error{.code = Code::kUnsupported, .what = std::move(what), .remedy = std::move(remedy)};
}

void Arguments::reject_argument(std::string_view name, std::string_view expected) {
  if (error_) return;
  error_ = reject("its argument `" + std::string(name) + "` is not " + std::string(expected));
}

const graph::Attribute* Arguments::raw(std::string_view name) {
  read_.emplace(name);
  const graph::Argument* argument = graph::find_argument(*node_, name);
  return argument == nullptr ? nullptr : &argument->value;
}

template <typename T>
std::optional<T> Arguments::get(std::string_view name, std::string_view expected) {
  if (const graph::Attribute* attribute = raw(name)) {
    if (const T* value = std::get_if<T>(&attribute->value)) return *value;
  }
  reject_argument(name, expected);
  return std::nullopt;
}

void Arguments::ignore(std::string_view name) { read_.emplace(name); }

void Arguments::expect_none(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute != nullptr && !is_none(*attribute)) reject_argument(name, "None, and no other value is supported yet");
}

bool Arguments::collect_numbers(const graph::Attribute& attribute, std::vector<double>& numbers) const {
  if (const auto* list = std::get_if<graph::List>(&attribute.value)) {
    return std::all_of(list->begin(), list->end(), [&](const graph::Attribute& element) { return collect_numbers(element, numbers); });
  }
  const auto* real = std::get_if<double>(&attribute.value);
  const auto whole = as_integer(attribute);
  const auto number = real != nullptr ? std::optional<double>(*real)
                      : whole         ? std::optional<double>(static_cast<double>(*whole))
                                      : constant_number(attribute);
  numbers.push_back(number.value_or(0));
  return number.has_value();
}

// A list of numbers that stands for a tensor, as the array that numpy makes of it.
std::optional<Value> Arguments::literal(const graph::Attribute& attribute) {
  if (!std::holds_alternative<graph::List>(attribute.value)) return std::nullopt;
  Shape shape;
  for (const auto* at = &attribute; const auto* list = std::get_if<graph::List>(&at->value); at = list->data()) {
    shape.push_back(static_cast<int64_t>(list->size()));
    if (list->empty()) break;
  }
  std::vector<double> numbers;
  if (!collect_numbers(attribute, numbers)) return std::nullopt;
  const Array array = array_from<double>(shape, numbers);
  if (array.count() != numbers.size()) return std::nullopt;
  const bool whole = std::all_of(numbers.begin(), numbers.end(), [](double number) { return number == std::floor(number); });
  return to_->constant(kelt::cast(array, whole ? DType::kInt32 : DType::kFloat32));
}

Value Arguments::tensor(std::string_view name) {
  if (const graph::Attribute* attribute = raw(name)) {
    if (const auto value = literal(*attribute)) return *value;
  }
  const auto id = get<graph::ValueId>(name, "a tensor");
  if (!id) return {};
  Result<Value> value = to_->value(*id);
  if (value.ok()) return *value;
  if (!error_) error_ = value.error();
  return {};
}

std::optional<Value> Arguments::optional_tensor(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute == nullptr || is_none(*attribute)) return std::nullopt;
  return tensor(name);
}

std::vector<Value> Arguments::tensors(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  const auto* list = attribute == nullptr ? nullptr : std::get_if<graph::List>(&attribute->value);
  if (list == nullptr) return {tensor(name)};
  std::vector<Value> values;
  for (const graph::Attribute& element : *list) {
    const auto* id = std::get_if<graph::ValueId>(&element.value);
    if (id == nullptr) {
      reject_argument(name, "a list of tensors");
      return {};
    }
    Result<Value> value = to_->value(*id);
    if (!value.ok()) {
      if (!error_) error_ = value.error();
      return {};
    }
    values.push_back(*std::move(value));
  }
  return values;
}

std::optional<Value> Arguments::scalar_of(const graph::Attribute& attribute, DType dtype) {
  if (const auto* flag = std::get_if<bool>(&attribute.value)) return to_->constant(dtype, *flag ? 1 : 0);
  if (const auto* whole = std::get_if<int64_t>(&attribute.value)) return to_->constant(kelt::cast(scalar(DType::kInt64, *whole), dtype));
  if (const auto* real = std::get_if<double>(&attribute.value)) return to_->constant(dtype, *real);
  if (const auto array = literal(attribute)) return cast(*to_, *array, dtype);
  Result<Value> value = Error{};
  if (const auto* id = std::get_if<graph::ValueId>(&attribute.value)) value = to_->value(*id);
  if (const auto* dim = std::get_if<Dim>(&attribute.value)) value = to_->number_value(*dim);
  if (value.ok()) return cast(*to_, *value, dtype);
  if (!error_ && !value.error().what.empty()) error_ = value.error();
  return std::nullopt;
}

Value Arguments::scalar_or_tensor(std::string_view name, DType dtype) {
  const graph::Attribute* attribute = raw(name);
  const auto value = attribute == nullptr ? std::nullopt : scalar_of(*attribute, dtype);
  if (!value) reject_argument(name, "a number or a tensor");
  return value.value_or(Value{});
}

std::optional<Value> Arguments::optional_scalar_or_tensor(std::string_view name, DType dtype) {
  const graph::Attribute* attribute = raw(name);
  if (attribute == nullptr || is_none(*attribute)) return std::nullopt;
  return scalar_or_tensor(name, dtype);
}

Value Arguments::indices(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  const auto* list = attribute == nullptr ? nullptr : std::get_if<graph::List>(&attribute->value);
  if (list == nullptr) {
    Value value = scalar_or_tensor(name, DType::kInt32);
    if (value.absent() || value.rank() == 1) return value;
    Result<Value> vector = reshape(*to_, value, {Dim(1)});
    return vector.ok() ? *vector : Value{};
  }
  if (const auto numbers = as_integers(*attribute)) return to_->ints(std::vector<int32_t>(numbers->begin(), numbers->end()));
  std::vector<Value> elements;
  for (const graph::Attribute& element : *list) {
    const auto value = scalar_of(element, DType::kInt32);
    Result<Value> flat = value ? reshape(*to_, *value, {}) : Result<Value>(Error{});
    if (flat.ok()) elements.push_back(*std::move(flat));
  }
  if (elements.size() == list->size()) return pack(*to_, elements, 0);
  reject_argument(name, "a list of integers");
  return {};
}

bool Arguments::flag(std::string_view name) { return get<bool>(name, "True or False").value_or(false); }

// The number in a constant of one element.
std::optional<double> Arguments::constant_number(const graph::Attribute& attribute) const {
  const auto* id = std::get_if<graph::ValueId>(&attribute.value);
  const Result<Value> value = id == nullptr ? Result<Value>(Error{}) : to_->value(*id);
  const auto constant = value.ok() ? to_->constant_of(*value) : std::nullopt;
  if (!constant || constant->count() != 1) return std::nullopt;
  const auto numbers = read_as<double>(*constant);
  return numbers.ok() ? std::optional<double>((*numbers)[0]) : std::nullopt;
}

int64_t Arguments::integer(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  auto number = attribute == nullptr ? std::nullopt : as_integer(*attribute);
  if (attribute != nullptr && !number) {
    if (const auto constant = constant_number(*attribute); constant && *constant == std::floor(*constant))
      number = static_cast<int64_t>(*constant);
  }
  if (!number) reject_argument(name, "an integer");
  return number.value_or(0);
}

std::optional<int64_t> Arguments::optional_integer(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute == nullptr || is_none(*attribute)) return std::nullopt;
  return integer(name);
}

double Arguments::number(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute != nullptr) {
    if (const auto whole = as_integer(*attribute)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&attribute->value)) return *real;
    if (const auto constant = constant_number(*attribute)) return *constant;
  }
  reject_argument(name, "a number");
  return 0;
}

std::optional<double> Arguments::optional_number(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute == nullptr || is_none(*attribute)) return std::nullopt;
  return number(name);
}

std::string Arguments::text(std::string_view name) { return get<std::string>(name, "a string").value_or(""); }

std::optional<DType> Arguments::optional_dtype(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute == nullptr || is_none(*attribute)) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&attribute->value)) {
    if (const auto dtype = parse_dtype(*text)) return dtype;
  }
  return get<DType>(name, "a dtype");
}

std::vector<int64_t> Arguments::integers(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  auto numbers = attribute == nullptr ? std::nullopt : as_integers(*attribute);
  if (!numbers) reject_argument(name, "a list of integers");
  return numbers ? *std::move(numbers) : std::vector<int64_t>{};
}

std::optional<std::vector<int64_t>> Arguments::optional_integers(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  if (attribute == nullptr || is_none(*attribute)) return std::nullopt;
  return integers(name);
}

std::vector<int64_t> Arguments::repeated(std::string_view name, size_t count) {
  std::vector<int64_t> numbers = integers(name);
  if (numbers.size() == 1) numbers.resize(count, numbers[0]);
  if (numbers.size() != count) reject_argument(name, "one integer or " + std::to_string(count));
  numbers.resize(count, 1);
  return numbers;
}

Dims Arguments::dims(std::string_view name) {
  const graph::Attribute* attribute = raw(name);
  const auto* list = attribute == nullptr ? nullptr : std::get_if<graph::List>(&attribute->value);
  if (list == nullptr) {
    if (attribute != nullptr) {
      if (const auto* dim = std::get_if<Dim>(&attribute->value)) return {*dim};
    }
    const auto one = attribute == nullptr ? std::nullopt : as_integer(*attribute);
    if (one) return {Dim(*one)};
    reject_argument(name, "a shape");
    return {};
  }
  Dims dims;
  for (const graph::Attribute& element : *list) {
    if (const auto* dim = std::get_if<Dim>(&element.value)) {
      dims.push_back(*dim);
    } else if (const auto number = as_integer(element)) {
      dims.emplace_back(*number);
    } else {
      reject_argument(name, "a shape");
      return {};
    }
  }
  return dims;
}

int Arguments::axis(std::string_view name, int rank) {
  const int64_t axis = integer(name);
  if (axis < -rank || axis >= rank) reject_argument(name, "an axis of its operand");
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::vector<int> Arguments::axes(std::string_view name, int rank) {
  std::vector<int> axes;
  const auto given = optional_integers(name);
  if (!given) {
    for (int axis = 0; axis < rank; ++axis) axes.push_back(axis);
    return axes;
  }
  for (const int64_t axis : *given) {
    if (axis < -rank || axis >= rank) reject_argument(name, "a list of axes of its operand");
    axes.push_back(static_cast<int>(axis < 0 ? axis + rank : axis));
  }
  return axes;
}

Result<void> Arguments::finish() const {
  if (error_) return *error_;
  for (const graph::Argument& argument : node_->args) {
    if (!read_.contains(argument.name)) {
      return reject("its argument `" + argument.name + "` is not known to this version of kelt");
    }
  }
  return {};
}

}  // namespace kelt::lower
