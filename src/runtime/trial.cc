#include "runtime/trial.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "weights/convert.h"

namespace kelt::runtime {
namespace {

Result<Shape> sizes_of(const TensorInfo& input, const TrialOptions& options) {
  const auto wanted = options.sizes.find(input.name);
  if (wanted != options.sizes.end()) return wanted->second;
  Shape shape = input.shape;
  std::ranges::replace_if(shape, [](int64_t dim) { return dim < 0; }, 1);
  return shape;
}

size_t count_of(const Shape& shape) {
  size_t count = 1;
  for (const int64_t dim : shape) count *= static_cast<size_t>(std::max<int64_t>(dim, 0));
  return count;
}

// Only names that the signature has, so that a slip of the pen is not silently a random input.
Result<void> check_names(const SignatureInfo& signature, const TrialOptions& options, std::span<const Input> given) {
  std::string known;
  for (const TensorInfo& input : signature.inputs) known += (known.empty() ? "" : ", ") + input.name;
  const auto check = [&](std::string_view name) -> Result<void> {
    if (std::ranges::find(signature.inputs, name, &TensorInfo::name) != signature.inputs.end()) return {};
    return Error{.code = Code::kNotFound,
                 .what = "the signature " + signature.key + " has no input " + std::string(name),
                 .remedy = "Its inputs: " + known};
  };
  for (const auto& [name, shape] : options.sizes) KELT_RETURN_IF_ERROR(check(name));
  for (const Input& input : given) KELT_RETURN_IF_ERROR(check(input.name));
  return {};
}

Result<std::vector<Tried>> choose_inputs(const SignatureInfo& signature, const TrialOptions& options, std::span<const Input> given) {
  KELT_RETURN_IF_ERROR(check_names(signature, options, given));
  std::vector<Tried> inputs;
  for (const TensorInfo& wanted : signature.inputs) {
    const auto found = std::ranges::find(given, std::string_view(wanted.name), &Input::name);
    if (found != given.end()) {
      inputs.push_back({wanted.name, found->dtype, found->shape, {found->bytes.begin(), found->bytes.end()}, false});
      continue;
    }
    KELT_ASSIGN_OR_RETURN(const Shape shape, sizes_of(wanted, options));
    inputs.push_back({wanted.name, wanted.dtype, shape, random_bytes(wanted.dtype, count_of(shape), options.seed + inputs.size()), true});
  }
  return inputs;
}

std::vector<Input> borrow_all(const std::vector<Tried>& inputs) {
  std::vector<Input> views;
  for (const Tried& input : inputs) views.push_back({input.name, input.dtype, input.shape, input.bytes});
  return views;
}

Result<std::vector<double>> time_runs(CompiledModel& model, const Trial& trial, const TrialOptions& options) {
  KELT_RETURN_IF_ERROR(model.set_inputs(trial.signature, borrow_all(trial.inputs)));
  for (int i = 0; i < options.warm_up; ++i) KELT_RETURN_IF_ERROR(model.invoke(trial.signature));
  std::vector<double> seconds;
  for (int i = 0; i < options.runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    KELT_RETURN_IF_ERROR(model.invoke(trial.signature));
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return seconds;
}

// Profiling slows a run down, so it gets a model of its own.
Result<Delegation> find_delegation(const Runtime& runtime, const std::string& file, const Trial& trial, OpenOptions options) {
  options.profile = true;
  KELT_ASSIGN_OR_RETURN(CompiledModel model, runtime.open(file, options));
  KELT_RETURN_IF_ERROR(model.set_inputs(trial.signature, borrow_all(trial.inputs)));
  KELT_ASSIGN_OR_RETURN(const std::vector<Event> events, model.profile(trial.signature));
  return delegation(events);
}

}  // namespace

std::vector<std::byte> random_bytes(DType dtype, size_t count, uint64_t seed) {
  std::mt19937_64 generator(seed);  // its numbers are fixed by the standard, those of distributions are not
  const size_t bytes = byte_size(dtype, count);
  if (dtype == DType::kInt8 || dtype == DType::kUInt8 || dtype == DType::kInt4) {
    std::vector<std::byte> values(bytes);
    for (std::byte& value : values) value = static_cast<std::byte>(generator() >> 56);
    return values;
  }
  std::vector<double> values(dtype == DType::kComplex64 ? count * 2 : count);
  const bool whole = is_integer(dtype);
  for (double& value : values) {
    const double unit = static_cast<double>(generator() >> 11) * 0x1p-53;
    value = dtype == DType::kBool ? (unit < 0.5 ? 0 : 1) : whole ? static_cast<double>(static_cast<int>(unit * 10)) : unit * 2 - 1;
  }
  std::vector<std::byte> converted(bytes);
  const DType to = dtype == DType::kComplex64 ? DType::kFloat32 : dtype;
  convert(DType::kFloat64, reinterpret_cast<const std::byte*>(values.data()), to, converted.data(), values.size());
  return converted;
}

Result<Trial> try_out(const Runtime& runtime, const std::string& file, const TrialOptions& options, std::span<const Input> given) {
  KELT_ASSIGN_OR_RETURN(CompiledModel model, runtime.open(file, options.open));
  KELT_ASSIGN_OR_RETURN(const SignatureInfo* signature, model.signature(options.signature));
  Trial trial{.signature = signature->key};
  KELT_ASSIGN_OR_RETURN(trial.inputs, choose_inputs(*signature, options, given));
  if (options.check) {
    std::map<std::string, Shape> shapes;
    for (const Tried& input : trial.inputs) shapes[input.name] = input.shape;
    KELT_RETURN_IF_ERROR(options.check(trial.signature, shapes));
  }
  KELT_ASSIGN_OR_RETURN(trial.outputs, model.run(trial.signature, borrow_all(trial.inputs)));
  KELT_ASSIGN_OR_RETURN(trial.seconds, time_runs(model, trial, options));
  KELT_ASSIGN_OR_RETURN(trial.delegation, find_delegation(runtime, file, trial, options.open));
  return trial;
}

}  // namespace kelt::runtime
