#include "litert/sources.h"

#include <gtest/gtest.h>

namespace kelt::litert {
namespace {

using Sources = std::vector<std::optional<SourceValue>>;

Model model_with(const std::vector<Sources>& subgraphs) {
  Model model;
  for (const Sources& sources : subgraphs) {
    Subgraph& subgraph = model.subgraphs.emplace_back();
    for (const auto& source : sources) subgraph.tensors.emplace_back().source = source;
  }
  return model;
}

std::vector<Sources> sources_of(const Model& model) {
  std::vector<Sources> all;
  for (const Subgraph& subgraph : model.subgraphs) {
    Sources& sources = all.emplace_back();
    for (const Tensor& tensor : subgraph.tensors) sources.push_back(tensor.source);
  }
  return all;
}

void forget(Model& model) {
  for (Subgraph& subgraph : model.subgraphs) {
    for (Tensor& tensor : subgraph.tensors) tensor.source.reset();
  }
}

TEST(Sources, ComeBackAsTheyWereStored) {
  const std::vector<Sources> sources = {
      {SourceValue{0, 0}, {}, {}, SourceValue{0, 7}, SourceValue{0, 3}, {}}, {}, {{}, {}}, {SourceValue{2, 100'000}, SourceValue{2, 5}}};
  Model model = model_with(sources);
  store_sources(model);
  forget(model);
  ASSERT_TRUE(restore_sources(model).ok());
  EXPECT_EQ(sources_of(model), sources);
}

TEST(Sources, TakeAboutAByteATensor) {
  Sources sources;
  for (int i = 0; i < 1000; ++i) {
    sources.push_back(SourceValue{0, i});
    if (i % 3 == 0) sources.insert(sources.end(), 4, std::nullopt);
  }
  Model model = model_with({sources});
  store_sources(model);
  EXPECT_LT(model.metadata.at(0).bytes.bytes(), sources.size());
}

TEST(Sources, AreStoredOnce) {
  Model model = model_with({{SourceValue{0, 1}}});
  store_sources(model);
  model.subgraphs[0].tensors[0].source = SourceValue{0, 2};
  store_sources(model);
  ASSERT_EQ(model.metadata.size(), 1u);
  ASSERT_TRUE(restore_sources(model).ok());
  EXPECT_EQ(sources_of(model), (std::vector<Sources>{{SourceValue{0, 2}}}));
}

TEST(Sources, OfAFileWithoutTheEntryAreNone) {
  Model model = model_with({{{}, {}}});
  EXPECT_TRUE(restore_sources(model).ok());
  EXPECT_EQ(sources_of(model), (std::vector<Sources>{{{}, {}}}));
}

TEST(Sources, ThatDoNotFitAreRejectedWhole) {
  Model model = model_with({{SourceValue{0, 1}, {}, SourceValue{0, 4}}, {SourceValue{1, 0}}});
  store_sources(model);
  const std::vector<std::byte> good = *read_all(model.metadata[0].bytes);
  for (size_t length = 0; length < good.size(); ++length) {  // cut short anywhere
    forget(model);
    model.metadata[0].bytes = array_of(DType::kUInt8, {static_cast<int64_t>(length)}, {good.begin(), good.begin() + length});
    const Result<void> restored = restore_sources(model);
    ASSERT_FALSE(restored.ok()) << length;
    EXPECT_EQ(restored.error().code, Code::kBadModel);
    EXPECT_EQ(sources_of(model), (std::vector<Sources>{{{}, {}, {}}, {{}}}));
  }
  for (size_t at = 0; at < good.size(); ++at) {  // any byte changed: read or rejected, never out of bounds
    std::vector<std::byte> changed = good;
    changed[at] ^= std::byte{0xff};
    model.metadata[0].bytes = array_of(DType::kUInt8, {static_cast<int64_t>(changed.size())}, std::move(changed));
    (void)restore_sources(model);
  }
}

}  // namespace
}  // namespace kelt::litert
