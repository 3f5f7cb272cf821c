#include <charconv>
#include <memory>
#include <optional>

#include "graph/literal.h"
#include "graph/parser.h"

namespace kelt::graph {
namespace {

constexpr size_t kMaxRank = 64;

}  // namespace

Result<Value> Parser::type() {
  const size_t offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const std::string word, take_text(TokenKind::kIdentifier, "a dtype"));
  const std::optional<DType> dtype = parse_dtype(word);
  if (!dtype) return lexer_.error_at(offset, "unknown dtype " + quote(word));
  KELT_ASSIGN_OR_RETURN(Dims read, dims());
  return Value{*dtype, std::move(read)};
}

Result<Dims> Parser::dims() {
  if (!is('[')) return error("expected '[' and dims");
  Dims read;
  if (lexer_.follows(']')) {
    KELT_RETURN_IF_ERROR(advance());
    KELT_RETURN_IF_ERROR(advance());
    return read;
  }
  do {
    if (read.size() == kMaxRank) return error("too many dims");
    KELT_ASSIGN_OR_RETURN(Dim dim, lexer_.dim());
    read.push_back(std::move(dim));
    KELT_RETURN_IF_ERROR(advance());  // the ',' or ']' that ended it
  } while (is(','));
  KELT_RETURN_IF_ERROR(expect(']'));
  return read;
}

Result<Attribute> Parser::attribute(int depth) {
  if (depth > kMaxDepth) return error("nested too deeply");
  switch (token_.kind) {
    case TokenKind::kInteger: {
      KELT_ASSIGN_OR_RETURN(const int64_t value, take_integer());
      return Attribute{value};
    }
    case TokenKind::kFloat: {
      double value = 0;
      const char* end = token_.text.data() + token_.text.size();
      if (std::from_chars(token_.text.data(), end, value).ec != std::errc()) return error("a number beyond a double");
      KELT_RETURN_IF_ERROR(advance());
      return Attribute{value};
    }
    case TokenKind::kString: {
      KELT_ASSIGN_OR_RETURN(std::string text, take_text(TokenKind::kString, "a string"));
      return Attribute{std::move(text)};
    }
    case TokenKind::kValue: {
      KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kValue, "a value"));
      return Attribute{ValueId{index}};
    }
    case TokenKind::kWeight: {
      KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kWeight, "a weight"));
      return Attribute{WeightId{index}};
    }
    case TokenKind::kState: {
      KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kState, "a state"));
      return Attribute{StateId{index}};
    }
    case TokenKind::kEllipsis: KELT_RETURN_IF_ERROR(advance()); return Attribute{Ellipsis{}};
    case TokenKind::kIdentifier: return word_attribute(depth);
    default: break;
  }
  if (is('{')) {
    KELT_ASSIGN_OR_RETURN(Dim dim, lexer_.dim());
    KELT_RETURN_IF_ERROR(advance());
    KELT_RETURN_IF_ERROR(expect('}'));
    return Attribute{std::move(dim)};
  }
  if (!is('[')) return error("expected an attribute");
  List list;
  KELT_RETURN_IF_ERROR(sequence('[', ']', [&]() -> Result<void> {
    KELT_ASSIGN_OR_RETURN(Attribute item, attribute(depth + 1));
    list.push_back(std::move(item));
    return {};
  }));
  return Attribute{std::move(list)};
}

Result<Attribute> Parser::word_attribute(int depth) {
  const size_t offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const std::string word, take_text(TokenKind::kIdentifier, "a word"));
  if (word == "None") return Attribute{None{}};
  if (word == "True") return Attribute{true};
  if (word == "False") return Attribute{false};
  if (word == "slice") return slice(depth);
  if (const std::optional<DType> dtype = parse_dtype(word)) return Attribute{*dtype};
  return lexer_.error_at(offset, "unknown word " + quote(word));
}

Result<Attribute> Parser::slice(int depth) {
  KELT_RETURN_IF_ERROR(expect('('));
  KELT_ASSIGN_OR_RETURN(Attribute start, attribute(depth + 1));
  KELT_RETURN_IF_ERROR(expect(','));
  KELT_ASSIGN_OR_RETURN(Attribute stop, attribute(depth + 1));
  KELT_RETURN_IF_ERROR(expect(','));
  KELT_ASSIGN_OR_RETURN(Attribute step, attribute(depth + 1));
  KELT_RETURN_IF_ERROR(expect(')'));
  return Attribute{std::make_shared<const Slice>(Slice{std::move(start), std::move(stop), std::move(step)})};
}

}  // namespace kelt::graph
