#include "weights/slices.h"

#include "weights/source.h"

namespace kelt {
namespace {

constexpr size_t kSliceBytes = size_t{1} << 20;  // a multiple of every element's size

}  // namespace

Result<void> read_slices(const Array& array, const std::function<void(size_t, std::span<const std::byte>)>& visit) {
  const size_t size = array.source->size();
  const size_t grain = std::max<size_t>(array.source->grain(), 1);
  const size_t piece = grain < kSliceBytes ? kSliceBytes / grain * grain : kSliceBytes;
  Elements elements;
  for (size_t begin = 0; begin < size; begin += piece) {
    KELT_ASSIGN_OR_RETURN(const std::span<const std::byte> slice, elements.read(*array.source, begin, std::min(piece, size - begin)));
    visit(begin, slice);
  }
  return {};
}

Result<void> read_floats(const Array& array, const std::function<void(size_t, std::span<const float>)>& visit) {
  if (array.dtype != DType::kFloat32)
    return Error{.code = Code::kInternal, .what = "floats were asked of " + std::string(name(array.dtype))};
  std::vector<float> values;
  return read_slices(array, [&](size_t begin, std::span<const std::byte> bytes) {
    values.resize(bytes.size() / sizeof(float));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    visit(begin / sizeof(float), values);
  });
}

}  // namespace kelt
