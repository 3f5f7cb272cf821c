// cli/main.cc — the `kelt` command: reads the command line and hands over to the command's own file.

#include <array>
#include <cstdio>
#include <string>

#include "base/report.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/table.h"

namespace {

// In the order of `kelt --help`.
constexpr std::array kCommands = {
    kelt::cli::add_export,  kelt::cli::add_quantize, kelt::cli::add_calibrate, kelt::cli::add_explain,
    kelt::cli::add_inspect, kelt::cli::add_run,      kelt::cli::add_verify,
};

constexpr int kFailed = 1;
constexpr int kBadCommandLine = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turns Keras models into LiteRT files.", "kelt"};
  app.set_version_flag("--version", "kelt " + std::string(kelt::version()));
  app.require_subcommand(0, 1);
  kelt::cli::Run run;
  for (const auto add : kCommands) add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadCommandLine;
  }
  if (!run) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  }
  if (const kelt::Result<void> result = run(); !result.ok()) {
    // The others only read.
    const bool writes = app.got_subcommand("export") || app.got_subcommand("quantize") || app.got_subcommand("calibrate");
    std::fprintf(stderr, "%s\n", kelt::cli::printable(kelt::report(result.error(), writes)).c_str());
    return kFailed;
  }
  return 0;
}
