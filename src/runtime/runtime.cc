#include "runtime/runtime.h"

#include <array>
#include <mutex>

#include "runtime/library.h"
#include "runtime/state.h"
#include "runtime/stderr_capture.h"

namespace kelt::runtime {
namespace {

// The identifiers under which the runtime looks for options in its opaque list; the payload is TOML.
constexpr const char* kCpuOptions = "xnnpack";
constexpr const char* kRuntimeOptions = "runtime_options_string";

// A file of one RELU: what is compiled first in a process.
alignas(16) constexpr std::array<unsigned char, 248> kSmallestFile = {
    24,  0, 0,  0, 84, 70, 76, 51, 0,  0, 14, 0, 20, 0, 16, 0, 12, 0, 8, 0, 0,  0, 4, 0, 14, 0, 0, 0, 16, 0, 0, 0,  28,  0,   0,   0,
    180, 0, 0,  0, 3,  0,  0,  0,  1,  0, 0,  0, 8,  0, 0,  0, 4,  0, 4, 0, 4,  0, 0, 0, 1,  0, 0, 0, 16, 0, 0, 0,  12,  0,   20,  0,
    16,  0, 12, 0, 8,  0,  4,  0,  12, 0, 0,  0, 16, 0, 0,  0, 60, 0, 0, 0, 64, 0, 0, 0, 68, 0, 0, 0, 1,  0, 0, 0,  16,  0,   0,   0,
    0,   0, 10, 0, 12, 0,  0,  0,  8,  0, 4,  0, 10, 0, 0,  0, 8,  0, 0, 0, 12, 0, 0, 0, 1,  0, 0, 0, 1,  0, 0, 0,  1,   0,   0,   0,
    0,   0, 0,  0, 1,  0,  0,  0,  1,  0, 0,  0, 1,  0, 0,  0, 0,  0, 0, 0, 2,  0, 0, 0, 32, 0, 0, 0, 4,  0, 0, 0,  238, 255, 255, 255,
    4,   0, 0,  0, 1,  0,  0,  0,  1,  0, 0,  0, 0,  0, 6,  0, 8,  0, 4, 0, 6,  0, 0, 0, 4,  0, 0, 0, 1,  0, 0, 0,  1,   0,   0,   0,
    1,   0, 0,  0, 16, 0,  0,  0,  12, 0, 12, 0, 11, 0, 0,  0, 0,  0, 4, 0, 12, 0, 0, 0, 19, 0, 0, 0, 0,  0, 0, 19,
};

std::string_view kernel_mode(Kernels kernels) {
  switch (kernels) {
    case Kernels::kDelegate: return "delegate";
    case Kernels::kBuiltin: return "builtin";
    case Kernels::kReference: return "reference";
  }
  return "delegate";
}

// A TOML literal string holds anything but a quote and control characters.
bool fits_toml_literal(std::string_view text) {
  for (const char c : text) {
    if (c == '\'' || static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

Result<void> add_options(const Api& api, c::Options* options, const char* identifier, const std::string& toml) {
  char* payload = strdup(toml.c_str());
  c::OpaqueOptions* opaque = nullptr;
  if (const c::Status status = api.create_opaque_options(identifier, payload, std::free, &opaque); status != 0) {
    std::free(payload);
    return runtime_error("options could not be made", status);
  }
  if (const c::Status status = api.add_opaque_options(options, opaque); status != 0) {
    return runtime_error("options could not be set", status);
  }
  return {};
}

// Where the runtime's messages about a model go.
enum class ErrorReports { kPrinted = 0, kCollected = 2 };

Result<Handle<c::Options>> make_options(const Api& api, const OpenOptions& options, ErrorReports reports) {
  if (!fits_toml_literal(options.weight_cache)) {
    return Error{.code = Code::kInvalidArgument, .what = "the path of the weight cache holds a quote or a control character"};
  }
  c::Options* made = nullptr;
  if (const c::Status status = api.create_options(&made); status != 0) return runtime_error("options could not be made", status);
  Handle<c::Options> handle(made, api.destroy_options);
  if (const c::Status status = api.set_accelerators(made, c::kAcceleratorCpu); status != 0) {
    return runtime_error("the CPU could not be chosen", status);
  }
  std::string runtime_options = "error_reporter_mode = " + std::to_string(static_cast<int>(reports)) + "\n";
  if (options.profile) runtime_options += "enable_profiling = true\n";
  std::string cpu_options = "num_threads = " + std::to_string(options.threads) + "\n";
  cpu_options += "kernel_mode = \"" + std::string(kernel_mode(options.kernels)) + "\"\n";
  if (!options.weight_cache.empty()) cpu_options += "weight_cache_file_path = '" + options.weight_cache + "'\n";
  KELT_RETURN_IF_ERROR(add_options(api, made, kRuntimeOptions, runtime_options));
  KELT_RETURN_IF_ERROR(add_options(api, made, kCpuOptions, cpu_options));
  return handle;
}

// The model's handle from `create`, or why there is none.
template <typename Create>
Result<Handle<c::Model>> read_model(const Api& api, const std::string& name, Create create) {
  c::Model* model = nullptr;
  c::Status status = 0;
  const std::string said = capture_stderr([&] { status = create(&model); });
  if (status == 0) return Handle<c::Model>(model, api.destroy_model);
  Error error = runtime_error("the LiteRT runtime can't read " + name, status);
  if (!said.empty()) error.notes.push_back("the runtime says: " + said);
  return error;
}

Result<Handle<c::CompiledModel>> try_to_compile(const Api& api, c::Environment* environment, c::Model* model, const OpenOptions& options,
                                                ErrorReports reports) {
  KELT_ASSIGN_OR_RETURN(const Handle<c::Options> made, make_options(api, options, reports));
  c::CompiledModel* compiled = nullptr;
  if (const c::Status status = api.create_compiled_model(environment, model, made.get(), &compiled); status != 0) {
    return runtime_error("the LiteRT runtime rejects the file", status);
  }
  return Handle<c::CompiledModel>(compiled, api.destroy_compiled_model);
}

Result<Handle<c::CompiledModel>> compile_model(const Api& api, c::Environment* environment, c::Model* model, const OpenOptions& options) {
  auto compiled = try_to_compile(api, environment, model, options, ErrorReports::kCollected);
  if (compiled.ok()) return compiled;
  // What was collected is lost with the model: once more, to hear it.
  const std::string said = capture_stderr([&] { (void)try_to_compile(api, environment, model, options, ErrorReports::kPrinted); });
  Error error = std::move(compiled).error();
  if (!said.empty()) error.notes.push_back("the runtime says: " + said);
  return error;
}

// The runtime announces its delegate when the first model of a process is compiled. Let that be one that takes no time.
void compile_smallest_file(const Api& api, c::Environment* environment) {
  static std::once_flag done;
  std::call_once(done, [&] {
    (void)capture_stderr([&] {
      c::Model* model = nullptr;
      if (api.create_model_from_buffer(environment, kSmallestFile.data(), kSmallestFile.size(), &model) != 0) return;
      const Handle<c::Model> owned(model, api.destroy_model);
      (void)try_to_compile(api, environment, model, {}, ErrorReports::kCollected);
    });
  });
}

}  // namespace

Runtime::Runtime(std::shared_ptr<const Library> library) : library_(std::move(library)) {}

Result<Runtime> Runtime::load(const std::string& path) {
  KELT_ASSIGN_OR_RETURN(const std::string library, path.empty() ? find_library() : path);
  KELT_ASSIGN_OR_RETURN(const Api api, load_api(library));
  const c::EnvironmentOption quiet{.tag = c::kMinLoggerSeverity, .any = {.type = c::kAnyInt, .value = c::kSilent}};
  c::Environment* environment = nullptr;
  if (const c::Status status = api.create_environment(1, &quiet, &environment); status != 0) {
    return runtime_error("the runtime's environment could not be made", status);
  }
  compile_smallest_file(api, environment);
  return Runtime(std::make_shared<const Library>(Library{api, Handle<c::Environment>(environment, api.destroy_environment)}));
}

Result<CompiledModel> Runtime::open(const std::string& file, const OpenOptions& options) const {
  const Api& api = library_->api;
  KELT_ASSIGN_OR_RETURN(Handle<c::Model> model, read_model(api, file, [&](c::Model** to) {
                          return api.create_model_from_file(library_->environment.get(), file.c_str(), to);
                        }));
  return compile(nullptr, model.release(), options);
}

Result<CompiledModel> Runtime::open(std::span<const std::byte> bytes, const OpenOptions& options) const {
  KELT_ASSIGN_OR_RETURN(HostMemory memory, HostMemory::copy_of(bytes));
  const auto copy = std::make_shared<HostMemory>(std::move(memory));
  return open_in_place({*copy, copy}, options);
}

Result<CompiledModel> Runtime::open_in_place(OwnedBytes bytes, const OpenOptions& options) const {
  const Api& api = library_->api;
  KELT_ASSIGN_OR_RETURN(Handle<c::Model> model, read_model(api, "the file", [&](c::Model** to) {
                          return api.create_model_from_buffer(library_->environment.get(), bytes.bytes.data(), bytes.bytes.size(), to);
                        }));
  return compile(std::move(bytes.owner), model.release(), options);
}

Result<CompiledModel> Runtime::compile(std::shared_ptr<void> bytes, void* model, const OpenOptions& options) const {
  const Api& api = library_->api;
  Handle<c::Model> owned(static_cast<c::Model*>(model), api.destroy_model);
  KELT_ASSIGN_OR_RETURN(Handle<c::CompiledModel> compiled, compile_model(api, library_->environment.get(), owned.get(), options));
  auto state = std::make_unique<CompiledModel::State>(library_, std::move(bytes), std::move(owned), std::move(compiled), options.profile);
  KELT_RETURN_IF_ERROR(state->read_signatures());
  return CompiledModel(std::move(state));
}

}  // namespace kelt::runtime
