#include "litert/sources.h"

#include <algorithm>
#include <span>

namespace kelt::litert {
namespace {

constexpr uint64_t kFormat = 1;

void append(std::vector<std::byte>& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<std::byte>(value | 0x80));
  to.push_back(static_cast<std::byte>(value));
}

uint64_t zigzag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63); }
int64_t unzigzag(uint64_t value) { return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1); }

int function_of(const Subgraph& subgraph) {
  const auto first = std::ranges::find_if(subgraph.tensors, [](const Tensor& tensor) { return tensor.source.has_value(); });
  return first == subgraph.tensors.end() ? 0 : first->source->function;
}

// For a tensor with a value 1 + the zigzag distance; for a run of others 0 and its length.
void append_subgraph(std::vector<std::byte>& to, const Subgraph& subgraph) {
  const int function = function_of(subgraph);
  append(to, static_cast<uint64_t>(function));
  append(to, subgraph.tensors.size());
  int64_t before = -1;
  uint64_t without = 0;
  const auto end_run = [&] {
    if (without == 0) return;
    append(to, 0);
    append(to, without);
    without = 0;
  };
  for (const Tensor& tensor : subgraph.tensors) {
    if (!tensor.source || tensor.source->function != function) {
      ++without;
      continue;
    }
    end_run();
    append(to, 1 + zigzag(tensor.source->value - before));
    before = tensor.source->value;
  }
  end_run();
}

class SourceReader {
 public:
  explicit SourceReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  // Nothing where the bytes end, or the number does not.
  std::optional<uint64_t> number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<uint64_t>(rest_.front());
      rest_ = rest_.subspan(1);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

 private:
  std::span<const std::byte> rest_;
};

bool restore_subgraph(SourceReader& from, Subgraph& subgraph) {
  const std::optional<uint64_t> function = from.number();
  const std::optional<uint64_t> count = from.number();
  if (!function || *function > INT32_MAX || count != subgraph.tensors.size()) return false;
  int64_t before = -1;
  for (size_t i = 0; i < subgraph.tensors.size();) {
    const std::optional<uint64_t> code = from.number();
    if (!code) return false;
    if (*code == 0) {
      const std::optional<uint64_t> without = from.number();
      if (!without || *without == 0 || *without > subgraph.tensors.size() - i) return false;
      i += *without;
      continue;
    }
    const int64_t distance = unzigzag(*code - 1);
    if (distance < -INT32_MAX || distance > INT32_MAX) return false;
    before += distance;
    if (before < 0 || before > INT32_MAX) return false;
    subgraph.tensors[i++].source = SourceValue{static_cast<int>(*function), static_cast<int>(before)};
  }
  return true;
}

}  // namespace

void store_sources(Model& model) {
  std::vector<std::byte> bytes;
  append(bytes, kFormat);
  for (const Subgraph& subgraph : model.subgraphs) append_subgraph(bytes, subgraph);
  std::erase_if(model.metadata, [](const Metadata& metadata) { return metadata.name == kSourcesName; });
  const auto length = static_cast<int64_t>(bytes.size());
  model.metadata.push_back({kSourcesName, array_of(DType::kUInt8, {length}, std::move(bytes))});
}

Result<void> restore_sources(Model& model) {
  const auto entry = std::ranges::find(model.metadata, kSourcesName, &Metadata::name);
  if (entry == model.metadata.end()) return {};
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, read_all(entry->bytes));
  SourceReader reader(bytes);
  const std::optional<uint64_t> format = reader.number();
  bool good = format == kFormat;
  for (size_t i = 0; good && i < model.subgraphs.size(); ++i) good = restore_subgraph(reader, model.subgraphs[i]);
  if (good) return {};
  for (Subgraph& subgraph : model.subgraphs) {
    for (Tensor& tensor : subgraph.tensors) tensor.source.reset();
  }
  return Error{.code = Code::kBadModel, .what = "the metadata " + std::string(kSourcesName) + " does not fit the file"};
}

}  // namespace kelt::litert
