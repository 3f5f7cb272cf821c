#include <unistd.h>

#include <chrono>
#include <string>

#include "calibrate/calibrate.h"
#include "write/write.h"

namespace kelt::calibrate {

Result<observe::File> unnamed_file(const litert::Model& model, const std::filesystem::path& folder) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::filesystem::path path = folder / (".kelt-" + std::to_string(::getpid()) + "-" + std::to_string(now) + ".tflite");
  KELT_RETURN_IF_ERROR(write::write_file(model, path));
  Result<observe::File> file = observe::read_file(path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // it stays for as long as it is open
  return file;
}

}  // namespace kelt::calibrate
