#include "cli/npz.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

namespace kelt::cli {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr uint64_t kLargest = uint64_t{1} << 36;  // of an array: what a model may sensibly be fed, not what a header may claim
constexpr size_t kBlock = size_t{1} << 20;

struct Descriptor {
  std::string_view text;
  DType dtype;
};
constexpr std::array kDescriptors = {
    Descriptor{"<f4", DType::kFloat32},   Descriptor{"<f2", DType::kFloat16}, Descriptor{"<f8", DType::kFloat64},
    Descriptor{"|i1", DType::kInt8},      Descriptor{"<i2", DType::kInt16},   Descriptor{"<i4", DType::kInt32},
    Descriptor{"<i8", DType::kInt64},     Descriptor{"|u1", DType::kUInt8},   Descriptor{"<u2", DType::kUInt16},
    Descriptor{"<u4", DType::kUInt32},    Descriptor{"<u8", DType::kUInt64},  Descriptor{"|b1", DType::kBool},
    Descriptor{"<c8", DType::kComplex64},
};

Error bad(const std::string& name, const std::string& what) {
  return {.code = Code::kInvalidArgument, .what = name + " " + what, .remedy = "Write it with numpy.savez"};
}

// What follows `'key':` in the header's dict, up to where `end` stands.
std::optional<std::string_view> entry(std::string_view header, std::string_view key, std::string_view end) {
  const size_t at = header.find("'" + std::string(key) + "':");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const size_t stop = rest.find_first_of(end);
  if (stop == std::string_view::npos) return std::nullopt;
  return rest.substr(0, stop);
}

// "(3, 4", "(3,", "("
std::optional<Shape> parse_shape(std::string_view text) {
  Shape shape;
  if (!text.starts_with('(')) return std::nullopt;
  text.remove_prefix(1);
  while (!text.empty()) {
    const size_t start = text.find_first_not_of(", ");
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    int64_t dim = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), dim);
    if (status != std::errc() || dim < 0) return std::nullopt;
    shape.push_back(dim);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
  return shape;
}

// Nothing if the product is more than kLargest.
std::optional<uint64_t> byte_count(DType dtype, const Shape& shape) {
  uint64_t count = 1;
  for (const int64_t dim : shape) {
    if (dim != 0 && count > kLargest / static_cast<uint64_t>(dim)) return std::nullopt;
    count *= static_cast<uint64_t>(dim);
  }
  return byte_size(dtype, count);
}

Result<std::vector<std::byte>> read_member(unzFile zip, const std::string& name, uint64_t size) {
  if (unzOpenCurrentFile(zip) != UNZ_OK) return bad(name, "can't be unpacked");
  const std::unique_ptr<void, int (*)(void*)> open(zip, unzCloseCurrentFile);
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {  // grows with what is there, not with what is claimed
    const size_t begin = bytes.size();
    bytes.resize(std::min<uint64_t>(begin + kBlock, size));
    const int read = unzReadCurrentFile(zip, bytes.data() + begin, static_cast<unsigned>(bytes.size() - begin));
    if (read <= 0) return bad(name, "ends too early");
    bytes.resize(begin + static_cast<size_t>(read));
  }
  return bytes;
}

// The header of numpy.save, in version 1.0: the data behind it begin at a multiple of 64.
Result<std::string> npy_header(const ArrayView& array) {
  const auto known = std::ranges::find(kDescriptors, array.dtype, &Descriptor::dtype);
  if (known == kDescriptors.end()) {
    return Error{.code = Code::kInvalidArgument,
                 .what = "the output " + array.name + " is " + std::string(name(array.dtype)) + ", which numpy does not have"};
  }
  std::string text = "{'descr': '" + std::string(known->text) + "', 'fortran_order': False, 'shape': (";
  for (const int64_t dim : array.shape) text += std::to_string(dim) + ",";
  text += "), }";
  text.append(63 - (kMagic.size() + 4 + text.size()) % 64, ' ') += '\n';
  const auto low = static_cast<char>(text.size() & 0xff);
  const auto high = static_cast<char>(text.size() >> 8);
  return std::string(kMagic) + std::string({1, 0, low, high}) + text;
}

Result<void> write_member(zipFile zip, const ArrayView& array, const Error& failure) {
  KELT_ASSIGN_OR_RETURN(const std::string header, npy_header(array));
  const zip_fileinfo info{};
  const std::string file_name = array.name + ".npy";
  if (zipOpenNewFileInZip64(zip, file_name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, 0, 0, 1) != ZIP_OK) return failure;
  bool good = zipWriteInFileInZip(zip, header.data(), static_cast<unsigned>(header.size())) == ZIP_OK;
  for (size_t at = 0; good && at < array.bytes.size(); at += kBlock) {
    const std::span<const std::byte> block = array.bytes.subspan(at, std::min(kBlock, array.bytes.size() - at));
    good = zipWriteInFileInZip(zip, block.data(), static_cast<unsigned>(block.size())) == ZIP_OK;
  }
  return zipCloseFileInZip(zip) == ZIP_OK && good ? Result<void>{} : Result<void>(failure);
}

}  // namespace

Result<NamedArray> read_npy(std::string name, std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic) || file.size() < 10) return bad(name, "is no array of numpy's");
  const auto byte = [&](size_t at) { return static_cast<size_t>(file[at]); };
  const bool wide = byte(6) >= 2;  // versions 2 and 3 have a length of four bytes
  const size_t start = wide ? 12 : 10;
  if (file.size() < start) return bad(name, "ends too early");
  const size_t length = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0);
  if (length > file.size() - start) return bad(name, "ends too early");
  const std::string_view header = text.substr(start, length);

  const auto descriptor = entry(header, "descr", ",}");
  const auto fortran = entry(header, "fortran_order", ",}");
  const auto shape_text = entry(header, "shape", ")");
  if (!descriptor || !fortran || !shape_text) return bad(name, "has a header that can't be read");
  const auto quoted = [&](const Descriptor& known) { return *descriptor == "'" + std::string(known.text) + "'"; };
  const auto known = std::ranges::find_if(kDescriptors, quoted);
  if (known == kDescriptors.end()) return bad(name, "has elements of type " + std::string(*descriptor) + ", which no tensor has");
  const std::optional<Shape> shape = parse_shape(*shape_text);
  if (!shape) return bad(name, "has a shape that can't be read");
  if (*fortran == "True" && shape->size() > 1) {
    return Error{.code = Code::kInvalidArgument, .what = name + " is in Fortran order", .remedy = "Save numpy.ascontiguousarray of it"};
  }
  const std::span<const std::byte> data = file.subspan(start + length);
  if (byte_count(known->dtype, *shape) != data.size()) return bad(name, "has not the bytes of its shape");
  return NamedArray{std::move(name), known->dtype, *shape, {data.begin(), data.end()}};
}

Result<std::vector<NamedArray>> read_npz(const std::filesystem::path& path) {
  const std::unique_ptr<void, int (*)(void*)> zip(unzOpen64(path.c_str()), unzClose);
  if (zip == nullptr) {
    return Error{.code = std::filesystem::exists(path) ? Code::kInvalidArgument : Code::kNotFound,
                 .what = path.string() + " can't be read as an .npz file",
                 .remedy = "Write it with numpy.savez"};
  }
  std::vector<NamedArray> arrays;
  for (int status = unzGoToFirstFile(zip.get()); status == UNZ_OK; status = unzGoToNextFile(zip.get())) {
    std::array<char, 1024> file_name{};
    unz_file_info64 info{};
    if (unzGetCurrentFileInfo64(zip.get(), &info, file_name.data(), file_name.size() - 1, nullptr, 0, nullptr, 0) != UNZ_OK) {
      return bad(path.string(), "is damaged");
    }
    std::string name = file_name.data();
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    if (info.uncompressed_size > kLargest) return bad(name, "is too large");
    KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, read_member(zip.get(), name, info.uncompressed_size));
    KELT_ASSIGN_OR_RETURN(NamedArray array, read_npy(std::move(name), bytes));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

Result<void> write_npz(const std::filesystem::path& path, std::span<const ArrayView> arrays) {
  const Error failure{.code = Code::kIo, .what = "can't write " + path.string()};
  const std::filesystem::path part = path.string() + ".part";
  zipFile zip = zipOpen64(part.c_str(), APPEND_STATUS_CREATE);
  if (zip == nullptr) return failure;
  Result<void> written;
  for (const ArrayView& array : arrays) {
    written = write_member(zip, array, failure);
    if (!written.ok()) break;
  }
  std::error_code error;
  if (zipClose(zip, nullptr) != ZIP_OK && written.ok()) written = failure;
  if (written.ok()) std::filesystem::rename(part, path, error);
  if (written.ok() && !error) return {};
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
  return written.ok() ? Result<void>(failure) : written;
}

}  // namespace kelt::cli
