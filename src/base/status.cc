#include "base/status.h"

namespace kelt {

std::string CodeName(Code code) { return "K" + std::to_string(static_cast<int>(code)); }

std::string Error::ToString() const {
  std::string text = CodeName(code);
  if (!path.empty()) text += " " + path;
  if (!op.empty()) text += " (" + op + ")";
  text += ": " + what;
  if (!remedy.empty()) text += ". " + remedy;
  for (const std::string& note : notes) text += "\n  " + note;
  return text;
}

}  // namespace kelt
