// cli/explain.cc — `kelt explain CODE`: that code's part of docs/errors.md, which is compiled in.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/errors_page.h"

namespace kelt::cli {
namespace {

constexpr std::string_view kHeading = "\n## ";

// Calls see(heading, body) for each section of the page until it returns true.
template <typename See>
bool any_section(See see) {
  std::string_view rest = kErrorsPage;
  for (size_t at = rest.find(kHeading); at != std::string_view::npos; at = rest.find(kHeading)) {
    rest.remove_prefix(at + kHeading.size());
    const size_t line = std::min(rest.find('\n'), rest.size());
    const std::string_view heading = rest.substr(0, line);
    if (see(heading, rest.substr(line, std::min(rest.find(kHeading), rest.size()) - line))) return true;
  }
  return false;
}

// "k204" and "204" mean K204.
std::string code_of(std::string_view asked) {
  std::string code(asked);
  if (!code.empty() && std::isdigit(static_cast<unsigned char>(code[0])) != 0) code.insert(code.begin(), 'K');
  if (!code.empty() && code[0] == 'k') code[0] = 'K';
  return code;
}

void print(std::string_view heading, std::string_view body) {
  std::string text(heading);
  text += '\n';
  for (size_t i = 0; i < body.size(); ++i) {
    if (body.substr(i, 2) == "**") {
      ++i;  // Markdown's marks of emphasis
    } else {
      text += body[i];
    }
  }
  text.erase(text.find_last_not_of('\n') + 1);
  std::printf("%s\n", text.c_str());
}

Result<void> run_explain(const std::string& asked) {
  const std::string code = code_of(asked);
  std::string known;
  const bool found = any_section([&](std::string_view heading, std::string_view body) {
    known += (known.empty() ? "" : ", ") + std::string(heading.substr(0, heading.find(' ')));
    if (!heading.starts_with(code + " ")) return false;
    print(heading, body);
    return true;
  });
  if (found) return {};
  return Error{.code = Code::kNotFound, .what = "there is no error " + asked, .remedy = "There are: " + known};
}

}  // namespace

void add_explain(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("explain", "Says what an error code means and what to do");
  const auto code = std::make_shared<std::string>();
  command->add_option("CODE", *code, "Such as K204")->required();
  command->callback([&run, code] { run = [code] { return run_explain(*code); }; });
}

}  // namespace kelt::cli
