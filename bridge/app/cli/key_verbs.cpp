#include <filesystem>
#include <memory>
#include <ostream>

#include "bridge/app/cli/passphrase.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/opening.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate key status\n"
    "  omegate key recovery set         # asks for a passphrase; write it down and keep it elsewhere\n"
    "  omegate key recovery test        # once a year: is it still known?\n"
    "  omegate key rotate               # a new key file in the place of the old one\n"
    "  omegate key unlock               # the key file is lost: a new one, by the passphrase\n"
    "\n"
    "What lies in the database is sealed under a key that never changes and is never written in clear. The "
    "key file (or\n"
    "credential) opens it, and so does the recovery passphrase, if one is set.";

constexpr const char* rotate_examples =
    "Examples:\n"
    "  omegate key rotate\n"
    "  omegate key rotate --to /root/master.key     # the key is a credential: make one of this file, "
    "restart\n"
    "  omegate key rotate --cancel                  # the file of --to will not be used\n"
    "\n"
    "The data is not written anew. Interrupted at any point, the key file in its place opens the database. "
    "Who has the old\n"
    "key file *and* an old copy of the database can still read that copy.";

constexpr const char* set_examples =
    "Examples:\n"
    "  omegate key recovery set\n"
    "  omegate key recovery set --passphrase-file /root/recovery.txt\n"
    "  pass show omegate | omegate key recovery set --passphrase-file -\n"
    "\n"
    "Replaces the one before. Backups made until now still open with the passphrase they were made with.";

constexpr const char* unlock_examples =
    "Examples:\n"
    "  omegate key unlock\n"
    "  omegate key unlock --passphrase-file - < recovery.txt\n"
    "\n"
    "For a gateway that does not start because its key file is lost or belongs to another database. Writes a "
    "new key file\n"
    "where the config says, or to --to. A file that is there is never replaced: move it away first.";

std::string base64(const store::FileKey& key) { return crypto::to_base64(key.bytes.bytes()); }

/// Written beside its place, and taken back unless it was put there.
class NewKeyFile {
 public:
  NewKeyFile(const fs::path& place, Random& random) : place_(place.string()), beside_(place_ + ".new") {
    fs::remove(
        beside_);  // of a change that was interrupted: it opens nothing that the file in place does not
    key_ = store::create_key_file(beside_, random);
  }
  ~NewKeyFile() {
    std::error_code ignored;
    fs::remove(beside_, ignored);
  }
  NewKeyFile(const NewKeyFile&) = delete;
  NewKeyFile& operator=(const NewKeyFile&) = delete;

  const store::FileKey& key() const { return key_; }
  void put_in_place() { store::replace_key_file(beside_, place_); }

 private:
  std::string place_, beside_;
  store::FileKey key_;
};

std::string key_file_of(const config::Settings& settings, const std::string& to) {
  if (!to.empty()) return fs::absolute(to).string();
  if (settings.key.kind == config::SecretSource::Kind::file) return settings.key.name;
  throw UsageError(
      "the key is a credential, which only systemd can change; write the new key to a file with --to FILE, "
      "and make the credential of it");
}

// --- status

void print_slots(Screen& screen, const json::object& status) {
  bool recovery = false;
  for (const auto& slot : objects(status, "slots")) {
    const std::string kind = text(slot, "kind"), since = screen.ago(number(slot, "made_ms"));
    if (kind == "file") screen.line("key file   opens the database; since " + since);
    if (kind == "next_file")
      screen.line("next key   opens it as well; a change of the key is under way since " + since);
    if (kind != "recovery") continue;
    recovery = true;
    screen.line("recovery   a passphrase opens it; since " + since + "; a guess costs " +
                std::to_string(number(slot, "memory_kib") / 1024) + " MiB");
  }
  if (!recovery)
    screen.line("recovery   " + screen.tint(Tone::warning, "no passphrase is set") +
                ": without the key file the database is lost. omegate key recovery set");
}

ExitCode status(Invocation& invocation) {
  const auto answer = invocation.ask("key.status", {});
  if (!invocation.printed_as_json(answer)) print_slots(invocation.screen, answer);
  return ExitCode::ok;
}

// --- rotate

struct RotateOptions {
  std::string to;
  bool cancel = false;
};

ExitCode done(Invocation& invocation, const json::object& answer, const std::string& text) {
  if (!invocation.printed_as_json(answer)) invocation.screen.line(text);
  return ExitCode::ok;
}

/// See the table in key_slots.hpp.
ExitCode rotate(Invocation& invocation, const RotateOptions& options) {
  if (options.cancel)
    return done(invocation, invocation.ask("key.rotate", {{"step", "cancel"}}),
                "only the old key file opens the database");
  const auto settings = invocation.settings(false);
  const std::string place = key_file_of(settings, options.to);
  if (!options.to.empty() && fs::exists(place))
    throw UsageError(place + " exists; a key file is never replaced by --to");
  json::object begin{{"step", "begin"}};
  if (settings.key.kind == config::SecretSource::Kind::file)
    begin["current"] = base64(store::load_key_file(settings.key.name));
  NewKeyFile fresh(place, invocation.outside.random);
  begin["next"] = base64(fresh.key());
  auto answer = invocation.ask("key.rotate", std::move(begin));
  fresh.put_in_place();
  if (options.to.empty()) answer = invocation.ask("key.rotate", {{"step", "finish"}});
  answer["key_file"] = place;
  return done(invocation, answer,
              options.to.empty()
                  ? place + " is new and opens the database; the old key does not"
                  : place + " opens the database as well; the first start with it makes it the only one");
}

// --- recovery

ExitCode recovery_set(Invocation& invocation, const PassphraseOptions& options) {
  const auto passphrase = get_new_passphrase(options, "The new recovery passphrase", invocation.outside);
  json::object args;
  put_lock(args, lock_with(passphrase, options, invocation.outside.random));
  return done(invocation, invocation.ask("key.recovery.set", std::move(args)),
              "the passphrase opens the database and its backups from now on; keep it apart from both");
}

Bytes bytes_in(const json::object& answer, std::string_view key) {
  auto bytes = crypto::from_base64(text(answer, key));
  if (!bytes) throw std::runtime_error("the gateway gave no sensible answer; is it of another version?");
  return std::move(*bytes);
}

bool opens(const json::object& answer, const config::SecretText& passphrase) {
  store::KeySlot slot{store::SlotKind::recovery, {}, {}, bytes_in(answer, "sealed")};
  const Bytes salt = bytes_in(answer, "salt");
  if (salt.size() != slot.lock.salt.size()) return false;
  std::copy(salt.begin(), salt.end(), slot.lock.salt.begin());
  slot.lock.cost = {static_cast<std::uint32_t>(number(answer, "passes")),
                    static_cast<std::uint32_t>(number(answer, "memory_kib"))};
  return store::open_slot(slot, key_for(passphrase, slot.lock), bytes_in(answer, "database")).has_value();
}

ExitCode recovery_test(Invocation& invocation, const PassphraseOptions& options) {
  const auto answer = invocation.ask("key.recovery.test", {});
  const bool right = opens(answer, get_passphrase(options, "The recovery passphrase", invocation.outside));
  if (!invocation.printed_as_json({{"opens", right}}))
    invocation.screen.line(
        right ? invocation.screen.tint(Tone::good, "right") + ": it opens the database"
              : invocation.screen.tint(Tone::bad, "wrong") +
                    ": it does not open the database; set another one while the key file does");
  return right ? ExitCode::ok : ExitCode::failed;
}

// --- unlock

ExitCode unlock(Invocation& invocation, const PassphraseOptions& options, const std::string& to) {
  const auto settings = invocation.settings(false);
  const std::string place = key_file_of(settings, to);
  if (fs::exists(place))
    throw gateway::OperatorError("conflict", place + " exists, and a key file is never replaced",
                                 "if it does not open the database, move it away and try again");
  const auto passphrase = get_passphrase(options, "The recovery passphrase", invocation.outside);
  NewKeyFile fresh(place, invocation.outside.random);
  store::admit_key_file(settings.database().string(), as_bytes(passphrase.reveal()), fresh.key(),
                        invocation.outside.random);
  fresh.put_in_place();
  return done(invocation, {{"key_file", place}},
              "wrote " + place + ", which opens the database; after the next start the old key does not");
}

// --- words

void add_recovery(Parser key, Invocation& invocation) {
  auto recovery =
      key.add_subcommand("recovery", "The passphrase that opens the database when the key file is lost");
  recovery.require_one_subcommand();
  auto options = std::make_shared<PassphraseOptions>();
  auto set = recovery.add_subcommand("set", "Set it, or another one");
  add_passphrase_options(set, *options, true);
  add_gateway_options(set, invocation);
  set.footer(set_examples);
  set.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return recovery_set(invocation, *options); };
  });
  auto test = recovery.add_subcommand("test", "Is it the right one? Exit code 1 if not");
  add_passphrase_options(test, *options, false);
  add_gateway_options(test, invocation);
  test.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return recovery_test(invocation, *options); };
  });
}

void add_rotate(Parser key, Invocation& invocation) {
  auto rotate_verb = key.add_subcommand("rotate", "Put a new key file in the place of the old one");
  auto options = std::make_shared<RotateOptions>();
  rotate_verb.add_option("--to", options->to, "Write it there, and leave the old one as it is")
      .type_name("FILE");
  rotate_verb.add_flag("--cancel", options->cancel, "Call off a change that was begun with --to");
  add_gateway_options(rotate_verb, invocation);
  rotate_verb.footer(rotate_examples);
  rotate_verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return rotate(invocation, *options); };
  });
}

void add_unlock(Parser key, Invocation& invocation) {
  auto unlock_verb =
      key.add_subcommand("unlock", "Write a new key file, by the recovery passphrase; not while it runs");
  auto options = std::make_shared<PassphraseOptions>();
  auto to = std::make_shared<std::string>();
  add_passphrase_options(unlock_verb, *options, false);
  unlock_verb.add_option("--to", *to, "Where to write it [where the config says]").type_name("FILE");
  unlock_verb.add_flag("--json", invocation.json, "Print the result as JSON");
  unlock_verb.footer(unlock_examples);
  unlock_verb.callback([&invocation, options, to] {
    invocation.action = [&invocation, options, to] { return unlock(invocation, *options, *to); };
  });
}

}  // namespace

void add_key(Parser parser, Invocation& invocation) {
  auto key = parser.add_subcommand("key", "The key of the database: its file, its recovery passphrase");
  key.require_one_subcommand();
  key.footer(examples);
  auto status_verb = key.add_subcommand("status", "What opens the database");
  add_gateway_options(status_verb, invocation);
  status_verb.callback([&invocation] { invocation.action = [&invocation] { return status(invocation); }; });
  add_rotate(key, invocation);
  add_recovery(key, invocation);
  add_unlock(key, invocation);
}

}  // namespace omegate::app
