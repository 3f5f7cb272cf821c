#include "verify/sourced.h"

#include <algorithm>
#include <string>

#include "litert/sources.h"

namespace kelt::verify {

const litert::Tensor& Sourced::tensor(const observe::Place& place) const {
  return file.model.subgraphs[static_cast<size_t>(place.subgraph)].tensors[static_cast<size_t>(place.tensor)];
}

Result<Sourced> read_sourced(const std::filesystem::path& path, std::string_view signature) {
  Sourced read;
  KELT_ASSIGN_OR_RETURN(read.file, observe::read_file(path));
  litert::Model& model = read.file.model;
  KELT_RETURN_IF_ERROR(litert::restore_sources(model));
  const auto chosen = std::ranges::find_if(model.signatures, [&](const litert::Signature& one) {
    return one.key == signature || (signature.empty() && model.signatures.size() == 1);
  });
  if (chosen == model.signatures.end()) {
    return Error{.code = Code::kNotFound, .what = "the file has no signature " + std::string(signature)};
  }
  read.signature = static_cast<size_t>(chosen - model.signatures.begin());
  read.places = observe::observable_tensors(model, *chosen);
  std::erase_if(read.places, [&](const observe::Place& place) { return !read.tensor(place).source; });
  return read;
}

}  // namespace kelt::verify
