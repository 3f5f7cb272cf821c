#include <limits>

#include "base/mapped_file.h"
#include "litert/file_bytes.h"
#include "tflite_generated.h"

namespace kelt::litert {
namespace {

// Bits of an element; 0 for types whose size depends on the value.
uint64_t bits_of(TensorType type) {
  switch (type) {
    case TensorType::INT2: return 2;
    case TensorType::INT4:
    case TensorType::UINT4: return 4;
    case TensorType::INT8:
    case TensorType::UINT8:
    case TensorType::BOOL:
    case TensorType::FLOAT8_E4M3FN:
    case TensorType::FLOAT8_E5M2: return 8;
    case TensorType::FLOAT16:
    case TensorType::BFLOAT16:
    case TensorType::INT16:
    case TensorType::UINT16: return 16;
    case TensorType::FLOAT32:
    case TensorType::INT32:
    case TensorType::UINT32: return 32;
    case TensorType::FLOAT64:
    case TensorType::INT64:
    case TensorType::UINT64:
    case TensorType::COMPLEX64: return 64;
    case TensorType::COMPLEX128: return 128;
    case TensorType::STRING:
    case TensorType::RESOURCE:
    case TensorType::VARIANT: return 0;
  }
  return 0;  // a type that the schema does not have
}

struct Lengths {
  Shape shape;  // as the runtime allocates it first
  Dims dims;
};

Result<Lengths> read_lengths(const tflite::Tensor& tensor) {
  Lengths lengths;
  const auto* const shape = tensor.shape();
  const auto* const signature = tensor.shape_signature();
  const size_t rank = shape != nullptr ? shape->size() : 0;
  const bool has_signature = signature != nullptr && !signature->empty();
  if (has_signature && signature->size() != rank) return bad("has a shape of rank " + std::to_string(rank) + " and a signature of another");
  for (unsigned i = 0; i < rank; ++i) {
    const int32_t length = shape->Get(i);
    const int32_t stated = has_signature ? signature->Get(i) : length;
    if (length < -1 || stated < -1) return bad("has a negative length in its shape");
    if (stated != -1 && stated != length) return bad("has a shape and a signature that contradict each other");
    lengths.shape.push_back(length);
    lengths.dims.push_back(stated == -1 ? Dim::unknown() : Dim(stated));
  }
  return lengths;
}

// An array of the tensor's values, or of its bytes where they are no values of a fixed size.
Result<Array> read_constant(const tflite::Tensor& tensor, const Shape& shape, const BufferRange& range, const FileBytes& file) {
  const bool sparse = tensor.sparsity() != nullptr;
  KELT_ASSIGN_OR_RETURN(const std::optional<uint64_t> needed, tensor_bytes(tensor.type(), shape));
  if (!sparse && needed && *needed != range.size) {
    return bad("holds " + std::to_string(range.size) + " bytes, and its shape takes " + std::to_string(*needed));
  }
  const std::optional<DType> dtype = to_dtype(tensor.type());
  if (sparse || !dtype) return file.array(DType::kUInt8, {static_cast<int64_t>(range.size)}, range.offset, range.size);
  return file.array(*dtype, shape, range.offset, range.size);
}

}  // namespace

Result<Array> FileBytes::array(DType dtype, Shape shape, uint64_t offset, uint64_t size) const {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    return bad("refers to bytes " + std::to_string(offset) + " to " + std::to_string(offset + size) + " of a file of " +
               std::to_string(bytes.size()));
  }
  if (file != nullptr) return file_range(dtype, std::move(shape), file, offset);
  return borrow(dtype, std::move(shape), bytes.subspan(offset, size), owner);
}

Result<std::optional<uint64_t>> tensor_bytes(TensorType type, const Shape& shape) {
  const uint64_t bits = bits_of(type);
  if (bits == 0) return std::optional<uint64_t>();
  uint64_t total = bits;
  bool empty = false;
  for (const int64_t length : shape) {
    if (length < 0) return bad("is a constant of unknown shape");
    if (length == 0) empty = true;
    if (length != 0 && total > std::numeric_limits<int64_t>::max() / static_cast<uint64_t>(length)) return bad("is larger than any memory");
    if (length != 0) total *= static_cast<uint64_t>(length);
  }
  return std::optional<uint64_t>(empty ? 0 : (total + 7) / 8);
}

Result<BufferRange> buffer_range(const tflite::Model& model, uint32_t index, const FileBytes& file) {
  const size_t count = model.buffers() != nullptr ? model.buffers()->size() : 0;
  if (index >= count) {
    if (index == 0) return BufferRange{};
    return bad("refers to buffer " + std::to_string(index) + ", of " + std::to_string(count));
  }
  const tflite::Buffer& buffer = *model.buffers()->Get(index);
  BufferRange range;
  if (buffer.data() != nullptr && !buffer.data()->empty()) {
    range.offset = static_cast<uint64_t>(reinterpret_cast<const std::byte*>(buffer.data()->data()) - file.bytes.data());
    range.size = buffer.data()->size();
  } else if (buffer.offset() > 1) {  // 0 and 1 mean "not outside"; writers use 1 as a mark before they know
    range = {.offset = buffer.offset(), .size = buffer.size()};
  }
  if (range.offset > file.bytes.size() || range.size > file.bytes.size() - range.offset) {
    return bad("refers to " + std::to_string(range.size) + " bytes from " + std::to_string(range.offset) + " on, in a file of " +
               std::to_string(file.bytes.size()));
  }
  return range;
}

Result<Tensor> read_tensor(const tflite::Tensor& tensor, const tflite::Model& model, const FileBytes& file) {
  Tensor read;
  if (tensor.name() != nullptr) read.name = tensor.name()->str();
  read.type = tensor.type();
  KELT_ASSIGN_OR_RETURN(Lengths lengths, read_lengths(tensor));
  read.dims = std::move(lengths.dims);
  if (tensor.quantization() != nullptr) tensor.quantization()->UnPackTo(&read.quantization);
  read.is_variable = tensor.is_variable();
  read.has_rank = tensor.has_rank();
  read.external_buffer = tensor.external_buffer();
  if (tensor.sparsity() != nullptr) tensor.sparsity()->UnPackTo(&read.sparsity.emplace());
  if (tensor.variant_tensors() != nullptr) {
    for (const tflite::VariantSubType* const variant : *tensor.variant_tensors()) variant->UnPackTo(&read.variant_tensors.emplace_back());
  }
  KELT_ASSIGN_OR_RETURN(const BufferRange range, buffer_range(model, tensor.buffer(), file));
  if (range.size != 0) {
    KELT_ASSIGN_OR_RETURN(read.constant, read_constant(tensor, lengths.shape, range, file));
  }
  return read;
}

}  // namespace kelt::litert
