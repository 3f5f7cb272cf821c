// Any bytes end in a model or in an error. Seeds: testdata/quant_refs.
// Seeds: testdata/fuzz/read
//   build/fuzz/read_fuzz -max_len=65536 corpus testdata/quant_refs/lq testdata/quant_refs/tf

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "litert/read.h"
#include "litert/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kelt;
  // A copy of its own, aligned as a mapped file is, and with nothing behind it.
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::vector<std::byte> file(bytes.begin(), bytes.end());
  const Result<litert::Model> model = litert::read_model(std::span(file));
  if (!model.ok()) return model.error().code == Code::kBadModel ? 0 : (std::abort(), 0);
  (void)litert::to_text(*model);
  return 0;
}
