#include "base/disjoint_sets.h"

#include <gtest/gtest.h>

namespace kelt {
namespace {

TEST(DisjointSets, AreJoinedIntoThatOfTheSmallestNumber) {
  DisjointSets sets;
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(sets.add(), i);
  sets.join(4, 2);
  sets.join(5, 4);
  sets.join(3, 1);
  sets.join(1, 3);
  for (const size_t member : {2, 4, 5}) EXPECT_EQ(sets.root(member), 2U);
  for (const size_t member : {1, 3}) EXPECT_EQ(sets.root(member), 1U);
  EXPECT_EQ(sets.root(0), 0U);
  sets.join(5, 3);
  for (const size_t member : {1, 2, 3, 4, 5}) EXPECT_EQ(sets.root(member), 1U);
}

}  // namespace
}  // namespace kelt
