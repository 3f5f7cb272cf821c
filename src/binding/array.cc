#include "binding/array.h"

#include <memory>
#include <utility>

#include "binding/error.h"

namespace nb = nanobind;

namespace kelt::binding {

DType read_dtype(const std::string& text) {
  const std::optional<DType> dtype = parse_dtype(text);
  if (!dtype) raise({.code = Code::kInvalidArgument, .what = "there is no dtype " + text});
  return *dtype;
}

std::span<const std::byte> bytes_of(const GivenArray& array) {
  const Bytes& bytes = std::get<Bytes>(array);
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

std::vector<runtime::Input> read_inputs(const std::map<std::string, GivenArray>& given) {
  std::vector<runtime::Input> inputs;
  for (const auto& [name, array] : given) {
    inputs.push_back(
        {.name = name, .dtype = read_dtype(std::get<std::string>(array)), .shape = std::get<Shape>(array), .bytes = bytes_of(array)});
  }
  return inputs;
}

std::vector<runtime::Target> read_targets(const std::map<std::string, GivenTarget>& given) {
  std::vector<runtime::Target> targets;
  for (const auto& [name, target] : given) {
    const auto& bytes = std::get<WritableBytes>(target);
    targets.push_back({.name = name,
                       .dtype = read_dtype(std::get<std::string>(target)),
                       .bytes = std::as_writable_bytes(std::span(bytes.data(), bytes.size()))});
  }
  return targets;
}

nb::dict to_python(std::vector<runtime::Output> outputs) {
  nb::dict all;
  for (runtime::Output& output : outputs) {
    nb::object bytes = nb::none();
    if (output.bytes.data() != nullptr) {
      auto memory = std::make_unique<runtime::HostMemory>(std::move(output.bytes));
      auto* start = reinterpret_cast<uint8_t*>(memory->data());
      const size_t size = memory->size();
      const nb::capsule owner(memory.release(), [](void* held) noexcept { delete static_cast<runtime::HostMemory*>(held); });
      bytes = nb::cast(nb::ndarray<nb::numpy, uint8_t, nb::ndim<1>>(start, {size}, owner));
    }
    all[output.name.c_str()] = nb::make_tuple(std::string(name(output.dtype)), output.shape, bytes);
  }
  return all;
}

}  // namespace kelt::binding
