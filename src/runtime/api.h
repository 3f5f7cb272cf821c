// runtime/api.h — the part of the LiteRT C API that kelt calls, as it lies in libLiteRt.so.
//
// No package carries the headers of the newest runtime, so the few types that cross the boundary are declared here; their
// sizes are checked, and every function is looked up by name when the library is loaded.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

namespace kelt::runtime {

namespace c {

// Opaque handles.
struct Environment;
struct Model;
struct Options;
struct OpaqueOptions;
struct CompiledModel;
struct Signature;
struct Tensor;
struct TensorBuffer;
struct Profiler;

using Status = int;  // 0 is success
using Index = size_t;

inline constexpr int kAcceleratorCpu = 1;
inline constexpr int kMaxRank = 8;

struct Layout {
  unsigned rank : 7;
  unsigned has_strides : 1;
  int32_t dims[kMaxRank];
  uint32_t strides[kMaxRank];
};
static_assert(sizeof(Layout) == 68);

struct RankedType {
  int element_type;
  Layout layout;
};
static_assert(sizeof(RankedType) == 72);

struct Quantization {
  float scale;
  int64_t zero_point;
};
inline constexpr int kQuantizationPerTensor = 1;

struct EnvironmentOption {
  int tag;
  struct {
    int type;
    int64_t value;
  } any;
};
static_assert(sizeof(EnvironmentOption) == 24);
inline constexpr int kMinLoggerSeverity = 25;  // tag
inline constexpr int kAnyInt = 2;              // type
inline constexpr int64_t kSilent = 4;          // value

struct MemoryUsage {
  size_t total, in_use, footprint;
};
struct ProfilerEvent {
  const char* tag;
  int type;
  uint64_t start_us;
  uint64_t elapsed_us;
  MemoryUsage begin, end;
  uint64_t metadata1;  // of an operator: its index in the subgraph's execution
  uint64_t metadata2;  // of an operator: the subgraph's index
  int source;
};

}  // namespace c

// The functions, and the library they live in.
struct Api {
  c::Status (*create_environment)(int, const c::EnvironmentOption*, c::Environment**) = nullptr;
  void (*destroy_environment)(c::Environment*) = nullptr;
  c::Status (*create_model_from_file)(c::Environment*, const char*, c::Model**) = nullptr;
  c::Status (*create_model_from_buffer)(c::Environment*, const void*, size_t, c::Model**) = nullptr;
  void (*destroy_model)(c::Model*) = nullptr;
  c::Status (*create_options)(c::Options**) = nullptr;
  void (*destroy_options)(c::Options*) = nullptr;
  c::Status (*set_accelerators)(c::Options*, int) = nullptr;
  c::Status (*create_opaque_options)(const char*, void*, void (*)(void*), c::OpaqueOptions**) = nullptr;
  c::Status (*add_opaque_options)(c::Options*, c::OpaqueOptions*) = nullptr;
  c::Status (*create_compiled_model)(c::Environment*, c::Model*, c::Options*, c::CompiledModel**) = nullptr;
  void (*destroy_compiled_model)(c::CompiledModel*) = nullptr;

  c::Status (*signature_count)(c::Model*, c::Index*) = nullptr;
  c::Status (*signature)(c::Model*, c::Index, c::Signature**) = nullptr;
  c::Status (*signature_key)(c::Signature*, const char**) = nullptr;
  c::Status (*input_count)(c::Signature*, c::Index*) = nullptr;
  c::Status (*output_count)(c::Signature*, c::Index*) = nullptr;
  c::Status (*input_name)(c::Signature*, c::Index, const char**) = nullptr;
  c::Status (*output_name)(c::Signature*, c::Index, const char**) = nullptr;
  c::Status (*input_tensor)(c::Signature*, c::Index, c::Tensor**) = nullptr;
  c::Status (*output_tensor)(c::Signature*, c::Index, c::Tensor**) = nullptr;
  c::Status (*ranked_type)(c::Tensor*, c::RankedType*) = nullptr;
  c::Status (*quantization_type)(c::Tensor*, int*) = nullptr;
  c::Status (*per_tensor_quantization)(c::Tensor*, c::Quantization*) = nullptr;

  c::Status (*input_layout)(c::CompiledModel*, c::Index, c::Index, c::Layout*) = nullptr;
  c::Status (*output_layouts)(c::CompiledModel*, c::Index, size_t, c::Layout*, bool) = nullptr;
  c::Status (*resize_input)(c::CompiledModel*, c::Index, c::Index, const int*, size_t) = nullptr;
  c::Status (*resize_input_any)(c::CompiledModel*, c::Index, c::Index, const int*, size_t) = nullptr;
  c::Status (*run)(c::CompiledModel*, c::Index, size_t, c::TensorBuffer**, size_t, c::TensorBuffer**) = nullptr;
  c::Status (*fully_accelerated)(c::CompiledModel*, bool*) = nullptr;
  c::Status (*error_messages)(c::CompiledModel*, char**) = nullptr;
  c::Status (*clear_errors)(c::CompiledModel*) = nullptr;

  c::Status (*bind_host_memory)(const c::RankedType*, void*, size_t, void (*)(void*), c::TensorBuffer**) = nullptr;
  void (*destroy_buffer)(c::TensorBuffer*) = nullptr;

  c::Status (*profiler)(c::CompiledModel*, c::Profiler**) = nullptr;
  c::Status (*start_profiler)(c::Profiler*) = nullptr;
  c::Status (*stop_profiler)(c::Profiler*) = nullptr;
  c::Status (*event_count)(c::Profiler*, int*) = nullptr;
  c::Status (*events)(c::Profiler*, int, c::ProfilerEvent*) = nullptr;
};

// Loads the library and looks every function up.
[[nodiscard]] Result<Api> load_api(const std::string& path);

// The owner of a handle.
template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

// "could not be compiled (LiteRT status 504)" as an error of the runtime.
[[nodiscard]] Error runtime_error(std::string what, c::Status status);

}  // namespace kelt::runtime
