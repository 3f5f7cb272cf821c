#include "write/write.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "base/atomic_file.h"
#include "base/thread_pool.h"
#include "write/layout.h"
#include "write/stream.h"

namespace kelt::write {
namespace {

// Writes to one file take turns in the kernel: more threads than this only cost memory.
constexpr int kMostThreads = 4;

// Slices' memory, used again: fresh pages cost as much time as filling them.
class SliceBuffers {
 public:
  explicit SliceBuffers(size_t size) : size_(size) {}
  std::unique_ptr<std::byte[]> take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return std::make_unique_for_overwrite<std::byte[]>(size_);
    auto buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give_back(std::unique_ptr<std::byte[]> buffer) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  size_t size_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
};

template <typename Write>
Result<void> for_each_slice(const Layout& layout, const WriteOptions& options, const Write& write) {
  const int threads = options.threads > 0 ? options.threads : std::min(thread_count(0), kMostThreads);
  std::function<void(size_t)> after_each;
  if (options.progress) {
    after_each = [&](size_t done) {
      options.progress("write", layout.slices[done - 1].end, layout.file_bytes);  // near enough: slices end in any order
    };
  }
  return parallel_for(layout.slices.size(), threads, [&](size_t i) { return write(layout.slices[i]); }, after_each);
}

}  // namespace

Result<WriteReport> write_file(const litert::Model& model, const std::filesystem::path& path, const WriteOptions& options) {
  KELT_ASSIGN_OR_RETURN(const Layout layout, lay_out(model, options.slice_bytes));
  KELT_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  KELT_RETURN_IF_ERROR(file.write_at(0, layout.head));
  size_t largest = 0;
  for (const Slice& slice : layout.slices) largest = std::max<size_t>(largest, slice.end - slice.begin);
  SliceBuffers buffers(largest);
  const auto write_slice = [&](const Slice& slice) -> Result<void> {
    if (const auto memory = slice_in_memory(layout, slice)) {
      KELT_RETURN_IF_ERROR(file.write_at(slice.begin, *memory));
      const StoredBuffer& buffer = layout.buffers.stored[slice.first];
      buffer.source->let_go(slice.begin - buffer.offset, memory->size());
      const Slice gap{.begin = slice.begin + memory->size(), .end = slice.end, .first = slice.first};
      std::array<std::byte, kLongestGap> bytes;
      const std::span out = std::span(bytes).first(gap.end - gap.begin);
      KELT_RETURN_IF_ERROR(fill_slice(layout, gap, out));
      return file.write_at(gap.begin, out);
    }
    auto buffer = buffers.take();
    const std::span out(buffer.get(), slice.end - slice.begin);
    KELT_RETURN_IF_ERROR(fill_slice(layout, slice, out));
    KELT_RETURN_IF_ERROR(file.write_at(slice.begin, out));
    buffers.give_back(std::move(buffer));
    return {};
  };
  KELT_RETURN_IF_ERROR(for_each_slice(layout, options, write_slice));
  KELT_ASSIGN_OR_RETURN(const LateBytes late, late_bytes(layout));
  KELT_RETURN_IF_ERROR(file.write_at(late.offset, late.bytes));
  KELT_RETURN_IF_ERROR(std::move(file).commit());

  WriteReport report{.file_bytes = layout.file_bytes,
                     .table_bytes = layout.table_bytes,
                     .merged_bytes = layout.buffers.merged_bytes,
                     .buffers = layout.buffers.stored.size()};
  for (const StoredBuffer& buffer : layout.buffers.stored) report.constant_bytes += buffer.size;
  return report;
}

Result<std::vector<std::byte>> write_bytes(const litert::Model& model, const WriteOptions& options) {
  KELT_ASSIGN_OR_RETURN(const Layout layout, lay_out(model, options.slice_bytes));
  std::vector<std::byte> bytes(layout.file_bytes);
  std::copy(layout.head.begin(), layout.head.end(), bytes.begin());
  KELT_RETURN_IF_ERROR(for_each_slice(layout, options, [&](const Slice& slice) {
    return fill_slice(layout, slice, std::span(bytes).subspan(slice.begin, slice.end - slice.begin));
  }));
  KELT_ASSIGN_OR_RETURN(const LateBytes late, late_bytes(layout));
  std::copy(late.bytes.begin(), late.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(late.offset));
  return bytes;
}

}  // namespace kelt::write
