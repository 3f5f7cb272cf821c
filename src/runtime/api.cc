#include "runtime/api.h"

#include <dlfcn.h>

namespace kelt::runtime {
namespace {

constexpr const char* kInstall = "Install the LiteRT runtime: pip install ai-edge-litert";

// Looks functions up and remembers the first that is missing.
struct Binder {
  void* library;
  std::string missing = {};

  template <typename Function>
  void bind(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(dlsym(library, name));
    if (function == nullptr && missing.empty()) missing = name;
  }
};

void bind_models(Binder& to, Api& api) {
  to.bind("LiteRtCreateEnvironment", api.create_environment);
  to.bind("LiteRtDestroyEnvironment", api.destroy_environment);
  to.bind("LiteRtCreateModelFromFile", api.create_model_from_file);
  to.bind("LiteRtCreateModelFromBuffer", api.create_model_from_buffer);
  to.bind("LiteRtDestroyModel", api.destroy_model);
  to.bind("LiteRtCreateOptions", api.create_options);
  to.bind("LiteRtDestroyOptions", api.destroy_options);
  to.bind("LiteRtSetOptionsHardwareAccelerators", api.set_accelerators);
  to.bind("LiteRtCreateOpaqueOptions", api.create_opaque_options);
  to.bind("LiteRtAddOpaqueOptions", api.add_opaque_options);
  to.bind("LiteRtCreateCompiledModel", api.create_compiled_model);
  to.bind("LiteRtDestroyCompiledModel", api.destroy_compiled_model);
}

void bind_signatures(Binder& to, Api& api) {
  to.bind("LiteRtGetNumModelSignatures", api.signature_count);
  to.bind("LiteRtGetModelSignature", api.signature);
  to.bind("LiteRtGetSignatureKey", api.signature_key);
  to.bind("LiteRtGetNumSignatureInputs", api.input_count);
  to.bind("LiteRtGetNumSignatureOutputs", api.output_count);
  to.bind("LiteRtGetSignatureInputName", api.input_name);
  to.bind("LiteRtGetSignatureOutputName", api.output_name);
  to.bind("LiteRtGetSignatureInputTensorByIndex", api.input_tensor);
  to.bind("LiteRtGetSignatureOutputTensorByIndex", api.output_tensor);
  to.bind("LiteRtGetRankedTensorType", api.ranked_type);
  to.bind("LiteRtGetQuantizationTypeId", api.quantization_type);
  to.bind("LiteRtGetPerTensorQuantization", api.per_tensor_quantization);
}

void bind_runs(Binder& to, Api& api) {
  to.bind("LiteRtGetCompiledModelInputTensorLayout", api.input_layout);
  to.bind("LiteRtGetCompiledModelOutputTensorLayouts", api.output_layouts);
  to.bind("LiteRtCompiledModelResizeInputTensor", api.resize_input);
  to.bind("LiteRtCompiledModelResizeInputTensorNonStrict", api.resize_input_any);
  to.bind("LiteRtRunCompiledModel", api.run);
  to.bind("LiteRtCompiledModelIsFullyAccelerated", api.fully_accelerated);
  to.bind("LiteRtCompiledModelGetErrorMessages", api.error_messages);
  to.bind("LiteRtCompiledModelClearErrors", api.clear_errors);
  to.bind("LiteRtCreateTensorBufferFromHostMemory", api.bind_host_memory);
  to.bind("LiteRtDestroyTensorBuffer", api.destroy_buffer);
}

void bind_profiler(Binder& to, Api& api) {
  to.bind("LiteRtCompiledModelGetProfiler", api.profiler);
  to.bind("LiteRtStartProfiler", api.start_profiler);
  to.bind("LiteRtStopProfiler", api.stop_profiler);
  to.bind("LiteRtGetNumProfilerEvents", api.event_count);
  to.bind("LiteRtGetProfilerEvents", api.events);
}

}  // namespace

Result<Api> load_api(const std::string& path) {
  // Never closed: the library keeps threads and registries for the life of the process.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return Error{.code = Code::kNoRuntime,
                 .what = "the LiteRT runtime could not be loaded: " + std::string(reason != nullptr ? reason : path),
                 .remedy = kInstall};
  }
  Api api;
  Binder binder{library};
  bind_models(binder, api);
  bind_signatures(binder, api);
  bind_runs(binder, api);
  bind_profiler(binder, api);
  if (!binder.missing.empty()) {
    return Error{.code = Code::kNoRuntime,
                 .what = path + " is not a LiteRT runtime that kelt knows: it has no " + binder.missing,
                 .remedy = "Install version 2.3 or newer: pip install -U ai-edge-litert"};
  }
  return api;
}

Error runtime_error(std::string what, c::Status status) {
  return Error{.code = Code::kRuntime, .what = std::move(what) + " (LiteRT status " + std::to_string(status) + ")"};
}

}  // namespace kelt::runtime
