#include "optimize/min_cut.h"

#include <gtest/gtest.h>

namespace kelt::optimize {
namespace {

TEST(MinCut, TakesTheCheapestEdges) {
  MinCut cut;
  const int a = cut.add_node();
  const int b = cut.add_node();
  cut.add_edge(MinCut::kSource, a, 5);
  cut.add_edge(a, b, 2);
  cut.add_edge(b, MinCut::kSink, 3);
  EXPECT_EQ(cut.solve(), (std::vector<bool>{true, false, true, false}));
}

TEST(MinCut, UndoesAFlowThatStoodInTheWay) {
  // What flows first takes a → c, which is the only way on from b.
  MinCut cut;
  const int a = cut.add_node();
  const int b = cut.add_node();
  const int c = cut.add_node();
  const int d = cut.add_node();
  cut.add_edge(MinCut::kSource, a, 1);
  cut.add_edge(MinCut::kSource, b, 1);
  cut.add_edge(a, c, 1);
  cut.add_edge(a, d, 1);
  cut.add_edge(b, c, 1);
  cut.add_edge(c, MinCut::kSink, 1);
  cut.add_edge(d, MinCut::kSink, 1);
  EXPECT_EQ(cut.solve(), (std::vector<bool>{true, false, false, false, false, false}));
}

TEST(MinCut, HasTheFewestNodesWithTheSourceWhereWaysCostTheSame) {
  MinCut cut;
  const int a = cut.add_node();
  cut.add_edge(MinCut::kSource, a, 1);
  cut.add_edge(a, MinCut::kSink, 1);
  EXPECT_EQ(cut.solve(), (std::vector<bool>{true, false, false}));
}

}  // namespace
}  // namespace kelt::optimize
