#include "graph/store.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <system_error>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "graph/layout.h"
#include "graph/literal.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace kelt::graph {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSliceBytes = size_t{1} << 20;
constexpr size_t kMaxTextBytes = size_t{256} << 20;
constexpr char kHeader[] = "kelt 1\n";

Error bad(const fs::path& path, const std::string& what) { return {.code = Code::kBadModule, .what = path.string() + ": " + what}; }

Result<void> write_weight(const Array& array, uint64_t offset, const AtomicFile& file) {
  const size_t size = array.bytes();
  if (const auto memory = array.source->in_memory()) return file.write_at(offset, memory->first(size));
  std::vector<std::byte> slice(std::min(size, kSliceBytes));
  for (size_t at = 0; at < size; at += slice.size()) {
    const std::span<std::byte> part = std::span(slice).first(std::min(slice.size(), size - at));
    KELT_RETURN_IF_ERROR(array.source->read(at, part));
    KELT_RETURN_IF_ERROR(file.write_at(offset + at, part));
  }
  return {};
}

// A regular file right inside the directory, by its own name: no link, no path.
Result<std::shared_ptr<const MappedFile>> open_inside(const fs::path& directory, const std::string& name) {
  const bool plain = !name.empty() && name != "." && name != ".." && name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
  if (!plain) return Error{.code = Code::kBadModule, .what = quote(name) + " is not the plain name of a file in the module's directory"};
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

  KELT_ASSIGN_OR_RETURN(AtomicFile weights, AtomicFile::create(directory / kWeightsFile));
  const WeightLayout layout = layout_weights(module.weights);
  for (size_t i = 0; i < module.weights.size(); ++i) {
    const WeightPlace& place = layout.places[i];
    if (place.offset && place.first) KELT_RETURN_IF_ERROR(write_weight(module.weights[i].array, *place.offset, weights));
  }
  const std::string text = kHeader + print(module);
  KELT_ASSIGN_OR_RETURN(AtomicFile written, AtomicFile::create(directory / kTextFile));
  KELT_RETURN_IF_ERROR(written.write_at(0, std::as_bytes(std::span(text))));

  KELT_RETURN_IF_ERROR(std::move(weights).commit());
  return std::move(written).commit();
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
