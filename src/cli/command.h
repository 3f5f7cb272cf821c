// cli/command.h — what a subcommand is: a function that adds itself to the command line, and one that runs.

#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "base/status.h"

namespace kelt::cli {

// Set by the subcommand that the command line names.
using Run = std::function<Result<void>()>;

// The commands; each in a file of its own.
void add_export(CLI::App& app, Run& run);
void add_calibrate(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_inspect(CLI::App& app, Run& run);
void add_quantize(CLI::App& app, Run& run);
void add_run(CLI::App& app, Run& run);
void add_verify(CLI::App& app, Run& run);

}  // namespace kelt::cli
