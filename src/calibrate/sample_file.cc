#include "calibrate/sample_file.h"

#include <cerrno>

#include "base/posix.h"

namespace kelt::calibrate {
namespace {

constexpr size_t kAlignment = 4096;  // no input ends in the page of the next: the runtime may then use it where it lies

Error failed(int number) { return io_error("keep", "the samples, in a temporary file", number); }

}  // namespace

Result<SampleFile> SampleFile::create() {
  SampleFile made;
  made.file_.reset(std::tmpfile());
  if (made.file_ == nullptr) return failed(errno);
  return made;
}

Result<void> SampleFile::add(std::span<const runtime::Input> sample) {
  std::vector<Kept>& kept = kept_.emplace_back();
  for (const runtime::Input& input : sample) {
    const size_t offset = (end_ + kAlignment - 1) / kAlignment * kAlignment;
    if (std::fseek(file_.get(), static_cast<long>(offset), SEEK_SET) != 0 ||
        std::fwrite(input.bytes.data(), 1, input.bytes.size(), file_.get()) != input.bytes.size()) {
      return failed(errno);
    }
    kept.push_back({std::string(input.name), input.dtype, input.shape, offset, input.bytes.size()});
    end_ = offset + input.bytes.size();
  }
  return {};
}

Result<std::vector<std::vector<runtime::Input>>> SampleFile::samples() {
  if (std::fflush(file_.get()) != 0) return failed(errno);
  KELT_ASSIGN_OR_RETURN(mapped_, MappedFile::open("/proc/self/fd/" + std::to_string(fileno(file_.get()))));
  std::vector<std::vector<runtime::Input>> all;
  for (const std::vector<Kept>& sample : kept_) {
    std::vector<runtime::Input>& inputs = all.emplace_back();
    for (const Kept& kept : sample) {
      inputs.push_back({kept.name, kept.dtype, kept.shape, mapped_->bytes().subspan(kept.offset, kept.size)});
    }
  }
  return all;
}

}  // namespace kelt::calibrate
