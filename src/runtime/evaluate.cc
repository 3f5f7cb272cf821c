#include "runtime/evaluate.h"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace kelt::runtime {

Result<std::vector<Array>> evaluate(const Runtime& runtime, std::span<const std::byte> file, std::span<const Array> inputs) {
  // One run does not pay for a delegate.
  KELT_ASSIGN_OR_RETURN(CompiledModel model, runtime.open(file, {.kernels = Kernels::kBuiltin}));
  KELT_ASSIGN_OR_RETURN(const SignatureInfo* signature, model.signature({}));
  if (inputs.size() != signature->inputs.size()) {
    return Error{.code = Code::kInvalidArgument,
                 .what = "the file takes " + std::to_string(signature->inputs.size()) + " inputs, not " + std::to_string(inputs.size())};
  }
  std::vector<std::vector<std::byte>> kept;
  std::vector<Input> given;
  for (size_t i = 0; i < inputs.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, read_all(inputs[i]));
    kept.push_back(std::move(bytes));
    given.push_back({.name = signature->inputs[i].name, .dtype = inputs[i].dtype, .shape = inputs[i].shape, .bytes = kept.back()});
  }
  KELT_ASSIGN_OR_RETURN(std::vector<Output> outputs, model.run(signature->key, given));
  std::vector<Array> results;
  for (Output& output : outputs) {
    const auto bytes = std::make_shared<const HostMemory>(std::move(output.bytes));
    results.push_back(borrow(output.dtype, std::move(output.shape), *bytes, bytes));
  }
  return results;
}

Evaluate evaluator(std::string library) {
  struct Shared {
    std::mutex mutex;
    std::optional<Runtime> runtime;
  };
  return [library = std::move(library), shared = std::make_shared<Shared>()](std::span<const std::byte> file,
                                                                             std::span<const Array> inputs) -> Result<std::vector<Array>> {
    {
      const std::lock_guard lock(shared->mutex);
      if (!shared->runtime) {
        KELT_ASSIGN_OR_RETURN(Runtime runtime, Runtime::load(library));
        shared->runtime = std::move(runtime);
      }
    }
    return evaluate(*shared->runtime, file, inputs);
  };
}

}  // namespace kelt::runtime
