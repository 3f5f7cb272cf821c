// Seeds: testdata/modules
// Seeds: testdata/fuzz/parse
//
// Any text: parsed or rejected; what parsed prints to a text that parses to the same, and verifies or is rejected.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "graph/parse.h"
#include "graph/print.h"
#include "graph/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kelt;
  const auto module = graph::parse({reinterpret_cast<const char*>(data), size});
  if (!module.ok()) return 0;
  (void)graph::verify(*module);
  for (const graph::Weight& weight : module->weights) {
    if (weight.array.bytes() > (size_t{1} << 20)) return 0;
  }
  const std::string text = graph::print(*module);
  if (text.find(" = file(") != std::string::npos) return 0;  // needs a directory: store_test covers it
  const auto again = graph::parse(text);
  if (!again.ok() || again->functions != module->functions || graph::print(*again) != text) std::abort();
  return 0;
}
