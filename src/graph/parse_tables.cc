#include <charconv>
#include <optional>

#include "graph/literal.h"
#include "graph/parser.h"
#include "graph/random.h"

namespace kelt::graph {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 48;  // of one weight: its bytes fit any arithmetic on 64 bits

}  // namespace

Result<void> Parser::proven(Module& module) {
  KELT_RETURN_IF_ERROR(advance());
  KELT_ASSIGN_OR_RETURN(std::string symbol, take_text(TokenKind::kString, "the name of a symbol"));
  KELT_RETURN_IF_ERROR(expect('='));
  std::vector<int64_t> sizes;
  KELT_RETURN_IF_ERROR(sequence('[', ']', [&]() -> Result<void> {
    KELT_ASSIGN_OR_RETURN(const int64_t size, take_integer());
    sizes.push_back(size);
    return {};
  }));
  module.proven_sizes.emplace_back(std::move(symbol), std::move(sizes));
  return {};
}

Result<void> Parser::valid(Module& module) {
  KELT_RETURN_IF_ERROR(advance());
  KELT_ASSIGN_OR_RETURN(const std::string function, take_text(TokenKind::kString, "the name of a function"));
  KELT_RETURN_IF_ERROR(expect('='));
  KELT_ASSIGN_OR_RETURN(Dims lengths, dims());
  for (Dim& length : lengths) module.valid_sizes.emplace_back(function, std::move(length));
  return {};
}

Result<void> Parser::weight(Module& module) {
  KELT_RETURN_IF_ERROR(advance());
  const Token here = token_;
  KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kWeight, "@ and a number"));
  if (static_cast<size_t>(index) != module.weights.size()) return lexer_.error_at(here.offset, "weights are numbered in order");
  KELT_ASSIGN_OR_RETURN(std::string name, take_text(TokenKind::kString, "the name of a weight"));
  KELT_RETURN_IF_ERROR(expect(':'));
  const size_t type_offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const Value value, type());
  std::optional<Shape> shape = static_dims(value.dims);
  if (!shape) return lexer_.error_at(type_offset, "a weight has numbers for dims");
  int64_t count = 1;
  for (const int64_t length : *shape) {
    if (length < 0) return lexer_.error_at(type_offset, "a negative dim");
    if (length > 0 && count > kMaxElements / length) return lexer_.error_at(type_offset, "a weight that is too large");
    count *= length;
  }
  KELT_RETURN_IF_ERROR(expect('='));
  KELT_ASSIGN_OR_RETURN(Array array, weight_data(value.dtype, *std::move(shape)));
  module.weights.push_back({std::move(name), std::move(array)});
  return {};
}

Result<Array> Parser::weight_data(DType dtype, Shape shape) {
  if (is('[')) return numbers(dtype, std::move(shape));
  const size_t offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const std::string kind, take_text(TokenKind::kIdentifier, "file(…), random(…), hex(…) or a list of numbers"));
  KELT_RETURN_IF_ERROR(expect('('));
  Result<Array> array = Error{};
  if (kind == "hex") {
    array = hex(dtype, std::move(shape));
  } else if (kind == "random") {
    KELT_ASSIGN_OR_RETURN(const int64_t seed, take_integer());
    array = random_array(dtype, std::move(shape), static_cast<uint64_t>(seed));
  } else if (kind == "file") {
    KELT_ASSIGN_OR_RETURN(const std::string name, take_text(TokenKind::kString, "the name of a file"));
    KELT_RETURN_IF_ERROR(expect(','));
    KELT_ASSIGN_OR_RETURN(const int64_t at, take_integer());
    if (at < 0) return lexer_.error_at(offset, "a negative offset");
    if (!files_) return lexer_.error_at(offset, "file(…) needs a module directory");
    array = files_(dtype, std::move(shape), name, static_cast<uint64_t>(at));
  } else {
    return lexer_.error_at(offset, "expected file(…), random(…), hex(…) or a list of numbers");
  }
  if (!array.ok()) return array.error().code == Code::kBadModule ? array.error() : lexer_.error_at(offset, array.error().what);
  KELT_RETURN_IF_ERROR(expect(')'));
  return array;
}

Result<Array> Parser::numbers(DType dtype, Shape shape) {
  const size_t offset = token_.offset;
  std::vector<std::byte> bytes;
  KELT_RETURN_IF_ERROR(sequence('[', ']', [&]() -> Result<void> {
    if (!is(TokenKind::kInteger) && !is(TokenKind::kFloat)) return error("expected a number");
    if (!append_number(dtype, token_.text, bytes)) return error("a number that " + std::string(name(dtype)) + " can't hold");
    return advance();
  }));
  if (bytes.size() != Array{dtype, shape, nullptr}.bytes()) return lexer_.error_at(offset, "the count of numbers differs from the dims");
  return array_of(dtype, std::move(shape), std::move(bytes));
}

Result<Array> Parser::hex(DType dtype, Shape shape) {
  const size_t offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const std::string digits, take_text(TokenKind::kString, "hexadecimal digits"));
  if (digits.size() % 2 != 0 || digits.size() / 2 != Array{dtype, shape, nullptr}.bytes()) {
    return lexer_.error_at(offset, "the count of bytes differs from the dims");
  }
  std::vector<std::byte> bytes(digits.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    unsigned value = 0;
    const char* start = digits.data() + 2 * i;
    const auto [end, status] = std::from_chars(start, start + 2, value, 16);
    if (status != std::errc() || end != start + 2) return lexer_.error_at(offset, "not hexadecimal digits");
    bytes[i] = static_cast<std::byte>(value);
  }
  return array_of(dtype, std::move(shape), std::move(bytes));
}

Result<void> Parser::state(Module& module) {
  KELT_RETURN_IF_ERROR(advance());
  const size_t offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kState, "$ and a number"));
  if (static_cast<size_t>(index) != module.states.size()) return lexer_.error_at(offset, "states are numbered in order");
  KELT_ASSIGN_OR_RETURN(std::string name, take_text(TokenKind::kString, "the name of a state"));
  KELT_RETURN_IF_ERROR(expect(':'));
  KELT_ASSIGN_OR_RETURN(Value value, type());
  KELT_RETURN_IF_ERROR(expect('='));
  KELT_ASSIGN_OR_RETURN(const int initial, take_index(TokenKind::kWeight, "the weight that it begins with"));
  module.states.push_back({std::move(name), value.dtype, std::move(value.dims), {initial}});
  return {};
}

}  // namespace kelt::graph
