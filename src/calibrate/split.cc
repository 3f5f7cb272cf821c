#include "calibrate/split.h"

#include <algorithm>
#include <cstring>

#include "calibrate/sample.h"

namespace kelt::calibrate {

Split::Part Split::part_of(const runtime::Input& array, std::optional<std::span<const int64_t>> wanted) {
  Part part{.array = array, .shape = array.shape, .bytes = array.bytes.size(), .known = wanted.has_value()};
  if (!wanted || array.shape.empty()) return part;
  const auto rows = static_cast<size_t>(std::max<int64_t>(array.shape[0], 0));
  if (array.shape.size() == wanted->size() + 1) {
    part.shape.erase(part.shape.begin());
    part.count = rows;
  } else if (array.shape.size() == wanted->size() && array.shape[0] != (*wanted)[0]) {
    const auto batch = static_cast<size_t>(std::max<int64_t>((*wanted)[0], 1));
    part.shape[0] = static_cast<int64_t>(batch);
    part.count = (rows + batch - 1) / batch;
    part.bytes = rows == 0 ? 0 : array.bytes.size() / rows * batch;
    return part;
  }
  part.bytes = part.count == 0 ? 0 : array.bytes.size() / part.count;
  return part;
}

std::span<const std::byte> Split::sample_of(Part& part, size_t index) {
  if (!part.known || part.count == 1) index = 0;
  const std::span<const std::byte> all = part.array.bytes;
  const size_t begin = index * part.bytes;
  if (begin + part.bytes <= all.size()) return all.subspan(begin, part.bytes);
  part.filled.resize(part.bytes);
  for (size_t at = 0, from = begin; at < part.bytes; from = 0) {
    const size_t length = std::min(all.size() - from, part.bytes - at);
    std::memcpy(part.filled.data() + at, all.data() + from, length);
    at += length;
  }
  return part.filled;
}

Result<Split> Split::of(const litert::Model& model, const litert::Signature& signature, std::span<const runtime::Input> arrays) {
  const std::vector<Wanted> wanted = wanted_inputs(model, signature);
  Split split;
  std::optional<size_t> count;
  bool differ = false;
  std::string counts;
  for (const runtime::Input& array : arrays) {
    const auto found = std::ranges::find(wanted, array.name, &Wanted::name);
    Part part = part_of(array, found == wanted.end() ? std::nullopt : std::optional<std::span<const int64_t>>(found->shape));
    if (part.known) {
      differ = differ || (count && *count != part.count);
      count = part.count;
      counts += (counts.empty() ? "" : ", ") + std::to_string(part.count) + " of '" + std::string(array.name) + "'";
    }
    split.parts_.push_back(std::move(part));
  }
  if (differ) {
    return Error{
        .code = Code::kBadData, .what = "the arrays hold different numbers of samples: " + counts, .remedy = "Give as many of each input"};
  }
  split.count_ = count.value_or(1);
  return split;
}

std::optional<std::vector<runtime::Input>> Split::next() {
  if (next_ == count_) return std::nullopt;
  std::vector<runtime::Input> sample;
  for (Part& part : parts_) sample.push_back({part.array.name, part.array.dtype, part.shape, sample_of(part, next_)});
  ++next_;
  return sample;
}

}  // namespace kelt::calibrate
