// calibrate/split.h — arrays that hold any number of samples → one after the other.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "litert/model.h"
#include "runtime/runtime.h"

namespace kelt::calibrate {

// An array has an axis of samples in front of the dims that the input has; or one dim too few, or the very dims: it is one sample then; or
// another first dim: its rows are cut into batches, and the last batch is filled up from the front. An array of an unknown name
// is in every sample, whose own check says what is wrong.
class Split {
 public:
  // The arrays are borrowed. Fails where they hold different numbers of samples.
  [[nodiscard]] static Result<Split> of(const litert::Model& model, const litert::Signature& signature,
                                        std::span<const runtime::Input> arrays);
  // Borrowed until the next is asked for.
  [[nodiscard]] std::optional<std::vector<runtime::Input>> next();

 private:
  struct Part {
    runtime::Input array;
    Shape shape;       // of a sample
    size_t bytes = 0;  // of a sample
    size_t count = 1;  // of samples
    bool known = true;
    std::vector<std::byte> filled;  // the last batch
  };
  [[nodiscard]] static Part part_of(const runtime::Input& array, std::optional<std::span<const int64_t>> wanted);
  [[nodiscard]] static std::span<const std::byte> sample_of(Part& part, size_t index);

  std::vector<Part> parts_;
  size_t count_ = 1;
  size_t next_ = 0;
};

}  // namespace kelt::calibrate
