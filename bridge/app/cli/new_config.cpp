#include "bridge/app/cli/new_config.hpp"

#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

/// A double-quoted YAML scalar is a JSON string.
std::string quoted(const std::string& text) { return gateway::in_json_quotes(text); }

std::string list(const std::vector<std::string>& texts) {
  std::string items;
  for (const auto& text : texts) items += (items.empty() ? "" : ", ") + quoted(text);
  return "[" + items + "]";
}

std::string server(const config::AccountSettings& account) {
  std::string lines;
  if (account.host.empty()) {
    lines += "    # host and port: found in DNS. To name them: host: xmpp.example.org and port: 5222\n";
  } else {
    lines += "    host: " + quoted(account.host) + "\n";
  }
  if (account.port != 0) lines += "    port: " + std::to_string(account.port) + "\n";
  if (account.direct_tls) lines += "    direct_tls: true\n";
  if (!account.ca_file.empty()) lines += "    ca_file: " + quoted(account.ca_file.string()) + "\n";
  return lines;
}

std::string plugins(const NewConfig& config) {
  const bool has_admin = !config.account.admins.empty();
  const std::string off = has_admin ? "" : "# ";
  const auto to = list(has_admin ? config.account.admins : std::vector<std::string>{"you@example.org"});
  std::string text =
      "# Webhooks come in here, on this machine only; for others put a TLS proxy in front.\n"
      "http:\n"
      "  listen: 127.0.0.1:8443\n"
      "\n"
      "plugins:\n"
      "  # POST /hooks/alerts, with the token from the file, goes to the people named here.\n" +
      off + "  webhook:\n" + off +
      "    secrets: {alerts_token: {file: " + quoted(config.token_file.string()) + "}}\n" + off +
      "    config:\n" + off + "      hooks:\n" + off + "        alerts: {secret: alerts_token, to: " + to +
      "}\n" +
      "  # Answers commands: write `ping` to the bot.\n"
      "  responder:\n"
      "    config:\n"
      "      replies:\n"
      "        - {command: ping, reply: pong, help: shows that I am here}\n";
  return text;
}

}  // namespace

std::string to_yaml(const NewConfig& config) {
  const auto& account = config.account;
  std::string text =
      "# omegate. `omegate check` says what is wrong with this file; every setting stands, explained, in the "
      "example\n"
      "# config that is installed with the program (config/omegate.yaml in its sources).\n"
      "\n"
      "data_dir: " +
      quoted(config.data_dir.string()) + "\n" +
      "\n"
      "# This key opens the database, and so does a recovery passphrase (omegate key recovery set). Without both it "
      "is lost.\n"
      "key: {file: " +
      quoted(config.key_file.string()) + "}\n" +
      "\n"
      "accounts:\n"
      "  " +
      account.name + ":\n" + "    jid: " + quoted(account.jid) + "\n" +
      "    password: {file: " + quoted(account.password.name) + "}\n" + server(account) +
      "    # How keys come to be trusted: tofu (the first one that writes), blind, configured, manual.\n"
      "    policy: " +
      std::string(trust::name(account.policy)) + "\n" +
      "    # Always heard, and told when something needs a person.\n"
      "    admins: " +
      list(account.admins) + "\n" +
      "    # Who else is heard: JIDs and domains. Without this line: the account's contact list.\n"
      "    # allow: [alice@example.org, team.example.org]\n"
      "\n";
  if (!config.control_socket.empty())
    text += "control:\n  socket: " + quoted(config.control_socket.string()) + "\n\n";
  return text + plugins(config);
}

}  // namespace omegate::app
