#include "statistics/fingerprint.h"

#include <algorithm>
#include <string_view>

#include "weights/fingerprint.h"

namespace kelt::statistics {
namespace {

// Training changes a weight everywhere; so much of it tells, and a model of any size is told quickly.
constexpr size_t kBytesOfConstant = 4096;

class ModelFingerprint {
 public:
  void add(int64_t number) { fingerprint_.add(std::as_bytes(std::span(&number, 1))); }
  void add(std::string_view text) {
    add(static_cast<int64_t>(text.size()));
    fingerprint_.add(std::as_bytes(std::span(text)));
  }
  void add(std::span<const litert::TensorId> tensors) {
    add(static_cast<int64_t>(tensors.size()));
    for (const litert::TensorId tensor : tensors) add(int64_t{tensor});
  }
  void add(const std::vector<litert::SignaturePort>& ports) {
    for (const litert::SignaturePort& port : ports) {
      add(port.name);
      add(int64_t{port.tensor});
    }
  }

  Result<void> add(const litert::Tensor& tensor) {
    add(tensor.name);
    add(static_cast<int64_t>(tensor.type));
    add(static_cast<int64_t>(tensor.dims.size()));
    for (const Dim& dim : tensor.dims) add(dim.value().value_or(-1));
    if (!tensor.constant) return {};
    const size_t size = tensor.constant->bytes();
    add(static_cast<int64_t>(size));
    std::vector<std::byte> bytes(std::min(size, kBytesOfConstant));
    if (!bytes.empty()) KELT_RETURN_IF_ERROR(tensor.constant->source->read(0, bytes));
    fingerprint_.add(bytes);
    return {};
  }

  [[nodiscard]] uint64_t value() const { return std::max<uint64_t>(fingerprint_.value(), 1); }

 private:
  Fingerprint fingerprint_;
};

}  // namespace

Result<uint64_t> fingerprint_of(const litert::Model& model) {
  ModelFingerprint fingerprint;
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const litert::Tensor& tensor : subgraph.tensors) KELT_RETURN_IF_ERROR(fingerprint.add(tensor));
    fingerprint.add(subgraph.inputs);
    fingerprint.add(subgraph.outputs);
    for (const litert::Operator& op : subgraph.operators) {
      fingerprint.add(static_cast<int64_t>(op.code));
      fingerprint.add(op.inputs);
      fingerprint.add(op.outputs);
    }
  }
  for (const litert::Signature& signature : model.signatures) {
    fingerprint.add(signature.key);
    fingerprint.add(int64_t{signature.subgraph});
    fingerprint.add(signature.inputs);
    fingerprint.add(signature.outputs);
  }
  return fingerprint.value();
}

Result<void> check_model(const Statistics& statistics, const litert::Model& model) {
  KELT_ASSIGN_OR_RETURN(const uint64_t fingerprint, fingerprint_of(model));
  if (statistics.model == fingerprint) return {};
  return Error{.code = Code::kBadStatistics,
               .what = "the statistics are of another model, or of this one before it was trained on",
               .remedy = "Calibrate with the float file that is to be quantized"};
}

}  // namespace kelt::statistics
