#include "binding/array.h"

#include "binding/error.h"

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

}  // namespace kelt::binding
