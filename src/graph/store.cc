#include "graph/store.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "graph/layout.h"
#include "graph/literal.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "graph/verify.h"
#include "weights/fingerprint.h"

namespace kelt::graph {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSliceBytes = size_t{1} << 20;
constexpr size_t kMaxTextBytes = size_t{256} << 20;
constexpr char kHeader[] = "kelt 1\n";
constexpr std::string_view kWeightsPrefix = "weights-";
constexpr std::string_view kWeightsSuffix = ".bin";

Error bad(const fs::path& path, const std::string& what) { return {.code = Code::kBadModule, .what = path.string() + ": " + what}; }

// Writes the bytes of an array and returns their fingerprint.
Result<uint64_t> write_weight(const Array& array, uint64_t offset, const AtomicFile& file) {
  const size_t size = array.bytes();
  Fingerprint fingerprint;
  const auto memory = array.source->in_memory();
  std::vector<std::byte> slice(memory ? 0 : std::min(size, kSliceBytes));
  for (size_t at = 0; at < size; at += kSliceBytes) {
    const size_t count = std::min(kSliceBytes, size - at);
    if (!memory) KELT_RETURN_IF_ERROR(array.source->read(at, std::span(slice).first(count)));
    const std::span<const std::byte> part = memory ? memory->subspan(at, count) : std::span<const std::byte>(slice).first(count);
    fingerprint.add(part);
    KELT_RETURN_IF_ERROR(file.write_at(offset + at, part));
  }
  return fingerprint.value();
}

// Writes every weight that the text does not hold, and returns the name that their file gets: "weights-0123456789abcdef.bin".
Result<std::string> write_weights(const std::vector<Weight>& weights, const WeightLayout& layout, const AtomicFile& file) {
  Fingerprint all;
  for (size_t i = 0; i < weights.size(); ++i) {
    const WeightPlace& place = layout.places[i];
    if (!place.offset || !place.first) continue;
    KELT_ASSIGN_OR_RETURN(const uint64_t fingerprint, write_weight(weights[i].array, *place.offset, file));
    const std::array<uint64_t, 2> entry = {*place.offset, fingerprint};
    all.add(std::as_bytes(std::span(entry)));
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(all.value()));
  return std::string(kWeightsPrefix) + digits.data() + std::string(kWeightsSuffix);
}

// Of a module that was saved before.
bool is_weights_file(std::string_view name) {
  if (name == kWeightsFile) return true;
  if (!name.starts_with(kWeightsPrefix) || !name.ends_with(kWeightsSuffix)) return false;
  const std::string_view digits = name.substr(kWeightsPrefix.size(), name.size() - kWeightsPrefix.size() - kWeightsSuffix.size());
  return digits.size() == 16 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Removes the weights that no text names any more. One that can't be removed takes space and does no harm.
void remove_weights_except(const fs::path& directory, const std::string& kept) {
  std::error_code ignored;
  for (fs::directory_iterator entry(directory, ignored), end; entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name != kept && is_weights_file(name) && entry->symlink_status(ignored).type() == fs::file_type::regular) {
      fs::remove(entry->path(), ignored);
    }
  }
}

// A regular file right inside the directory, by its own name: no link, no path.
Result<std::shared_ptr<const MappedFile>> open_inside(const fs::path& directory, const std::string& name) {
  const bool has_no_path = !name.empty() && name != "." && name != ".." && name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
  if (!has_no_path) return Error{.code = Code::kBadModule, .what = quote(name) + " is not the name of a file in the module's directory"};
  const fs::path path = directory / name;
  std::error_code failure;
  const fs::file_status status = fs::symlink_status(path, failure);
  if (status.type() == fs::file_type::not_found) return Error{.code = Code::kNotFound, .what = path.string() + " does not exist"};
  if (status.type() != fs::file_type::regular) return bad(path, "not a regular file");
  return MappedFile::open(path);
}

// The weights of one directory, each file mapped once.
class Files {
 public:
  explicit Files(fs::path directory) : directory_(std::move(directory)) {}

  Result<Array> range(DType dtype, Shape shape, const std::string& name, uint64_t offset) {
    auto found = open_.find(name);
    if (found == open_.end()) {
      KELT_ASSIGN_OR_RETURN(auto file, open_inside(directory_, name));
      found = open_.emplace(name, std::move(file)).first;
    }
    if (offset % kWeightAlignment != 0) {
      return Error{.code = Code::kBadModule, .what = "the offset " + std::to_string(offset) + " is no multiple of 64"};
    }
    return file_range(dtype, std::move(shape), found->second, offset);
  }

 private:
  fs::path directory_;
  std::map<std::string, std::shared_ptr<const MappedFile>> open_;
};

}  // namespace

Result<void> save(const Module& module, const fs::path& directory) {
  std::error_code failure;
  fs::create_directories(directory, failure);
  if (failure) return io_error("make the directory", directory, failure.value());

  KELT_ASSIGN_OR_RETURN(AtomicFile weights, AtomicFile::create(directory / "weights"));
  const WeightLayout layout = layout_weights(module.weights);
  KELT_ASSIGN_OR_RETURN(const std::string name, write_weights(module.weights, layout, weights));
  const std::string text = kHeader + print(module, name);
  KELT_ASSIGN_OR_RETURN(AtomicFile written, AtomicFile::create(directory / kTextFile));
  KELT_RETURN_IF_ERROR(written.write_at(0, std::as_bytes(std::span(text))));

  if (layout.size > 0) KELT_RETURN_IF_ERROR(std::move(weights).commit_as(name));
  KELT_RETURN_IF_ERROR(std::move(written).commit());
  remove_weights_except(directory, layout.size > 0 ? name : "");
  return {};
}

Result<Module> load(const fs::path& directory) {
  std::error_code failure;
  if (!fs::is_directory(directory, failure)) return Error{.code = Code::kNotFound, .what = directory.string() + " is not a directory"};
  KELT_ASSIGN_OR_RETURN(const auto file, open_inside(directory, kTextFile));
  const std::span<const std::byte> bytes = file->bytes();
  if (bytes.size() > kMaxTextBytes) return bad(file->path(), "a text of more than 256 MiB");
  Files files(directory);
  Result<Module> module = parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                [&files](DType dtype, Shape shape, const std::string& name, uint64_t offset) {
                                  return files.range(dtype, std::move(shape), name, offset);
                                });
  if (!module.ok()) return std::move(module).note("while reading " + file->path().string());
  KELT_RETURN_IF_ERROR(verify(*module).note("while reading " + file->path().string()));
  return module;
}

}  // namespace kelt::graph
