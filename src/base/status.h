// base/status.h — how every room reports failure: Result<T> and Error.
//
// An Error says what, where, why and what now: a code that the docs list (docs/errors.md), the path of the layer, the op,
// the cause and the remedy. Callers that know more add a note as it rises. Nothing here throws; nothing here is global.

#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kelt {

// The codes that a user can meet; each has a section in docs/errors.md. The number is stable once released.
enum class Code {
  kInternal = 100,         // a broken promise inside kelt: always a bug of ours
  kInvalidArgument = 101,  // the caller's argument can't be used
  kNotFound = 102,         // a file, signature or name that isn't there
  kIo = 103,               // the operating system failed to read or write
  kBadData = 104,          // calibration data that can't be used
  kBadModel = 201,         // a .tflite that can't be read
  kBadModule = 202,        // a module's text or weights that can't be read
  kTypeMismatch = 203,     // the graph breaks one of its own rules (graph/verify.h)
  kUnsupported = 204,      // an op, option or dtype that has no LiteRT form
  kDynamic = 205,          // a dim that had to be known, or could not be expressed
  kBadStatistics = 206,    // a statistics file that can't be read, or that is another model's
  kBadSource = 207,        // a model on disk that can't be read, or that lacks weights
  kRuntime = 301,          // the LiteRT runtime failed to load or run
  kNoRuntime = 302,        // no LiteRT runtime library was found
  kMismatch = 401,         // the file does not compute what the model computes
};

struct Error {
  Code code = Code::kInternal;
  std::string what;                     // one sentence, no full stop
  std::string path = {};                // of the layer: "backbone/block_3/softmax"; empty where none is concerned
  std::string op = {};                  // the op at fault, as the source names it: "keras.ops.svd"
  std::string remedy = {};              // what the user can do, if anything
  std::vector<std::string> notes = {};  // added as it rises: innermost first

  // "K204 encoder/svd (keras.ops.svd): has no LiteRT op. Use …\n  while lowering …"
  [[nodiscard]] std::string to_string() const;
};

// "K204"
[[nodiscard]] std::string code_name(Code code);

// A value or an Error. Reading the value of a failed Result is a bug and aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& operator*() const& { return *checked(); }
  [[nodiscard]] T& operator*() & { return *const_cast<T*>(checked()); }
  [[nodiscard]] T&& operator*() && { return std::move(*const_cast<T*>(checked())); }
  [[nodiscard]] const T* operator->() const { return checked(); }
  [[nodiscard]] T* operator->() { return const_cast<T*>(checked()); }

  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

  // Adds a note to the error, if there is one.
  Result&& note(std::string note) && {
    if (!ok()) std::get<1>(state_).notes.push_back(std::move(note));
    return std::move(*this);
  }

 private:
  [[nodiscard]] const T* checked() const {
    if (const T* value = std::get_if<0>(&state_)) return value;
    std::abort();
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return *std::move(error_); }

  Result&& note(std::string note) && {
    if (error_) error_->notes.push_back(std::move(note));
    return std::move(*this);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace kelt

// NOLINTBEGIN(bugprone-macro-parentheses)
// The two macros of the house: C++20 has no other way to leave a function from inside an expression.
#define KELT_CONCAT_INNER(a, b) a##b
#define KELT_CONCAT(a, b) KELT_CONCAT_INNER(a, b)
#define KELT_RETURN_IF_ERROR(expr)                                                              \
  do {                                                                                          \
    if (auto kelt_result_ = (expr); !kelt_result_.ok()) return std::move(kelt_result_).error(); \
  } while (false)
#define KELT_ASSIGN_OR_RETURN(lhs, expr) KELT_ASSIGN_OR_RETURN_INNER(KELT_CONCAT(kelt_result_, __LINE__), lhs, expr)
#define KELT_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                                \
  if (!result.ok()) return std::move(result).error();  \
  lhs = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
