// observe/observe.h — runs a file and hands out the values of chosen tensors.
//
// Nothing is written: the copy that has the tensors as outputs is a flatbuffer in memory, behind which the file is mapped, and
// its constants are those of the file.

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "litert/model.h"
#include "observe/groups.h"
#include "runtime/runtime.h"

namespace kelt::observe {

struct File {
  std::shared_ptr<const MappedFile> bytes;
  litert::Model model;
};
[[nodiscard]] Result<File> read_file(const std::filesystem::path& path);

// The file with the group's tensors as outputs, for a caller that runs it by itself. Constants of the model that are not ranges of
// the file are read into memory.
[[nodiscard]] Result<runtime::CompiledModel> open(const runtime::Runtime& runtime, const File& file, const Group& group,
                                                  const runtime::OpenOptions& options = {});

// A model made of the file's: its constants are ranges of the file, or are read into memory.
[[nodiscard]] Result<runtime::CompiledModel> open(const runtime::Runtime& runtime, const File& file, const litert::Model& model,
                                                  const runtime::OpenOptions& options = {});

// The inputs of one run.
using Sample = std::span<const runtime::Input>;
// The value of a tensor in the run of a sample; false ends the observation.
using Observer = std::function<Result<bool>(size_t sample, const Place& place, const runtime::Output& value)>;

struct Unreadable {
  Place place;
  std::string why;  // what the runtime says
};

// Runs each group with each of the samples in turn, one group at a time in memory, each from the initial state. A group that the
// runtime rejects is halved until it is clear which tensors it can't give (sizes that it learns too late): those are returned.
[[nodiscard]] Result<std::vector<Unreadable>> observe(const runtime::Runtime& runtime, const File& file, std::span<const Group> groups,
                                                      std::span<const Sample> samples, const Observer& observer,
                                                      const runtime::OpenOptions& options = {});

}  // namespace kelt::observe
