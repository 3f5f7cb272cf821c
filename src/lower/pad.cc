// lower/pad.cc — keras.ops.pad → PAD, PADV2, MIRROR_PAD; the edge repeated by concatenation.
//
// Numbers of elements that depend on a size become a computed table of paddings.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/margins.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// A number, a pair or a list of pairs, as numpy has it: one margin an axis.
std::optional<std::vector<Margin>> read_margins(const graph::Attribute* widths, size_t rank) {
  const auto number = [](const graph::Attribute& attribute) -> std::optional<Dim> {
    if (const auto* dim = std::get_if<Dim>(&attribute.value)) return *dim;
    if (const auto* integer = std::get_if<int64_t>(&attribute.value)) return Dim(*integer);
    return std::nullopt;
  };
  const auto margin = [&](const graph::Attribute& attribute) -> std::optional<Margin> {
    if (const auto both = number(attribute)) return Margin{*both, *both};
    const auto* pair = std::get_if<graph::List>(&attribute.value);
    if (pair == nullptr || pair->empty() || pair->size() > 2) return std::nullopt;
    const auto before = number(pair->front());
    const auto after = number(pair->back());
    return before && after ? std::optional<Margin>({*before, *after}) : std::nullopt;
  };
  if (widths == nullptr) return std::nullopt;
  const auto* list = std::get_if<graph::List>(&widths->value);
  const bool listed = list != nullptr && !list->empty() && std::holds_alternative<graph::List>(list->front().value);
  std::vector<Margin> margins;
  if (listed) {
    for (const graph::Attribute& element : *list) {
      const auto one = margin(element);
      if (!one) return std::nullopt;
      margins.push_back(*one);
    }
  } else if (const auto one = margin(*widths)) {
    margins.push_back(*one);
  }
  if (margins.size() == 1) margins.resize(rank, margins[0]);
  if (margins.size() != rank) return std::nullopt;
  return margins;
}

bool is_empty(const std::vector<Margin>& margins) {
  return std::ranges::all_of(margins, [](const Margin& margin) { return margin.is_empty(); });
}

Result<Value> pad_edge(Lowering& to, Value x, const std::vector<Margin>& margins) {
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (margins[static_cast<size_t>(axis)].is_empty()) continue;
    const auto before = margins[static_cast<size_t>(axis)].before.value();
    const auto after = margins[static_cast<size_t>(axis)].after.value();
    const auto length = x.dim(axis).value();
    if (!before || !after || !length) return reject("repeats the edge of an axis whose length is not known");
    std::vector<int64_t> begin(x.dims.size(), 0);
    Dims size = x.dims;
    size[static_cast<size_t>(axis)] = Dim(1);
    std::vector<Value> parts;
    if (*before > 0) parts.insert(parts.end(), static_cast<size_t>(*before), slice(to, x, begin, size));
    parts.push_back(x);
    begin[static_cast<size_t>(axis)] = *length - 1;
    if (*after > 0) parts.insert(parts.end(), static_cast<size_t>(*after), slice(to, x, begin, size));
    x = concatenate(to, parts, axis);
  }
  return x;
}

// The mirrored axes to and fro, as far as is asked for: MIRROR_PAD goes no further than their other end. What it can do is
// left in `margins`, and so is an axis of unknown length.
Value mirror_far(Lowering& to, Value x, std::vector<Margin>& margins, bool with_edge) {
  for (int axis = 0; axis < x.rank(); ++axis) {
    Margin& margin = margins[static_cast<size_t>(axis)];
    const auto before = margin.before.value();
    const auto after = margin.after.value();
    const auto length = x.dim(axis).value();
    if (!before || !after || !length || *length < 1 || std::max(*before, *after) <= (with_edge ? *length : *length - 1)) continue;
    const int64_t period = with_edge ? 2 * *length : std::max<int64_t>(2 * (*length - 1), 1);
    std::vector<int32_t> places;
    for (int64_t i = -*before; i < *length + *after; ++i) {
      const int64_t place = (i % period + period) % period;
      places.push_back(static_cast<int32_t>(place < *length ? place : (with_edge ? period - 1 : period) - place));
    }
    const Value rows = to.ints(places);
    x = gather(to, x, rows, axis);
    margin = {Dim(0), Dim(0)};
  }
  return x;
}

}  // namespace

Result<void> lower_pad(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const auto margins = read_margins(args.raw("pad_width"), x.dims.size());
  const std::string mode = args.text("mode");
  const double fill = args.optional_number("constant_values").value_or(0);
  if (!margins) args.reject_argument("pad_width", "a pair of numbers an axis");
  KELT_RETURN_IF_ERROR(args.finish());

  if (is_empty(*margins)) return to.bind(node, x);
  if (mode == "edge") {
    KELT_ASSIGN_OR_RETURN(const Value y, pad_edge(to, x, *margins));
    return to.bind(node, y);
  }
  if (mode == "constant") {
    KELT_ASSIGN_OR_RETURN(const Value y, pad_by(to, x, *margins, fill));
    return to.bind(node, y);
  }
  if (mode != "reflect" && mode != "symmetric") {
    return reject("pads in mode \"" + mode + "\"", "Use \"constant\", \"reflect\", \"symmetric\" or \"edge\"");
  }
  tflite::MirrorPadOptionsT options;
  options.mode = mode == "reflect" ? tflite::MirrorPadMode::REFLECT : tflite::MirrorPadMode::SYMMETRIC;
  std::vector<Margin> near = *margins;
  const Value far = mirror_far(to, x, near, mode == "symmetric");
  if (is_empty(near)) return to.bind(node, far);
  KELT_ASSIGN_OR_RETURN(const Value table, padding_table(to, near));
  const Value wide = operand(to, BuiltinOperator::MIRROR_PAD, far);
  const Value y = to.emit(BuiltinOperator::MIRROR_PAD, std::move(options), {wide, table}, {wide.dtype, padded(far.dims, near)});
  return to.bind(node, cast(to, y, x.dtype));
}

}  // namespace kelt::lower
