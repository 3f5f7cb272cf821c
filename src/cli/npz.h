// cli/npz.h — the arrays of a file that numpy.savez wrote.

#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "weights/array.h"

namespace kelt::cli {

struct NamedArray {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::vector<std::byte> bytes;
};

// An array that lies elsewhere.
struct ArrayView {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::span<const std::byte> bytes;
};

// In the order of the file; stored or compressed.
[[nodiscard]] Result<std::vector<NamedArray>> read_npz(const std::filesystem::path& path);

// As numpy.savez does. Nothing is left of a file that can't be written whole.
[[nodiscard]] Result<void> write_npz(const std::filesystem::path& path, std::span<const ArrayView> arrays);

// One array as numpy.save writes it. Nothing of it is believed.
[[nodiscard]] Result<NamedArray> read_npy(std::string name, std::span<const std::byte> file);

}  // namespace kelt::cli
