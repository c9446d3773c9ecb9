#include "bridge/core/plugin/manifest.hpp"

#include "bridge/core/plugin/command.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {

std::vector<Problem> check(const Manifest& manifest) {
  std::vector<Problem> problems;
  if (!is_command_name(manifest.name)) {
    problems.push_back(
        {{"name"}, "expected up to 32 letters, digits, '-' or '_', found \"" + manifest.name + "\""});
  }
  if (manifest.version.empty()) problems.push_back({{"version"}, "is missing: expected a text like \"1.0\""});
  if (manifest.api < oldest_api || manifest.api > newest_api) {
    problems.push_back({{"api"},
                        "this gateway speaks API " + std::to_string(oldest_api) + " to " +
                            std::to_string(newest_api) + ", the plugin wants " +
                            std::to_string(manifest.api)});
  }
  return problems;
}

std::vector<std::string> describe(const Grants& grants) {
  std::vector<std::string> lines;
  if (grants.messages) lines.emplace_back("hear messages that are not its commands");
  if (grants.typing) lines.emplace_back("hear who is typing");
  if (grants.keys) lines.emplace_back("hear of new keys and decisions about keys");
  if (grants.hooks) lines.emplace_back("receive HTTP requests on its hooks");
  if (grants.kv_mib != 0) lines.emplace_back("keep up to " + std::to_string(grants.kv_mib) + " MiB");
  if (grants.send_to_anyone) lines.emplace_back("send to anyone");
  if (grants.send_to_sender) lines.emplace_back("send to whoever wrote to it");
  if (grants.send_to_config) lines.emplace_back("send to the JIDs in its configuration");
  for (const auto& jid : grants.send_to) lines.push_back("send to " + jid);
  if (grants.any_account) lines.emplace_back("send from any account");
  if (grants.accounts_from_config) lines.emplace_back("send from the accounts in its configuration");
  for (const auto& account : grants.accounts) lines.push_back("send from " + account);
  return lines;
}

}  // namespace omegate::plugin
