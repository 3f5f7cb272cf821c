#include "base/status.h"

namespace kelt {

std::string code_name(Code code) { return "K" + std::to_string(static_cast<int>(code)); }

std::string Error::to_string() const {
  std::string text = code_name(code);
  if (!path.empty()) text += " " + path;
  if (!op.empty()) text += " (" + op + ")";
  text += ": " + what;
  if (!remedy.empty()) text += ". " + remedy;
  for (const std::string& note : notes) text += "\n  " + note;
  return text;
}

}  // namespace kelt
