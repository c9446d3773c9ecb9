#include <filesystem>
#include <memory>
#include <ostream>

#include "bridge/app/cli/carried_files.hpp"
#include "bridge/app/cli/passphrase.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/restoring.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate backup /mnt/backup/omegate.backup                          # under the recovery passphrase\n"
    "  omegate backup --replace /mnt/backup/omegate.backup                # from cron, each night\n"
    "  omegate backup --passphrase-file /root/p.txt /mnt/omegate.backup   # under another one\n"
    "  omegate backup --check /mnt/backup/omegate.backup\n"
    "\n"
    "While the gateway runs, which goes on with its work. The file holds the database with its key, the "
    "config, and the\n"
    "passwords and tokens that the config names as files; not the plugins of your own. It is read back "
    "before it takes its\n"
    "place. What is received after it was made is not in it, so make one often; omegate restore brings it "
    "back.";

struct BackupOptions {
  std::string file;
  PassphraseOptions passphrase;
  bool check = false;
  bool replace = false;
};

/// Deletes the copy that the gateway made, whatever happens.
struct Copy {
  explicit Copy(std::string file) : path(std::move(file)) {}
  ~Copy() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  std::string path;
};

json::object describe(store::BackupReader& reader, const std::string& file) {
  json::array files;
  while (const auto entry = reader.next())
    files.push_back(json::object{{"name", entry->name}, {"bytes", entry->size}});
  return {{"file", file},
          {"made_ms", to_ms(reader.made())},
          {"bytes", fs::file_size(file)},
          {"files", std::move(files)}};
}

ExitCode check(Invocation& invocation, const BackupOptions& options) {
  store::BackupReader reader(options.file);
  const auto passphrase =
      get_passphrase(options.passphrase, "The passphrase of " + options.file, invocation.outside);
  if (!reader.unlock(key_for(passphrase, reader.lock())))
    throw gateway::OperatorError("failed", "that is not the passphrase of " + options.file,
                                 "a backup keeps the passphrase it was made with");
  const auto found = describe(reader, options.file);
  if (invocation.printed_as_json(found)) return ExitCode::ok;
  Screen& screen = invocation.screen;
  screen.line(screen.tint(Tone::good, "good") + ": " + options.file + ", made " +
              screen.time(number(found, "made_ms")));
  for (const auto& each : objects(found, "files"))
    screen.line("  " + shown(each, "name") + ", " + shown(each, "bytes") + " bytes");
  return ExitCode::ok;
}

/// The file is whole before it has its name.
void write(const BackupOptions& options, const json::object& answer, const crypto::Secret<32>& backup_key,
           const config::Settings& settings, const Copy& copy, Random& random) {
  store::check_copy(copy.path);
  const auto preamble = crypto::from_base64(text(answer, "preamble"));
  if (!preamble) throw std::runtime_error("the gateway gave no sensible answer; is it of another version?");
  store::BackupWriter writer(fs::absolute(options.file).string(), *preamble, backup_key, random);
  writer.add_file(store::database_entry, copy.path);
  for (const auto& carried : carried_files(settings)) writer.add(carried.name, carried.content);
  writer.finish();
  store::BackupReader reader(writer.unfinished());
  reader.unlock_with(backup_key);
  while (reader.next()) {
  }
  writer.move_into_place(options.replace);
}

ExitCode backup(Invocation& invocation, const BackupOptions& options) {
  Outside& outside = invocation.outside;
  if (!options.replace && fs::exists(options.file))
    throw UsageError(options.file + " exists; choose another name, or say --replace");
  const auto settings = invocation.settings(false);
  const auto backup_key = crypto::Secret<32>::random(outside.random);
  json::object args{{"backup_key", crypto::to_base64(backup_key.bytes())}};
  if (!options.passphrase.file.empty()) {
    const auto passphrase = get_new_passphrase(options.passphrase, "", outside);
    put_lock(args, lock_with(passphrase, options.passphrase, outside.random));
  }
  const auto answer = invocation.ask("backup", std::move(args));
  const Copy copy(text(answer, "copy"));
  write(options, answer, backup_key, settings, copy, outside.random);
  const json::object result{{"file", fs::absolute(options.file).string()},
                            {"made_ms", number(answer, "made_ms")},
                            {"bytes", fs::file_size(options.file)}};
  if (!invocation.printed_as_json(result))
    invocation.screen.line("wrote " + options.file + ", " + shown(result, "bytes") +
                           " bytes, and read it back");
  return ExitCode::ok;
}

}  // namespace

void add_backup(Parser parser, Invocation& invocation) {
  auto verb =
      parser.add_subcommand("backup", "Write database, key, config and passwords to one encrypted file");
  auto options = std::make_shared<BackupOptions>();
  verb.add_option("FILE", options->file, "The backup").required();
  verb.add_flag("--check", options->check, "Only read the file: is it whole?");
  verb.add_flag("--replace", options->replace,
                "Replace the file; until the new one is whole the old one stays");
  add_passphrase_options(verb, options->passphrase, true);
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] {
      return options->check ? check(invocation, *options) : backup(invocation, *options);
    };
  });
}

}  // namespace omegate::app
