// runtime/testing.h — for tests: the runtime of the environment, and tensors from lists.

#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/library.h"
#include "runtime/runtime.h"

namespace kelt::runtime {

inline Runtime runtime_for_tests() {
  const Result<std::string> path = find_library();
  EXPECT_TRUE(path.ok()) << path.error().to_string();
  Result<Runtime> runtime = Runtime::load(*path);
  EXPECT_TRUE(runtime.ok()) << runtime.error().to_string();
  return *std::move(runtime);
}

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

template <typename T>
std::vector<T> values_of(const Output& output) {
  std::vector<T> values(output.bytes.size() / sizeof(T));
  std::memcpy(values.data(), output.bytes.data(), output.bytes.size());
  return values;
}

inline std::string test_file(const std::string& name) { return std::string(KELT_SOURCE_DIR) + "/testdata/runtime/" + name + ".tflite"; }

}  // namespace kelt::runtime
