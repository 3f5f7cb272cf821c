// optimize/testing.h — passes as the tests call them: without options.

#pragma once

#include "litert/testing.h"
#include "optimize/pass.h"

namespace kelt::optimize {

inline void expect_rewrite(Pass pass, std::string_view before, std::string_view after) {
  litert::expect_rewrite([pass](litert::Model& model) { return pass(model, {}); }, before, after);
}

inline void expect_unchanged(Pass pass, std::string_view text) {
  litert::expect_unchanged([pass](litert::Model& model) { return pass(model, {}); }, text);
}

}  // namespace kelt::optimize
