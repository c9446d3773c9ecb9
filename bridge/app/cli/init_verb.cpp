#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <istream>
#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/new_config.hpp"
#include "bridge/app/cli/service_user.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/config/file_descriptor.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/edge/store/key_file.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* examples =
    "Examples:\n"
    "  omegate init                                     # asks for everything\n"
    "  omegate init --jid bot@example.org --admin you@example.org --password-file /root/bot.password\n"
    "  omegate init --jid bot@example.org --register    # makes the account, with a password of its own\n"
    "  omegate init --dir ~/omegate --jid bot@example.org --host 127.0.0.1 --port 5222 --ca-file ca.pem\n"
    "\n"
    "Logs in once, then writes the config, the key of the database, a password file if it asked for the "
    "password,\n"
    "and a token for the webhook. Files that exist are never overwritten. A password is never taken from "
    "the\n"
    "command line: other users of the machine could read it there.";

constexpr std::chrono::seconds login_limit{30};

struct InitOptions {
  std::string jid, password_file, host, ca_file, policy, dir, data_dir, name = "bot";
  std::vector<std::string> admins;
  int port = 0;
  bool direct_tls = false;
  bool no_login = false;
  bool registers = false;
};

/// Where everything goes.
struct Places {
  fs::path folder, config, data_dir;
};

Places choose_places(const InitOptions& options, Invocation& invocation) {
  Places places;
  if (!options.dir.empty()) {
    places.folder = options.dir;
    places.config = places.folder / "omegate.yaml";
  } else {
    places.config = invocation.config_file();
    const auto home = invocation.outside.environment("HOME");
    if (invocation.config_option.empty() && ::geteuid() != 0 && home)
      places.config = fs::path(*home) / ".config/omegate/omegate.yaml";
    places.folder = places.config.parent_path();
  }
  places.folder = fs::absolute(places.folder.empty() ? "." : places.folder);
  places.config = fs::absolute(places.config);
  places.data_dir = !options.data_dir.empty() ? fs::absolute(options.data_dir)
                                              : service_data_dir(places.folder).value_or(places.folder / "data");
  return places;
}

/// A line from the person, or what stands in brackets.
std::string ask(Outside& outside, const std::string& question, const std::string& otherwise = {}) {
  outside.out << question << (otherwise.empty() ? "" : " [" + otherwise + "]") << ": " << std::flush;
  std::string line;
  if (!std::getline(outside.in, line)) throw UsageError("the input ended; nothing was written");
  return line.empty() ? otherwise : line;
}

// What each answer means for a person, not how it works: docs/trust.md has that.
constexpr const char* about_policies =
    "\n"
    "Whose keys may read what the bot writes?\n"
    "  tofu        the keys that a contact shows first; later ones wait for you (omegate trust approve). Good for most. If\n"
    "              somebody stood in between at that first moment, you notice when you compare keys, not before.\n"
    "  blind       every key, until you have compared one of that contact: then as manual. Nothing waits, and a key that the\n"
    "              server slips in reads along unnoticed.\n"
    "  manual      none before you have approved it: the first message to each contact and each new device waits for you.\n"
    "  configured  only keys whose fingerprints you write into the config.\n"
    "It can be changed at any time, for all or for one contact.\n";

bool is_policy(const std::string& text) { return trust::policy_named(text).has_value(); }

void ask_for_policy(InitOptions& options, Outside& outside) {
  outside.out << about_policies;
  do {
    options.policy = ask(outside, "tofu, blind, manual or configured", "tofu");
  } while (!is_policy(options.policy));
  outside.out << "\n";
}

void ask_whether_it_exists(InitOptions& options, Outside& outside) {
  const auto answer = ask(outside, "Is there an account " + options.jid + " already? (no: it is made now, if its server allows that)", "yes");
  options.registers = answer.starts_with('n') || answer.starts_with('N');
}

void ask_for_missing(InitOptions& options, Outside& outside) {
  if (options.jid.empty() && !outside.asks)
    throw UsageError("--jid is missing: the bot's address, bot@example.org");
  if (options.jid.empty()) options.jid = ask(outside, "The bot's address, like bot@example.org");
  if (!options.registers && options.password_file.empty() && outside.asks) ask_whether_it_exists(options, outside);
  if (options.admins.empty() && outside.asks) {
    const auto admin = ask(outside, "Your own address, for alerts and questions (empty: none)");
    if (!admin.empty()) options.admins.push_back(admin);
  }
  if (options.policy.empty() && outside.asks) ask_for_policy(options, outside);
  if (options.policy.empty()) options.policy = "tofu";
}

std::string random_word(Random& random) {
  std::array<Byte, 32> bytes{};
  random.fill(bytes);
  return crypto::to_base64url(bytes);
}

config::SecretText get_password(const InitOptions& options, Outside& outside) {
  if (!options.password_file.empty())
    return config::read_secret({config::SecretSource::Kind::file, options.password_file, {}, ""});
  if (options.registers) return config::SecretText(random_word(outside.random));  // nobody has to type it
  if (!outside.asks)
    throw UsageError(
        "--password-file is missing: a file with the account's password (a person would be asked)");
  return outside.ask_secret("Password of " + options.jid);
}

NewConfig make_config(const InitOptions& options, const Places& places) {
  NewConfig config{places.data_dir, places.folder / "key", places.folder / "alerts.token", {}, {}};
  auto& account = config.account;
  account.name = options.name;
  account.jid = options.jid;
  account.password.name =
      (options.password_file.empty() ? places.folder / "password" : fs::absolute(options.password_file))
          .string();
  account.host = options.host;
  account.port = static_cast<std::uint16_t>(options.port);
  account.direct_tls = options.direct_tls;
  if (!options.ca_file.empty()) account.ca_file = fs::absolute(options.ca_file);
  account.policy = *trust::policy_named(options.policy);
  account.admins = options.admins;
  return config;
}

/// What was typed goes through the same checks as the file will; faults name the setting.
config::AccountSettings checked_account(const NewConfig& config, const Places& places) {
  try {
    return config::parse_settings(to_yaml(config), places.config, {"", false}).accounts.front();
  } catch (const config::ConfigError& error) {
    std::string texts;
    for (const auto& fault : error.faults()) texts += (texts.empty() ? "" : "\n  ") + fault.text;
    throw UsageError(texts);
  }
}

/// `is_new`: the account was made a moment ago.
void check_login(const config::AccountSettings& account, const config::SecretText& password, bool is_new,
                 Invocation& invocation) {
  invocation.screen.line("logging in as " + account.jid + " …");
  const auto login = invocation.outside.check_login(account, password, login_limit);
  if (!login.ok)
    throw gateway::OperatorError("failed", login.text,
                                 login.hint + (is_new ? " (the account is there, and " + account.password.name +
                                                            " has its password: go on with --password-file)"
                                                      : " (nothing was written; --no-login writes anyway)"));
  invocation.screen.line("  " + login.text);
}

/// Mode 0600, synced; false if there is such a file.
bool write_new_file(const fs::path& path, std::string_view content) {
  const config::FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file && errno == EEXIST) return false;
  if (!file || ::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      ::fsync(file.get()) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
  return true;
}

void make_folder(const fs::path& folder) {
  if (!fs::create_directories(folder)) return;
  fs::permissions(folder, fs::perms::owner_all);
}

/// The password is on the disk before the server has it: an account whose password got lost is nobody's.
void make_account(const NewConfig& config, const config::SecretText& password, const InitOptions& options,
                  const Places& places, Invocation& invocation) {
  const fs::path file = config.account.password.name;
  const bool is_ours = options.password_file.empty();
  if (is_ours) {
    make_folder(places.folder);
    if (!write_new_file(file, std::string(password.reveal()) + "\n"))
      throw std::runtime_error(file.string() + " exists; if it belongs to " + config.account.jid +
                               ", leave --register away and add --password-file " + file.string());
  }
  invocation.screen.line("making the account " + config.account.jid + " …");
  const auto made = invocation.outside.make_account(config.account, password, login_limit);
  if (!made.ok && made.may_exist)
    throw gateway::OperatorError("failed", made.text, "it may have been made all the same: go on with --password-file " + file.string() +
                                                          " instead of --register" +
                                     (is_ours ? ", and if the login is refused remove that file" : ""));
  if (!made.ok && is_ours) fs::remove(file);
  if (!made.ok) throw gateway::OperatorError("failed", made.text, made.hint);
  invocation.screen.line("  " + made.text);
}

void report(Screen& screen, const fs::path& path, bool written, const std::string& what) {
  screen.line((written ? "wrote " : "kept  ") + path.string() + "  " + what);
}

void write_files(const NewConfig& config, const Places& places, const InitOptions& options,
                 const config::SecretText& password, Invocation& invocation) {
  Screen& screen = invocation.screen;
  make_folder(places.folder);
  make_folder(places.data_dir);
  std::vector<fs::path> ours;  // that this call wrote
  const bool new_key = !fs::exists(config.key_file);
  if (new_key && fs::exists(places.data_dir / "omegate.db"))
    throw gateway::OperatorError("conflict",
                                 "there is a database in " + places.data_dir.string() + ", and its key " +
                                     config.key_file.string() + " is missing; a new one would not open it",
                                 "put the key back, or choose another --data-dir");
  if (new_key) store::create_key_file(config.key_file.string(), invocation.outside.random);
  if (new_key) ours.push_back(config.key_file);
  report(screen, config.key_file, new_key, "the key of the database: keep a copy elsewhere");
  const auto write_secret = [&](const fs::path& file, const std::string& content, const std::string& what) {
    const bool written = write_new_file(file, content);
    if (written) ours.push_back(file);
    report(screen, file, written, what);
  };
  const fs::path password_file = config.account.password.name;
  // Of an attempt before, which made the account and said to go on with it.
  if (!options.password_file.empty() && password_file == places.folder / "password") ours.push_back(password_file);
  if (options.registers && options.password_file.empty()) {
    ours.push_back(password_file);
    report(screen, password_file, true, "the account's password: keep a copy elsewhere");
  } else if (options.password_file.empty()) {
    write_secret(password_file, std::string(password.reveal()) + "\n", "the password");
  }
  if (!options.admins.empty())
    write_secret(config.token_file, random_word(invocation.outside.random) + "\n", "the token of the webhook");
  if (!write_new_file(places.config, to_yaml(config)))
    throw std::runtime_error(places.config.string() +
                             " exists; move it away, or choose another place with --dir");
  report(screen, places.config, true, "the config");
  ours.push_back(places.config);
  if (service_data_dir(places.folder) && give_to_service(places.folder, ours))
    screen.line("      they belong to the user omegate now, as which the service runs");
}

void print_next_steps(const NewConfig& config, const Places& places, Invocation& invocation) {
  Screen& screen = invocation.screen;
  const bool found_by_itself = places.config == invocation.config_file() && invocation.config_option.empty();
  const std::string with = found_by_itself ? "" : " --config " + places.config.string();
  screen.line();
  screen.line("Next:");
  const std::string unit = service_unit(places.folder);
  screen.line(unit.empty() ? "  omegate run" + with : "  systemctl enable --now " + unit);
  screen.line("  omegate hello" + with +
              "       # its code, to be scanned with your phone; then a test message, until the phone has it");
  screen.line("  omegate key recovery set" + with + "       # a passphrase, for the day the key file is lost");
  if (config.account.admins.empty()) return;
  screen.line("  curl -H \"Authorization: Bearer $(cat " + config.token_file.string() +
              ")\" -d \"It works\" http://127.0.0.1:8443/hooks/alerts");
}

ExitCode init(Invocation& invocation, InitOptions options) {
  const auto places = choose_places(options, invocation);
  if (fs::exists(places.config))
    throw std::runtime_error(places.config.string() +
                             " exists; move it away, or choose another place with --dir");
  ask_for_missing(options, invocation.outside);
  auto config = make_config(options, places);
  config.account = checked_account(config, places);
  const auto password = get_password(options, invocation.outside);
  if (options.registers) make_account(config, password, options, places, invocation);
  if (!options.no_login) check_login(config.account, password, options.registers, invocation);
  write_files(config, places, options, password, invocation);
  print_next_steps(config, places, invocation);
  return ExitCode::ok;
}

}  // namespace

void add_init(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand(
      "init", "Ask for the account or make it, check the login, make keys, write the config");
  auto options = std::make_shared<InitOptions>();
  verb.add_option("--jid", options->jid, "The bot's address").type_name("JID");
  verb.add_flag("--register", options->registers,
                "Make the account on its server; without --password-file with a password of its own");
  verb.add_option("--password-file", options->password_file, "A file with its password").type_name("FILE");
  verb.add_option("--admin", options->admins, "Who gets alerts and may decide; may be repeated")
      .type_name("JID");
  verb.add_option("--host", options->host, "The server, if DNS does not tell").type_name("HOST");
  verb.add_option("--port", options->port, "Its port").range(1, 65535).type_name("PORT");
  verb.add_flag("--direct-tls", options->direct_tls, "TLS from the first byte, instead of STARTTLS");
  verb.add_option("--ca-file", options->ca_file, "A certificate authority of your own (PEM)")
      .type_name("FILE");
  verb.add_option("--policy", options->policy,
                  "How contacts' keys come to be trusted [tofu, or as you answer]")
      .one_of({"tofu", "blind", "configured", "manual"})
      .type_name("POLICY");
  verb.add_option("--name", options->name, "The account's name in the config").capture_default_str();
  verb.add_option("--dir", options->dir, "Where to write everything [the config's folder]")
      .type_name("FOLDER");
  verb.add_option("--data-dir", options->data_dir,
                  "Where the database goes [/var/lib/omegate, or data in --dir]")
      .type_name("FOLDER");
  verb.add_flag("--no-login", options->no_login, "Do not try the login");
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return init(invocation, *options); };
  });
}

}  // namespace omegate::app
