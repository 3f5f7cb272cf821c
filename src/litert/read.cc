#include "litert/read.h"

#include <algorithm>
#include <cstring>

#include "base/mapped_file.h"
#include "litert/check.h"
#include "litert/file_bytes.h"
#include "litert/unknown.h"
#include "tflite_generated.h"

namespace kelt::litert {
namespace {

// The elements of a vector that may be absent.
template <typename T>
std::vector<T> numbers(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? std::vector<T>() : std::vector<T>(vector->begin(), vector->end());
}

std::string text(const flatbuffers::String* string) { return string == nullptr ? std::string() : string->str(); }

template <typename T>
size_t size_of(const T* vector) {
  return vector == nullptr ? 0 : vector->size();
}

Result<const tflite::Model*> verified_root(std::span<const std::byte> bytes) {
  if (bytes.size() < 8 || std::memcmp(bytes.data() + 4, tflite::ModelIdentifier(), 4) != 0) {
    return bad("the file is no LiteRT model: the mark TFL3 is not at byte 4");
  }
  // Offsets within a flatbuffer have 32 bits: constants beyond 2 GiB stand behind it, where the verifier needn't look.
  const size_t size = std::min<size_t>(bytes.size(), FLATBUFFERS_MAX_BUFFER_SIZE - 1);
  const auto* const start = reinterpret_cast<const uint8_t*>(bytes.data());
  flatbuffers::Verifier::Options options;
  options.max_tables = static_cast<flatbuffers::uoffset_t>(size / 4 + 1);  // a table takes more, unless it is used over and over
  flatbuffers::Verifier verifier(start, size, options);
  if (!tflite::VerifyModelBuffer(verifier)) return bad("the file is damaged: its flatbuffer has offsets or sizes that can't be");
  return tflite::GetModel(start);
}

class Reader {
 public:
  Reader(const tflite::Model& root, const FileBytes& file) : root_(root), file_(file) {}

  Result<Model> read() {
    if (root_.version() != 3) return bad("the file has schema version " + std::to_string(root_.version()) + "; only 3 is known");
    model_.description = text(root_.description());
    model_.constants_outside = constants_outside();
    KELT_ASSIGN_OR_RETURN(model_.unknown_fields, find_unknown_fields(root_, file_.bytes.size()));
    for (size_t i = 0; i < size_of(root_.subgraphs()); ++i) {
      KELT_ASSIGN_OR_RETURN(Subgraph subgraph, read_subgraph(*root_.subgraphs()->Get(static_cast<unsigned>(i)), i));
      model_.subgraphs.push_back(std::move(subgraph));
    }
    KELT_RETURN_IF_ERROR(read_signatures());
    KELT_RETURN_IF_ERROR(read_metadata());
    KELT_RETURN_IF_ERROR(read_external_buffers());
    KELT_RETURN_IF_ERROR(check_model(model_));
    return std::move(model_);
  }

 private:
  Result<Subgraph> read_subgraph(const tflite::SubGraph& from, size_t index) {
    const std::string place = "subgraph " + std::to_string(index);
    Subgraph subgraph;
    subgraph.name = text(from.name());
    subgraph.inputs = numbers(from.inputs());
    subgraph.outputs = numbers(from.outputs());
    subgraph.debug_metadata_index = from.debug_metadata_index();
    for (unsigned i = 0; i < size_of(from.tensors()); ++i) {
      Result<Tensor> tensor = read_tensor(*from.tensors()->Get(i), root_, file_);
      if (!tensor.ok()) return at(place + ", tensor " + std::to_string(i), std::move(tensor).error());
      subgraph.tensors.push_back(*std::move(tensor));
    }
    for (unsigned i = 0; i < size_of(from.operators()); ++i) {
      Result<Operator> op = read_operator(*from.operators()->Get(i));
      if (!op.ok()) return at(place + ", operator " + std::to_string(i), std::move(op).error());
      subgraph.operators.push_back(*std::move(op));
    }
    find_empty_constants(from, subgraph);
    return subgraph;
  }

  [[nodiscard]] bool constants_outside() const {
    for (unsigned i = 0; i < size_of(root_.buffers()); ++i) {
      if (root_.buffers()->Get(i)->offset() > 1) return true;
    }
    return false;
  }

  static Error at(const std::string& place, Error error) {
    error.what = place + " " + error.what;
    return error;
  }

  Result<Operator> read_operator(const tflite::Operator& from) {
    Operator op;
    KELT_RETURN_IF_ERROR(read_code(from.opcode_index(), op));
    op.inputs = numbers(from.inputs());
    op.outputs = numbers(from.outputs());
    op.intermediates = numbers(from.intermediates());
    for (unsigned i = 0; i < size_of(from.mutating_variable_inputs()); ++i) {
      op.mutating_variable_inputs.push_back(from.mutating_variable_inputs()->Get(i) != 0);
    }
    op.debug_metadata_index = from.debug_metadata_index();
    if (from.builtin_options_type() <= tflite::BuiltinOptions::MAX) {  // a later one is in unknown_fields
      op.options.type = from.builtin_options_type();
      op.options.value = tflite::BuiltinOptionsUnion::UnPack(from.builtin_options(), op.options.type, nullptr);
    }
    if (from.builtin_options2_type() <= tflite::BuiltinOptions2::MAX) {
      op.options2.type = from.builtin_options2_type();
      op.options2.value = tflite::BuiltinOptions2Union::UnPack(from.builtin_options2(), op.options2.type, nullptr);
    }
    KELT_RETURN_IF_ERROR(read_custom_options(from, op));
    return op;
  }

  Result<void> read_code(uint32_t index, Operator& op) const {
    if (index >= size_of(root_.operator_codes())) return bad("has operator code " + std::to_string(index) + ", which is not there");
    const tflite::OperatorCode& code = *root_.operator_codes()->Get(index);
    // The first field has one byte only; files of before 2020 have nothing else.
    op.code = std::max(code.builtin_code(), static_cast<BuiltinOperator>(code.deprecated_builtin_code()));
    if (op.code < BuiltinOperator::MIN) return bad("has a negative operator code");
    op.custom_code = text(code.custom_code());
    op.version = code.version();
    return {};
  }

  Result<void> read_custom_options(const tflite::Operator& from, Operator& op) {
    if (from.large_custom_options_offset() > 1) {
      const uint64_t offset = from.large_custom_options_offset();
      const uint64_t size = from.large_custom_options_size();
      if (offset > file_.bytes.size() || size > file_.bytes.size() - offset) return bad("has custom options that lie outside of the file");
      custom_bytes_ += size;  // those within the flatbuffer were counted by find_unknown_fields
      if (custom_bytes_ > file_.bytes.size()) return bad("shares its custom options with others: they are larger than the file");
      const auto* const start = reinterpret_cast<const uint8_t*>(file_.bytes.data()) + offset;
      op.custom_options.assign(start, start + size);
    } else {
      op.custom_options = numbers(from.custom_options());
    }
    return {};
  }

  // The runtime takes a tensor with an empty buffer for a variable one; one that nothing writes and that has no elements
  // is a constant all the same (the axes of a reduction over none).
  void find_empty_constants(const tflite::SubGraph& from, Subgraph& subgraph) const {
    std::vector<bool> made(subgraph.tensors.size(), false);
    const auto mark = [&](const std::vector<TensorId>& ids) {
      for (const TensorId id : ids) {
        if (id >= 0 && static_cast<size_t>(id) < made.size()) made[static_cast<size_t>(id)] = true;
      }
    };
    mark(subgraph.inputs);
    for (const Operator& op : subgraph.operators) mark(op.outputs);
    for (size_t i = 0; i < made.size(); ++i) {
      Tensor& tensor = subgraph.tensors[i];
      const std::optional<Shape> shape = static_dims(tensor.dims);
      const std::optional<DType> dtype = to_dtype(tensor.type);
      const bool empty = shape && dtype && std::ranges::find(*shape, 0) != shape->end();
      const bool has_buffer = from.tensors()->Get(static_cast<unsigned>(i))->buffer() != 0;
      if (!made[i] && !tensor.constant && !tensor.is_variable && has_buffer && empty) tensor.constant = array_of(*dtype, *shape, {});
    }
  }

  static std::vector<SignaturePort> ports(const flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap>>* maps) {
    std::vector<SignaturePort> ports;
    for (unsigned i = 0; i < size_of(maps); ++i) {
      // An index beyond 2^31 turns negative here, and check_model rejects it.
      ports.push_back({.name = text(maps->Get(i)->name()), .tensor = static_cast<TensorId>(maps->Get(i)->tensor_index())});
    }
    return ports;
  }

  Result<void> read_signatures() {
    for (unsigned i = 0; i < size_of(root_.signature_defs()); ++i) {
      const tflite::SignatureDef& from = *root_.signature_defs()->Get(i);
      model_.signatures.push_back({.key = text(from.signature_key()),
                                   .subgraph = static_cast<int>(from.subgraph_index()),
                                   .inputs = ports(from.inputs()),
                                   .outputs = ports(from.outputs())});
    }
    return {};
  }

  Result<Array> metadata_bytes(uint32_t buffer) const {
    KELT_ASSIGN_OR_RETURN(const BufferRange range, buffer_range(root_, buffer, file_));
    return file_.array(DType::kUInt8, {static_cast<int64_t>(range.size)}, range.offset, range.size);
  }

  Result<void> read_metadata() {
    for (unsigned i = 0; i < size_of(root_.metadata()); ++i) {
      const tflite::Metadata& from = *root_.metadata()->Get(i);
      Result<Array> bytes = metadata_bytes(from.buffer());
      if (!bytes.ok()) return at("metadata '" + text(from.name()) + "'", std::move(bytes).error());
      model_.metadata.push_back({.name = text(from.name()), .bytes = *std::move(bytes)});
    }
    for (const int32_t buffer : numbers(root_.metadata_buffer())) {
      Result<Array> bytes = metadata_bytes(static_cast<uint32_t>(buffer));
      if (!bytes.ok()) return at("metadata without a name", std::move(bytes).error());
      model_.metadata_buffers.push_back(*std::move(bytes));
    }
    return {};
  }

  Result<void> read_external_buffers() {
    for (unsigned i = 0; i < size_of(root_.external_buffer_groups()); ++i) {
      root_.external_buffer_groups()->Get(i)->UnPackTo(&model_.external_buffer_groups.emplace_back());
    }
    for (unsigned i = 0; i < size_of(root_.external_buffers()); ++i) {
      const tflite::ExternalBuffer& from = *root_.external_buffers()->Get(i);
      if (from.group() >= model_.external_buffer_groups.size()) return bad("the file has an external buffer of a group that is not there");
      from.UnPackTo(&model_.external_buffers.emplace_back());
    }
    return {};
  }

  const tflite::Model& root_;
  const FileBytes& file_;
  Model model_;
  uint64_t custom_bytes_ = 0;  // of custom options behind the flatbuffer
};

Result<Model> read_bytes(const FileBytes& file) {
  KELT_ASSIGN_OR_RETURN(const tflite::Model* root, verified_root(file.bytes));
  return Reader(*root, file).read();
}

}  // namespace

Result<Model> read_model(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  return read_bytes({.bytes = bytes, .file = nullptr, .owner = std::move(owner)});
}

Result<Model> read_model(const std::shared_ptr<const MappedFile>& file) {
  const FileBytes bytes{.bytes = file->bytes(), .file = file, .owner = nullptr};
  return read_bytes(bytes).note("while reading " + file->path().string());
}

Result<Model> read_model(const std::filesystem::path& path) {
  KELT_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::open(path));
  return read_model(file);
}

}  // namespace kelt::litert
