// The public face of a compiled model: names to indices, and checks of what the caller gives.

#include <mutex>

#include "runtime/state.h"

namespace kelt::runtime {
namespace {

// The runtime's Profiler::EventType.
constexpr int kOperatorInvoke = 2;
constexpr int kDelegateOperatorInvoke = 4;
constexpr int kDelegateProfiledOperatorInvoke = 8;

EventKind kind_of(int type, std::string_view tag) {
  if (tag == "Invoke") return EventKind::kSubgraph;
  if (type == kOperatorInvoke) return EventKind::kOperator;
  if (type == kDelegateOperatorInvoke || type == kDelegateProfiledOperatorInvoke) return EventKind::kDelegateOperator;
  return EventKind::kOther;
}

Result<size_t> find_port(const SignatureInfo& signature, const std::vector<TensorInfo>& ports, const std::string& kind,
                         std::string_view name) {
  std::string known;
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].name == name) return i;
    known += (known.empty() ? "" : ", ") + ports[i].name;
  }
  return Error{.code = Code::kNotFound,
               .what = "the signature " + signature.key + " has no " + kind + " " + std::string(name),
               .remedy = "Its " + kind + "s: " + known};
}

Result<void> check_dtype(const TensorInfo& wanted, const std::string& kind, DType given) {
  if (given == wanted.dtype) return {};
  return Error{.code = Code::kInvalidArgument,
               .what = kind + " " + wanted.name + " is " + std::string(name(wanted.dtype)) + ", not " + std::string(name(given))};
}

// One given input for each input of the signature, in its order.
Result<OrderedInputs> in_order(const SignatureInfo& signature, std::span<const Input> inputs) {
  OrderedInputs ordered(signature.inputs.size(), nullptr);
  for (const Input& input : inputs) {
    KELT_ASSIGN_OR_RETURN(const size_t index, find_port(signature, signature.inputs, "input", input.name));
    ordered[index] = &input;
  }
  for (size_t i = 0; i < ordered.size(); ++i) {
    const TensorInfo& wanted = signature.inputs[i];
    const Input* given = ordered[i];
    if (given == nullptr) return Error{.code = Code::kInvalidArgument, .what = "input " + wanted.name + " is not given"};
    KELT_RETURN_IF_ERROR(check_dtype(wanted, "input", given->dtype));
    size_t count = 1;
    for (const int64_t dim : given->shape) count *= static_cast<size_t>(dim);
    if (given->bytes.size() != byte_size(given->dtype, count)) {
      return Error{.code = Code::kInvalidArgument, .what = "input " + wanted.name + " has not the bytes of its shape"};
    }
  }
  return ordered;
}

// A place for each output of the signature, in its order.
Result<OrderedTargets> in_order(const SignatureInfo& signature, std::span<const Target> targets) {
  OrderedTargets ordered(signature.outputs.size(), nullptr);
  for (const Target& target : targets) {
    KELT_ASSIGN_OR_RETURN(const size_t index, find_port(signature, signature.outputs, "output", target.name));
    KELT_RETURN_IF_ERROR(check_dtype(signature.outputs[index], "output", target.dtype));
    ordered[index] = &target;
  }
  return ordered;
}

}  // namespace

CompiledModel::CompiledModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
CompiledModel::CompiledModel(CompiledModel&&) noexcept = default;
CompiledModel& CompiledModel::operator=(CompiledModel&&) noexcept = default;
CompiledModel::~CompiledModel() = default;

std::span<const SignatureInfo> CompiledModel::signatures() const { return state_->signatures; }

Result<const SignatureInfo*> CompiledModel::signature(std::string_view key) const {
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(key));
  return &state_->signatures[index];
}

Result<void> CompiledModel::resize(std::string_view signature, std::string_view input, const Shape& shape, bool any_dim) {
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(signature));
  const SignatureInfo& info = state_->signatures[index];
  KELT_ASSIGN_OR_RETURN(const size_t port, find_port(info, info.inputs, "input", input));
  const std::lock_guard lock(state_->mutex);
  return state_->resize(index, port, shape, any_dim);
}

Result<std::vector<Output>> CompiledModel::run(std::string_view signature, std::span<const Input> inputs, std::span<const Target> targets) {
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(signature));
  KELT_ASSIGN_OR_RETURN(const OrderedInputs from, in_order(state_->signatures[index], inputs));
  KELT_ASSIGN_OR_RETURN(const OrderedTargets to, in_order(state_->signatures[index], targets));
  const std::lock_guard lock(state_->mutex);
  return state_->run(index, from, to);
}

size_t CompiledModel::copies() const {
  const std::lock_guard lock(state_->mutex);
  return state_->copies;
}

Result<void> CompiledModel::set_inputs(std::string_view signature, std::span<const Input> inputs) {
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(signature));
  KELT_ASSIGN_OR_RETURN(const OrderedInputs ordered, in_order(state_->signatures[index], inputs));
  const std::lock_guard lock(state_->mutex);
  return state_->set_inputs(index, ordered);
}

Result<void> CompiledModel::invoke(std::string_view signature) {
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(signature));
  const std::lock_guard lock(state_->mutex);
  return state_->invoke(index);
}

Result<std::vector<Output>> CompiledModel::outputs(std::string_view signature) {
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(signature));
  const std::lock_guard lock(state_->mutex);
  return state_->outputs(index);
}

Result<bool> CompiledModel::fully_delegated() const {
  const std::lock_guard lock(state_->mutex);
  bool all = false;
  if (const c::Status status = state_->api().fully_accelerated(state_->compiled.get(), &all); status != 0) {
    return state_->failure("the runtime does not say what its delegate took", status);
  }
  return all;
}

Result<std::vector<Event>> CompiledModel::profile(std::string_view signature) {
  if (!state_->profiled) return Error{.code = Code::kInvalidArgument, .what = "the file was not opened to be profiled"};
  KELT_ASSIGN_OR_RETURN(const size_t index, state_->index_of(signature));
  const std::lock_guard lock(state_->mutex);
  const Api& api = state_->api();
  c::Profiler* profiler = nullptr;
  if (const c::Status status = api.profiler(state_->compiled.get(), &profiler); status != 0) {
    return state_->failure("there is no profiler", status);
  }
  if (const c::Status status = api.start_profiler(profiler); status != 0) return state_->failure("the profiler does not start", status);
  const Result<void> ran = state_->invoke(index);
  api.stop_profiler(profiler);
  KELT_RETURN_IF_ERROR(ran);

  int count = 0;
  if (const c::Status status = api.event_count(profiler, &count); status != 0) return state_->failure("no profile", status);
  std::vector<c::ProfilerEvent> raw(static_cast<size_t>(count));
  if (const c::Status status = api.events(profiler, count, raw.data()); status != 0) return state_->failure("no profile", status);
  std::vector<Event> events;
  for (const c::ProfilerEvent& event : raw) {
    const std::string tag = event.tag != nullptr ? event.tag : "";
    events.push_back({.kind = kind_of(event.type, tag),
                      .name = tag,
                      .node = static_cast<int64_t>(event.metadata1),
                      .subgraph = static_cast<int64_t>(event.metadata2),
                      .elapsed_us = event.elapsed_us});
  }
  return events;
}

}  // namespace kelt::runtime
