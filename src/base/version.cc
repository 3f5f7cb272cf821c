#include "base/version.h"

namespace kelt {

std::string_view version() { return KELT_VERSION; }

}  // namespace kelt
