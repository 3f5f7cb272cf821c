#include "write/layout.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tflite_generated.h"
#include "write/stream.h"
#include "write/testing.h"

namespace kelt::write {
namespace {

using testing::constant;
using testing::model_with;
using testing::pattern;

constexpr int64_t kGiB = int64_t{1} << 30;

litert::Tensor constant_named(std::string name, uint64_t size) { return constant(std::move(name), pattern(size)); }

std::string version_in(const Layout& layout) {
  const auto bytes = read_all({DType::kUInt8, {16}, layout.buffers.stored.back().source});
  return reinterpret_cast<const char*>(bytes->data());
}

TEST(Layout, ConstantsOfManyGigabytesLieWhereTheFlatbufferSays) {
  const Array a{DType::kUInt8, {5, kGiB}, pattern(5 * kGiB).source};
  const Array b{DType::kUInt8, {3, kGiB}, pattern(3 * kGiB).source};
  const auto layout = lay_out(model_with({constant("a", a), constant("b", b), constant("c", pattern(100))}), 8 << 20);
  ASSERT_TRUE(layout.ok()) << layout.error().to_string();
  EXPECT_LT(layout->head.size(), 10000U);
  EXPECT_GT(layout->file_bytes, uint64_t{8} << 30);
  EXPECT_EQ(layout->constants, Constants::kOutside);
  const tflite::Model& model = *tflite::GetModel(layout->head.data());
  uint64_t end = layout->head.size();
  for (unsigned i = 0; i < 3; ++i) {
    const auto* buffer = model.buffers()->Get(model.subgraphs()->Get(0)->tensors()->Get(i)->buffer());
    EXPECT_EQ(buffer->offset() % kAlignment, 0U);
    EXPECT_GE(buffer->offset(), end);
    EXPECT_LT(buffer->offset(), end + kAlignment);
    end = buffer->offset() + buffer->size();
  }
  // A slice beyond 4 GiB holds what lies there.
  const StoredBuffer& stored = layout->buffers.stored[1];
  const auto slice = std::find_if(layout->slices.begin(), layout->slices.end(), [&](const Slice& s) { return s.begin == stored.offset; });
  ASSERT_NE(slice, layout->slices.end());
  std::vector<std::byte> bytes(slice->end - slice->begin);
  ASSERT_TRUE(fill_slice(*layout, *slice, bytes).ok());
  EXPECT_EQ(bytes[300], static_cast<std::byte>(300 % 251));
}

TEST(Layout, ConstantsLieInsideAsLongAsTheFlatbufferMayBeThatLarge) {
  const auto laid_out = [](uint64_t constant) { return lay_out(model_with({constant_named("c", constant)}), 8 << 20); };
  const auto small = laid_out(kGiB);
  ASSERT_TRUE(small.ok());
  ASSERT_EQ(small->constants, Constants::kInside);
  // The version of the runtime stands behind the constant, at a multiple of 64 bytes.
  const uint64_t largest = kGiB + (kLargestFlatbuffer - small->file_bytes) / kAlignment * kAlignment;
  EXPECT_EQ(laid_out(largest)->constants, Constants::kInside);
  EXPECT_GT(laid_out(largest)->file_bytes, kLargestFlatbuffer - kAlignment);
  const auto beyond = laid_out(largest + kAlignment);
  ASSERT_TRUE(beyond.ok());
  EXPECT_EQ(beyond->constants, Constants::kOutside);
  EXPECT_GT(beyond->file_bytes, kLargestFlatbuffer - kAlignment);
  EXPECT_EQ(version_in(*small), "1.5.0");
  EXPECT_EQ(version_in(*beyond), "2.14.0");
}

TEST(Layout, SlicesCoverTheFileWithoutGapsAndStaySmall) {
  std::vector<litert::Tensor> tensors;
  for (size_t i = 0; i < 50; ++i) tensors.push_back(constant("c", pattern(i * i * 100 + 1)));
  const auto layout = lay_out(model_with(tensors), 10000);
  ASSERT_TRUE(layout.ok());
  uint64_t end = layout->head.size();
  for (const Slice& slice : layout->slices) {
    EXPECT_EQ(slice.begin, end);
    EXPECT_LE(slice.end - slice.begin, 10000 + kLongestGap);
    EXPECT_GT(slice.end, slice.begin);
    end = slice.end;
  }
  EXPECT_EQ(end, layout->file_bytes);
}

TEST(Layout, SlicesOfATransposeAreWholeRows) {
  const Array matrix{DType::kUInt8, {1000, 640}, pattern(640000).source};
  const auto layout = lay_out(model_with({constant("t", transpose(matrix, std::vector{1, 0}))}), 200000);
  ASSERT_TRUE(layout.ok());
  for (size_t i = 0; i + 1 < layout->slices.size(); ++i) {
    EXPECT_EQ((layout->slices[i].begin - layout->buffers.stored[0].offset) % 64000, 0U);  // 64 rows: a cache line of the source
  }
}

TEST(LayoutBefore, RefersToWhatTheFileHoldsAndKeepsTheRestInTheHead) {
  constexpr size_t kPage = 4096;
  std::vector<std::byte> file(100000);
  const auto part = [&](size_t offset) { return borrow(DType::kUInt8, {1000}, std::span(file).subspan(offset, 1000), nullptr); };
  const litert::Model model =
      model_with({constant("a", part(0)), constant("b", part(99000)), constant("c", pattern(5000)), constant("again", part(0))});
  const auto head = lay_out_before(file, model, kPage);
  ASSERT_TRUE(head.ok()) << head.error().to_string();
  EXPECT_EQ(head->size(), 2 * kPage);
  const tflite::Model& written = *tflite::GetModel(head->data());
  const auto* const tensors = written.subgraphs()->Get(0)->tensors();
  const auto buffer_of = [&](unsigned tensor) { return written.buffers()->Get(tensors->Get(tensor)->buffer()); };
  EXPECT_EQ(buffer_of(0)->offset(), head->size());
  EXPECT_EQ(buffer_of(0)->size(), 1000U);
  EXPECT_EQ(buffer_of(1)->offset(), head->size() + 99000);
  EXPECT_LT(buffer_of(2)->offset(), 2 * kPage - 5000);
  EXPECT_EQ(buffer_of(2)->offset() % kAlignment, 0U);
  EXPECT_EQ(head->at(buffer_of(2)->offset() + 300), static_cast<std::byte>(300 % 251));
  EXPECT_EQ(tensors->Get(3)->buffer(), tensors->Get(0)->buffer());
}

}  // namespace
}  // namespace kelt::write
