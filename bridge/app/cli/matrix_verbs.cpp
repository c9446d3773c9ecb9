// `omegate matrix registration`: what a homeserver has to know of the bridge, with the tokens for both directions.
//
// Source: Matrix, Application Service API, "Registration".
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/config/file_descriptor.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* about =
    "The homeserver reads the registration when it starts (app_service_config_files of Synapse), and shows the bridge\n"
    "the hs_token; the bridge shows the homeserver the as_token. Both are in the registration, and each in a file for\n"
    "the config of omegate. All are new, readable for their owner only, and nothing that is there is replaced: for new\n"
    "tokens move the old files away, and let both programs read the new ones.\n"
    "\n"
    "Examples:\n"
    "  omegate matrix registration /etc/omegate/matrix --server example.org\n"
    "  omegate matrix registration ./matrix --server example.org --url http://10.0.0.2:8443 --bot _xmpp_bot";

struct RegistrationOptions {
  std::string folder, server, url = "http://127.0.0.1:8443", id = "omegate", bot = "_xmpp_bot", prefix = "_xmpp_";
};

/// Nothing that would have to be quoted, in YAML or in a regular expression.
void expect_plain(const std::string& what, const std::string& value, std::string_view more) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  const std::string known = std::string(letters) + std::string(more);
  if (value.empty() || value.find_first_not_of(known) != value.npos)
    throw UsageError(what + ": expected small letters, digits and " + std::string(more) + ", found \"" + value + "\"");
}

void check(const RegistrationOptions& options) {
  expect_plain("--id", options.id, "_-");
  expect_plain("--bot", options.bot, "_-.=");
  expect_plain("--prefix", options.prefix, "_-");
  expect_plain("--server", options.server, "-.:[]");
  const bool is_url = options.url.starts_with("http://") || options.url.starts_with("https://");
  if (!is_url || options.url.find_first_of(" \"'\\\n\r\t") != std::string::npos)
    throw UsageError("--url: expected where the homeserver reaches omegate, like http://127.0.0.1:8443, found \"" + options.url + "\"");
}

std::string new_token(Random& random) {
  std::array<Byte, 32> bytes{};
  random.fill(bytes);
  return crypto::to_base64url(bytes);
}

std::string in_expression(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '.' || c == '[' || c == ']') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string registration(const RegistrationOptions& options, const std::string& as_token, const std::string& hs_token) {
  const auto users = [&](const std::string& name) {
    return "    - {exclusive: true, regex: '^@" + in_expression(name) + ":" + in_expression(options.server) + "$'}\n";
  };
  std::string text = "# Of omegate's plugin matrix, for the homeserver " + options.server + ". It holds secrets.\n";
  text += "id: " + options.id + "\nurl: \"" + options.url + "\"\nas_token: \"" + as_token + "\"\nhs_token: \"" + hs_token + "\"\n";
  text += "sender_localpart: \"" + options.bot + "\"\nrate_limited: false\nnamespaces:\n  users:\n";
  std::string ghosts = "    - {exclusive: true, regex: '^@" + in_expression(options.prefix) + ".*:" + in_expression(options.server) + "$'}\n";
  if (!options.bot.starts_with(options.prefix)) ghosts = users(options.bot) + ghosts;
  const std::string aliases = "    - {exclusive: true, regex: '^#" + in_expression(options.prefix) + ".*:" + in_expression(options.server) + "$'}\n";
  return text + ghosts + "  aliases:\n" + aliases + "  rooms: []\n";
}

void write_new(const fs::path& path, const std::string& content) {
  const config::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) || ::fsync(file.get()) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
}

ExitCode write_all(Invocation& invocation, const RegistrationOptions& options) {
  check(options);
  const fs::path folder = fs::absolute(options.folder);
  const fs::path yaml = folder / "registration.yaml", as_file = folder / "as_token", hs_file = folder / "hs_token";
  for (const fs::path& path : {yaml, as_file, hs_file}) {
    if (fs::exists(fs::symlink_status(path))) throw UsageError(path.string() + " exists already; nothing was written");
  }
  if (fs::create_directories(folder)) fs::permissions(folder, fs::perms::owner_all);
  const std::string as_token = new_token(invocation.outside.random), hs_token = new_token(invocation.outside.random);
  write_new(as_file, as_token + "\n");
  write_new(hs_file, hs_token + "\n");
  write_new(yaml, registration(options, as_token, hs_token));
  Screen& screen = invocation.screen;
  screen.line("wrote " + yaml.string() + "  for the homeserver");
  screen.line("wrote " + as_file.string() + " and " + hs_file.string() + "  for omegate");
  screen.line();
  screen.line("Into the config of omegate, under plugins:");
  screen.line("  matrix:");
  screen.line("    hosts: {homeserver: {url: \"http://127.0.0.1:8008\", bearer: {file: " + as_file.string() + "}, allow_private: true}}");
  screen.line("    secrets: {hs_token: {file: " + hs_file.string() + "}}");
  screen.line("    roles: {admin: [you@example.org]}");
  screen.line("    config: {host: homeserver, secret: hs_token, server: \"" + options.server + "\", bot: \"" + options.bot + "\", prefix: \"" + options.prefix + "\"}");
  return ExitCode::ok;
}

}  // namespace

void add_matrix(Parser parser, Invocation& invocation) {
  auto verbs = parser.add_subcommand("matrix", "What a Matrix homeserver has to know of the bridge");
  verbs.require_one_subcommand();
  verbs.footer(about);
  auto verb =
      verbs.add_subcommand("registration", "Write the file that the homeserver reads, with new tokens");
  auto options = std::make_shared<RegistrationOptions>();
  verb.add_option("FOLDER", options->folder, "Where to write registration.yaml, as_token and hs_token")
      .required();
  verb.add_option("--server", options->server, "The homeserver's name, as in @you:NAME")
      .required()
      .type_name("NAME");
  verb.add_option("--url", options->url, "Where the homeserver reaches omegate's HTTP")
      .type_name("URL")
      .capture_default_str();
  verb.add_option("--id", options->id, "What the homeserver calls the bridge")
      .type_name("ID")
      .capture_default_str();
  verb.add_option("--bot", options->bot, "The bot's user name there").type_name("NAME").capture_default_str();
  verb.add_option("--prefix", options->prefix, "How names of people's Matrix users begin")
      .type_name("PREFIX")
      .capture_default_str();
  verb.footer(about);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return write_all(invocation, *options); };
  });
}

}  // namespace omegate::app
