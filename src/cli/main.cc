// cli/main.cc — the `kelt` command: reads the command line and hands over to the command's own file.

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  CLI::App app{"Turns Keras models into LiteRT files.", "kelt"};
  app.set_version_flag("--version", "kelt " KELT_VERSION);
  app.require_subcommand(0, 1);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
