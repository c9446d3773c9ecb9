#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <ostream>

#include "bridge/app/cli/carried_files.hpp"
#include "bridge/app/cli/passphrase.hpp"
#include "bridge/app/control_client.hpp"
#include "bridge/edge/config/file_descriptor.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/restoring.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate restore /mnt/backup/omegate.backup                    # on a new machine; asks for the "
    "passphrase\n"
    "  omegate restore omegate.backup --config ~/omegate/omegate.yaml\n"
    "  omegate restore omegate.backup --replace                      # the database that is there is put "
    "aside\n"
    "\n"
    "Not while a gateway runs on the database. The backup is read and checked to its end before anything is "
    "touched. Config,\n"
    "passwords and tokens are written where they are missing, never over a file. A key file that is there is "
    "kept and opens\n"
    "the database from now on; else a new one is made. At the next start identity and trust are as they "
    "were, sessions and\n"
    "one-time keys are made anew, and contacts are told. Never run the old machine again: it would be a "
    "second copy.";

struct RestoreOptions {
  std::string file, key_to;
  PassphraseOptions passphrase;
  bool replace = false;
};

/// What was in the backup, the database on the disk beside its place.
struct Contents {
  store::DataKey data_key;
  std::map<std::string, crypto::SecretBytes> files;
};

/// The database lies beside where it goes, so it can only be written once the config is known.
class Restoring {
 public:
  Restoring(Invocation& invocation, const RestoreOptions& options)
      : invocation_(invocation), options_(options), config_(fs::absolute(invocation.config_file())) {}
  ~Restoring() {
    if (!staged_.empty()) ::unlink(staged_.c_str());
  }
  Restoring(const Restoring&) = delete;
  Restoring& operator=(const Restoring&) = delete;

  json::object run();

 private:
  crypto::Secret<32> ask_key(const store::BackupReader& reader);
  void read_files();
  config::Settings read_settings();
  void check_place();
  void stage();
  void write_missing_files();
  store::FileKey key_file();
  void report(const fs::path& path, bool written);

  Invocation& invocation_;
  const RestoreOptions& options_;
  fs::path config_;
  config::Settings settings_;
  crypto::Secret<32> outer_;
  Contents contents_;
  std::string staged_;
  json::array written_, kept_;
};

crypto::Secret<32> Restoring::ask_key(const store::BackupReader& reader) {
  return key_for(
      get_passphrase(options_.passphrase, "The passphrase of " + options_.file, invocation_.outside),
      reader.lock());
}

/// The first reading, to the end: from here on the file is known to be good.
void Restoring::read_files() {
  store::BackupReader reader(options_.file);
  outer_ = ask_key(reader);
  const auto data_key = reader.unlock(outer_);
  if (!data_key)
    throw gateway::OperatorError("failed", "that is not the passphrase of " + options_.file,
                                 "a backup keeps the passphrase it was made with; nothing was touched");
  contents_.data_key = *data_key;
  bool has_database = false;
  while (const auto entry = reader.next()) {
    has_database = has_database || entry->name == store::database_entry;
    if (entry->name != store::database_entry) contents_.files[entry->name] = reader.read_all();
  }
  if (!has_database) throw store::BackupDamaged("the backup " + options_.file + " holds no database");
}

config::Settings Restoring::read_settings() {
  if (fs::exists(config_)) return invocation_.settings(false);
  const auto carried = contents_.files.find(std::string(config_entry));
  if (carried == contents_.files.end())
    throw UsageError("there is no config " + config_.string() +
                     " and none in the backup; omegate init writes one");
  return config::parse_settings(std::string(as_text(carried->second)), config_,
                                {invocation_.outside.installation.plugins_dir, false});
}

void Restoring::check_place() {
  const auto database = settings_.database();
  std::error_code ignored;
  const bool exists = fs::exists(database, ignored) || fs::exists(database.string() + "-wal", ignored);
  if (exists && !options_.replace)
    throw gateway::OperatorError("conflict", "there is a database already: " + database.string(),
                                 "to put it aside and restore the backup in its place, say --replace");
  if (store::is_in_use(database.string()))
    throw gateway::OperatorError("conflict", "a gateway runs on " + database.string(),
                                 "stop it first: omegate stop");
}

void Restoring::stage() {
  const auto database = settings_.database();
  if (fs::create_directories(database.parent_path()))
    fs::permissions(database.parent_path(), fs::perms::owner_all);
  staged_ = database.string() + ".restoring";
  store::BackupReader reader(options_.file);
  reader.unlock(outer_);
  bool written = false;
  while (const auto entry = reader.next()) {
    if (entry->name != store::database_entry || written) continue;
    store::write_entry(reader, staged_);
    written = true;
  }
}

void Restoring::report(const fs::path& path, bool written) {
  (written ? written_ : kept_).emplace_back(path.string());
}

/// Mode 0600, synced; false if there is such a file.
bool write_new(const fs::path& path, ByteView content) {
  if (fs::exists(fs::symlink_status(path))) return false;
  if (fs::create_directories(path.parent_path())) fs::permissions(path.parent_path(), fs::perms::owner_all);
  const config::FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      ::fsync(file.get()) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
  return true;
}

void Restoring::write_missing_files() {
  if (const auto config = contents_.files.find(std::string(config_entry)); config != contents_.files.end())
    report(config_, write_new(config_, config->second));
  for (const auto& file : named_files(settings_)) {
    const auto carried = contents_.files.find(entry_of(file, config_));
    if (carried != contents_.files.end()) report(file, write_new(file, carried->second));
  }
}

store::FileKey Restoring::key_file() {
  const bool is_file = settings_.key.kind == config::SecretSource::Kind::file;
  if (!is_file && options_.key_to.empty())
    throw UsageError(
        "the key is a credential, which only systemd can change; write a new key to a file with --key-to "
        "FILE, and make the credential of it");
  const fs::path place =
      options_.key_to.empty() ? fs::path(settings_.key.name) : fs::absolute(options_.key_to);
  const bool exists = fs::exists(place);
  report(place, !exists);
  if (exists) return store::load_key_file(place.string());
  if (fs::create_directories(place.parent_path())) fs::permissions(place.parent_path(), fs::perms::owner_all);
  return store::create_key_file(place.string(), invocation_.outside.random);
}

json::object Restoring::run() {
  read_files();
  settings_ = read_settings();
  check_place();
  stage();
  store::check_copy(staged_);
  store::prepare_staged(staged_, contents_.data_key, key_file(), invocation_.outside.random);
  write_missing_files();
  const std::string database = settings_.database().string();
  const std::string aside =
      options_.replace ? database + ".before-" + std::to_string(to_ms(invocation_.outside.now())) : "";
  const bool had_one = fs::exists(database);
  store::put_in_place(staged_, database, aside);
  report(database, true);
  json::object result{{"database", database}, {"written", written_}, {"kept", kept_}};
  if (had_one) result["put_aside"] = aside;
  return result;
}

void print_list(Screen& screen, const json::object& result, std::string_view key, const std::string& word) {
  for (const auto& file : result.at(key).get_array()) screen.line(word + std::string(file.get_string()));
}

ExitCode restore(Invocation& invocation, const RestoreOptions& options) {
  const auto result = Restoring(invocation, options).run();
  if (invocation.printed_as_json(result)) return ExitCode::ok;
  Screen& screen = invocation.screen;
  print_list(screen, result, "written", "wrote ");
  print_list(screen, result, "kept", "kept  ");
  if (has(result, "put_aside")) screen.line("moved the old database to " + shown(result, "put_aside"));
  screen.line();
  screen.line(
      "Next: omegate run. Contacts are told of new sessions; what they wrote since the backup was made, and "
      "was not");
  screen.line("read before, cannot be read. Never start the old machine again.");
  return ExitCode::ok;
}

}  // namespace

void add_restore(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("restore", "Bring a backup back, here or on a new machine");
  auto options = std::make_shared<RestoreOptions>();
  verb.add_option("FILE", options->file, "The backup").required();
  verb.add_flag("--replace", options->replace, "Put the database that is there aside");
  verb.add_option("--key-to", options->key_to, "Write the new key file there [where the config says]")
      .type_name("FILE");
  add_passphrase_options(verb, options->passphrase, false);
  verb.add_flag("--json", invocation.json, "Print the result as JSON");
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return restore(invocation, *options); };
  });
}

}  // namespace omegate::app
