#include "search/choice.h"

#include <gtest/gtest.h>

#include <random>

namespace kelt::search {
namespace {

using Groups = std::vector<std::vector<Option>>;

TEST(Choice, IsTheLeastCostWithinTheLimit) {
  const Groups groups = {{{10, 0}, {4, 1}, {1, 5}}, {{10, 0}, {6, 1}, {2, 3}}};
  EXPECT_EQ(choose(groups, 0), (std::vector<size_t>{0, 0}));
  EXPECT_EQ(choose(groups, 1), (std::vector<size_t>{1, 0}));
  EXPECT_EQ(choose(groups, 4), (std::vector<size_t>{1, 2}));
  EXPECT_EQ(choose(groups, 100), (std::vector<size_t>{2, 2}));
}

TEST(Choice, TakesNothingInfiniteAndNothingBeyondTheLimit) {
  EXPECT_EQ(choose(Groups{{{1, kNever}, {5, 1}}, {{kNever, 0}, {7, 1}}}, 2), (std::vector<size_t>{1, 1}));
  EXPECT_EQ(choose(Groups{{{1, 2}}, {{1, 2}}}, 3), std::nullopt);
  EXPECT_EQ(choose(Groups{{{kNever, 0}}}, 3), std::nullopt);
  EXPECT_EQ(choose(Groups{}, 0), std::vector<size_t>{});
}

TEST(Choice, IsThatOfAllCombinations) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> draw(0, 1);
  for (int round = 0; round < 20; ++round) {
    Groups groups(5);
    for (std::vector<Option>& group : groups) {
      for (int i = 0; i < 4; ++i) group.push_back({draw(random), draw(random)});
    }
    double best = kNever;
    for (int code = 0; code < 1024; ++code) {
      double cost = 0, use = 0;
      for (int g = 0, rest = code; g < 5; ++g, rest /= 4) {
        cost += groups[g][rest % 4].cost;
        use += groups[g][rest % 4].use;
      }
      if (use <= 2.5) best = std::min(best, cost);
    }
    const auto choice = choose(groups, 2.5);
    ASSERT_TRUE(choice.has_value());
    double cost = 0, use = 0;
    for (int g = 0; g < 5; ++g) {
      cost += groups[g][(*choice)[g]].cost;
      use += groups[g][(*choice)[g]].use;
    }
    EXPECT_LE(use, 2.5);
    EXPECT_LE(cost, best + 0.05);
  }
}

}  // namespace
}  // namespace kelt::search
