#include "bridge/core/plugin/installed.hpp"

#include <algorithm>

namespace omegate::plugin {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

void expect_known(std::vector<Problem>& problems, const std::vector<std::string>& used,
                  const std::vector<std::string>& known, const std::string& what) {
  for (const auto& name : used) {
    if (std::ranges::find(known, name) != known.end()) continue;
    problems.push_back(
        {{}, "there is no " + what + " \"" + name + "\" for this plugin; there are: " + joined(known)});
  }
}

}  // namespace

std::vector<Problem> check(const Installed& installed) {
  std::vector<Problem> problems = installed.config.problems;
  expect_known(problems, installed.config.accounts, installed.accounts, "account");
  expect_known(problems, installed.config.secrets, installed.secrets, "secret");
  expect_known(problems, installed.config.hosts, installed.hosts, "host");
  return problems;
}

}  // namespace omegate::plugin
