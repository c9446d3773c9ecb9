#include "bridge/core/plugin/manifest.hpp"

#include <algorithm>

#include "bridge/core/plugin/command.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {
namespace {

bool is_plain_path(std::string_view path) {
  return path.starts_with('/') && (std::string(path) + "/").find("/../") == std::string::npos && path.find('\0') == path.npos;
}

bool is_program_place(std::string_view path) {
  const std::string whole = std::string(path) + "/";
  return std::ranges::any_of(program_places, [&](std::string_view place) { return whole.starts_with(place); });
}

std::vector<Problem> check(const WorkerProgram& program) {
  std::vector<Problem> problems;
  if (program.command.empty()) {
    if (!program.reads.empty()) problems.push_back({{"program", "read"}, "there is no command that could read"});
    return problems;
  }
  if (!is_plain_path(program.command.front()))
    problems.push_back({{"program", "command"}, "expected an absolute path first, like /usr/bin/python3, found \"" + program.command.front() + "\""});
  for (const auto& path : program.reads) {
    if (is_plain_path(path) && is_program_place(path)) continue;
    problems.push_back({{"program", "read"}, "expected a folder below /usr, /lib, /lib64 or /opt, found \"" + path +
                                                 "\"; what else it needs belongs into the plugin's own folder"});
  }
  return problems;
}

}  // namespace

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
  for (auto& problem : check(manifest.program)) problems.push_back(std::move(problem));
  return problems;
}

std::vector<std::string> describe(const WorkerProgram& program) {
  std::vector<std::string> lines;
  if (program.command.empty()) return lines;
  std::string line = "be a process of its own:";
  for (const auto& word : program.command) line += " " + word;
  lines.push_back(std::move(line));
  for (const auto& place : program.reads) lines.push_back("read below " + place);
  return lines;
}

std::vector<std::string> describe(const Grants& grants) {
  std::vector<std::string> lines;
  if (grants.messages) lines.emplace_back("hear messages that are not its commands");
  if (grants.typing) lines.emplace_back("hear who is typing");
  if (grants.moderate) lines.emplace_back("have messages of others taken out of rooms that the bot moderates");
  if (grants.keys) lines.emplace_back("hear of new keys and decisions about keys");
  if (grants.mail) lines.emplace_back("hear mail for the addresses in its configuration");
  if (grants.hooks) lines.emplace_back("receive HTTP requests on its hooks");
  for (const auto& path : grants.http) lines.push_back("receive HTTP requests below " + path);
  if (grants.bridge) lines.emplace_back("bring messages from elsewhere, marked as such; what another bridge brought does not reach it");
  if (grants.kv_mib != 0) lines.emplace_back("keep up to " + std::to_string(grants.kv_mib) + " MiB");
  if (grants.send_to_anyone) lines.emplace_back("send to anyone");
  if (grants.send_to_sender) lines.emplace_back("send to whoever wrote to it");
  if (grants.send_to_config) lines.emplace_back("send to the JIDs in its configuration");
  for (const auto& jid : grants.send_to) lines.push_back("send to " + jid);
  if (grants.fetch_from_config) lines.emplace_back("call the HTTP hosts in its configuration");
  for (const auto& host : grants.fetch) lines.push_back("call the HTTP host " + host + ", as the operator names it");
  if (grants.fetch_rate > default_fetch_rate) lines.push_back("call them up to " + std::to_string(grants.fetch_rate) + " times a minute");
  if (grants.fetch_files) lines.emplace_back("send files to them, unencrypted, and take files from them");
  if (grants.avatars) lines.emplace_back("see the pictures that people show of themselves");
  if (grants.mail_to_config) lines.emplace_back("write mails to the addresses in its configuration");
  for (const auto& address : grants.mail_to)
    lines.push_back(address == "*" ? "write mails to anyone" : "write mails to " + address);
  if (grants.run_any) lines.emplace_back("have the programs run that the operator lists for it");
  for (const auto& name : grants.run) lines.push_back("have the program " + name + " run, as the operator lists it");
  if (grants.any_account) lines.emplace_back("send from any account");
  if (grants.accounts_from_config) lines.emplace_back("send from the accounts in its configuration");
  for (const auto& account : grants.accounts) lines.push_back("send from " + account);
  for (const auto& topic : grants.publish) lines.push_back("tell other plugins of the topic " + topic);
  for (const auto& topic : grants.subscribe) lines.push_back("hear what other plugins tell of the topic " + topic);
  return lines;
}

}  // namespace omegate::plugin
