#include "litert/unknown.h"

#include <algorithm>

#include "litert/schema.h"
#include "tflite_generated.h"

namespace kelt::litert {
namespace {

using flatbuffers::Table;
using flatbuffers::voffset_t;
using reflection::BaseType;

constexpr size_t kMostFindings = 100;  // enough to reject; a hostile file may hold millions

// Vectors may be shared, and every visit becomes a copy in the Model: a small file must not become a huge one.
constexpr uint64_t kFreeBytes = uint64_t{64} << 20;
constexpr uint64_t kMostCopies = 64;

// Where the walk is, as a chain, so that only a finding costs a string.
struct Path {
  const Path* parent = nullptr;
  std::string_view field;
  std::optional<size_t> index = {};

  std::string text() const {
    const std::string before = parent == nullptr ? "" : parent->text();
    if (index) return before + "[" + std::to_string(*index) + "]";
    return before + (before.empty() ? "" : ".") + std::string(field);
  }
};

bool refers_to_subgraph(std::string_view field) {
  return field == "subgraph" || field.ends_with("subgraph_index") || field.ends_with("subgraph_indices");
}

class Walk {
 public:
  Walk(size_t subgraphs, uint64_t file_size) : subgraphs_(subgraphs), budget_(kFreeBytes + kMostCopies * file_size) {}

  Result<void> table(const Table& table, const reflection::Object& object, const Path& path) {
    if (found_.size() < kMostFindings) note_slots(table, object, path);
    for (const reflection::Field* field : *object.fields()) {
      if (!table.CheckField(field->offset())) continue;
      const Path name{.parent = &path, .field = field->name()->string_view()};
      switch (field->type()->base_type()) {
        case BaseType::Obj: KELT_RETURN_IF_ERROR(this->table(child(table, field->offset()), table_of(*field->type()), name)); break;
        case BaseType::Union: KELT_RETURN_IF_ERROR(union_value(table, *field, name)); break;
        case BaseType::String: KELT_RETURN_IF_ERROR(spend(child_size(table, *field), name)); break;
        case BaseType::Vector: KELT_RETURN_IF_ERROR(vector(table, *field, name)); break;
        case BaseType::UType: KELT_RETURN_IF_ERROR(union_type(table, object, *field, name)); break;
        default: KELT_RETURN_IF_ERROR(scalar(table, *field, name)); break;
      }
    }
    return {};
  }

  std::vector<std::string> take() { return std::move(found_); }

 private:
  static const Table& child(const Table& table, voffset_t field) { return *table.GetPointer<const Table*>(field); }

  static uint64_t child_size(const Table& table, const reflection::Field& field) {
    return table.GetPointer<const flatbuffers::Vector<uint8_t>*>(field.offset())->size();
  }

  Result<void> spend(uint64_t bytes, const Path& path) {
    if (bytes > budget_)
      return Error{.code = Code::kBadModel, .what = path.text() + " is used over and over: the model is far larger than its file"};
    budget_ -= bytes;
    return {};
  }

  void note(const Path& path, const std::string& what) {
    if (found_.size() < kMostFindings) found_.push_back(path.text() + ": " + what);
  }

  void note_slots(const Table& table, const reflection::Object& object, const Path& path) {
    voffset_t end = 4;  // behind the last field that the schema has
    for (const reflection::Field* field : *object.fields()) end = std::max<voffset_t>(end, static_cast<voffset_t>(field->offset() + 2));
    const uint8_t* const vtable = table.GetVTable();
    const auto size = flatbuffers::ReadScalar<voffset_t>(vtable);
    for (voffset_t slot = end; slot + 1 < size; slot = static_cast<voffset_t>(slot + 2)) {
      if (flatbuffers::ReadScalar<voffset_t>(vtable + slot) == 0) continue;
      note(path, "field " + std::to_string((slot - 4) / 2) + " of " + object.name()->str());
    }
  }

  Result<void> union_value(const Table& table, const reflection::Field& field, const Path& path) {
    const auto type = table.GetField<uint8_t>(static_cast<voffset_t>(field.offset() - 2), 0);
    const reflection::EnumVal* const chosen = union_member(*field.type(), type);
    if (chosen == nullptr) {
      note(path, "a table of unknown kind " + std::to_string(type));
      return {};
    }
    if (type == 0) return {};
    return this->table(child(table, field.offset()), table_of(*chosen->union_type()), path);
  }

  static Result<void> union_type(const Table& table, const reflection::Object&, const reflection::Field& field, const Path& path) {
    const bool chosen = table.GetField<uint8_t>(field.offset(), 0) != 0;
    if (chosen && !table.CheckField(static_cast<voffset_t>(field.offset() + 2))) {
      return Error{.code = Code::kBadModel, .what = path.text() + " names a table that is not there"};
    }
    return {};
  }

  Result<void> subgraph(int64_t index, const Path& path) const {
    if (index < -1 || index >= static_cast<int64_t>(subgraphs_)) {
      return Error{.code = Code::kBadModel,
                   .what = path.text() + " is " + std::to_string(index) + ", of " + std::to_string(subgraphs_) + " subgraphs"};
    }
    return {};
  }

  Result<void> scalar(const Table& table, const reflection::Field& field, const Path& path) {
    const BaseType type = field.type()->base_type();
    if (type != BaseType::Int && type != BaseType::UInt) return {};
    const auto value = table.GetField<int32_t>(field.offset(), 0);
    const bool unsigned_value = type == BaseType::UInt;
    if (refers_to_subgraph(field.name()->string_view()))
      return subgraph(unsigned_value ? int64_t{static_cast<uint32_t>(value)} : value, path);
    return {};
  }

  // FlatBuffers' verifier looks at the place of a vector's length only, whatever the elements behind it need.
  static Result<void> aligned(const Table& table, const reflection::Field& field, const Path& path) {
    const auto width = static_cast<size_t>(field.type()->element_size());
    const auto* const start = table.GetPointer<const flatbuffers::Vector<uint8_t>*>(field.offset())->data();
    if (field.type()->element() > BaseType::Double || reinterpret_cast<uintptr_t>(start) % width == 0) return {};
    return Error{.code = Code::kBadModel, .what = path.text() + " is not aligned: its elements have " + std::to_string(width) + " bytes"};
  }

  Result<void> vector(const Table& table, const reflection::Field& field, const Path& path) {
    KELT_RETURN_IF_ERROR(aligned(table, field, path));
    KELT_RETURN_IF_ERROR(spend(child_size(table, field) * field.type()->element_size(), path));
    if (field.type()->element() == BaseType::Obj) {
      const auto* const elements = table.GetPointer<const flatbuffers::Vector<flatbuffers::Offset<Table>>*>(field.offset());
      const reflection::Object& object = table_of(*field.type());
      for (unsigned i = 0; i < elements->size(); ++i) {
        KELT_RETURN_IF_ERROR(this->table(*elements->Get(i), object, {.parent = &path, .field = {}, .index = i}));
      }
    } else if (field.type()->element() == BaseType::Int && refers_to_subgraph(field.name()->string_view())) {
      for (const int32_t index : *table.GetPointer<const flatbuffers::Vector<int32_t>*>(field.offset())) {
        KELT_RETURN_IF_ERROR(subgraph(index, path));
      }
    }
    return {};
  }

  size_t subgraphs_;
  uint64_t budget_;  // bytes of vectors that may still be met
  std::vector<std::string> found_;
};

}  // namespace

Result<std::vector<std::string>> find_unknown_fields(const tflite::Model& root, uint64_t file_size) {
  Walk walk(root.subgraphs() != nullptr ? root.subgraphs()->size() : 0, file_size);
  const Path start{.parent = nullptr, .field = "model"};
  KELT_RETURN_IF_ERROR(walk.table(reinterpret_cast<const Table&>(root), *schema().root_table(), start));
  return walk.take();
}

}  // namespace kelt::litert
