// calibrate/sample_file.h — samples that are needed more than once, on the disk.

#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "runtime/runtime.h"

namespace kelt::calibrate {

// In a file without a name, which is gone with the process. Only what is read of it takes memory, and can be taken back.
class SampleFile {
 public:
  [[nodiscard]] static Result<SampleFile> create();
  [[nodiscard]] Result<void> add(std::span<const runtime::Input> sample);
  // All samples, mapped, for as long as the SampleFile lives. Nothing may be added after that.
  [[nodiscard]] Result<std::vector<std::vector<runtime::Input>>> samples();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct Kept {
    std::string name;
    DType dtype;
    Shape shape;
    size_t offset;
    size_t size;
  };

  std::unique_ptr<std::FILE, Close> file_;
  size_t end_ = 0;
  std::vector<std::vector<Kept>> kept_;
  std::shared_ptr<const MappedFile> mapped_;
};

}  // namespace kelt::calibrate
