// `omegate key`, `backup` and `restore`: what is asked of the gateway, what is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/serialize.hpp>
#include <fstream>

#include "bridge/app/cli/carried_files.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/store/backup_file.hpp"
#include "bridge/edge/store/restoring.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "tests/unit/app/cli/command_line.hpp"

namespace omegate::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
  ::chmod(file.c_str(), 0600);
}

struct KeyVerbs : testing::Test {
  KeyVerbs() {
    write(config, R"({data_dir: data, key: {file: key}, control: {socket: c.sock},
                      accounts: {bot: {jid: bot@example.org, password: {file: bot.password}}}})");
    write(line.folder / "bot.password", "secret of the bot\n");
    store::create_key_file(key.string(), crypto::system_random());
    old_key = content(key);
    fs::create_directory(data);
    fs::permissions(data, fs::perms::owner_all);
    write(passphrase, "correct horse battery\n");
  }
  int run(std::vector<std::string> words) {
    words.insert(words.end(), {"--config", config.string()});
    return line.run(std::move(words));
  }
  std::string asked(std::size_t index, const char* name) {
    const json::value* value = line.asked.at(index).args.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  store::FileKey key_in_place() { return store::load_key_file(key.string()); }

  CommandLine line;
  fs::path config = line.folder / "omegate.yaml", key = line.folder / "key", data = line.folder / "data",
           database = data / "omegate.db", passphrase = line.folder / "words";
  std::string old_key;
};

// --- rotate

TEST_F(KeyVerbs, RotateTellsTheGatewayBeforeAndAfterItChangesTheFile) {
  ASSERT_EQ(run({"key", "rotate"}), 0) << line.err.str();
  ASSERT_EQ(line.asked.size(), 2u);
  EXPECT_EQ(asked(0, "step"), "begin");
  EXPECT_EQ(asked(0, "current") + "\n", old_key);
  EXPECT_EQ(asked(1, "step"), "finish");
  EXPECT_EQ(asked(0, "next") + "\n", content(key));
  EXPECT_NE(content(key), old_key);
  EXPECT_FALSE(fs::exists(key.string() + ".new"));
  EXPECT_THAT(line.out.str(), Not(HasSubstr(asked(0, "next"))));
}

TEST_F(KeyVerbs, RotateLeavesTheOldFileWhenTheGatewayRefuses) {
  line.failure = std::make_exception_ptr(gateway::OperatorError("conflict", "no"));
  EXPECT_EQ(run({"key", "rotate"}), 1);
  EXPECT_EQ(content(key), old_key);
  EXPECT_FALSE(fs::exists(key.string() + ".new"));
}

TEST_F(KeyVerbs, RotateToAnotherFileLeavesTheOldOneAndDoesNotFinish) {
  const fs::path other = line.folder / "other";
  ASSERT_EQ(run({"key", "rotate", "--to", other.string()}), 0) << line.err.str();
  EXPECT_EQ(line.asked.size(), 1u);
  EXPECT_EQ(content(key), old_key);
  EXPECT_EQ(asked(0, "next") + "\n", content(other));
  EXPECT_EQ(run({"key", "rotate", "--to", other.string()}), 2) << "never over a file";
}

// --- recovery

TEST_F(KeyVerbs, ThePassphraseNeverLeavesTheCommandLine) {
  ASSERT_EQ(run({"key", "recovery", "set", "--memory", "8", "--passphrase-file", passphrase.string()}), 0)
      << line.err.str();
  const auto& args = line.asked.at(0).args;
  EXPECT_EQ(line.asked[0].verb, "key.recovery.set");
  EXPECT_EQ(args.at("memory_kib").to_number<int>(), 8 * 1024);
  EXPECT_EQ(crypto::from_base64(asked(0, "outer"))->size(), 32u);
  EXPECT_THAT(json::serialize(args), Not(HasSubstr("horse")));
}

TEST_F(KeyVerbs, APassphraseMayComeFromStandardInput) {
  line.in.str("correct horse battery\n");
  EXPECT_EQ(run({"key", "recovery", "set", "--memory", "8", "--passphrase-file", "-"}), 0) << line.err.str();
}

TEST_F(KeyVerbs, AShortPassphraseIsRefused) {
  write(passphrase, "hunter2\n");
  EXPECT_EQ(run({"key", "recovery", "set", "--passphrase-file", passphrase.string()}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("12"));
  EXPECT_TRUE(line.asked.empty());
}

TEST_F(KeyVerbs, NobodyToAskIsSaid) {
  EXPECT_EQ(run({"key", "recovery", "set"}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("--passphrase-file"));
}

// --- with a real database

struct Backups : KeyVerbs {
  Backups() {
    {
      store::Store store(database.string(), key_in_place());
      store.run([](store::Tables& t) { t.kv.put("plugin", "key", as_bytes("value")); });
      store.run([&](store::Tables& t) {
        const auto lock = store::new_lock(crypto::PassphraseCost{1, 8}, crypto::system_random());
        t.key_slots.set_recovery({lock, store::outer_key(as_bytes("correct horse battery"), lock).value()},
                                 from_ms(1));
        preamble = store::backup_preamble(t.key_slots, *t.key_slots.recovery(), backup_key, from_ms(1));
      });
    }
    make_backup();
  }
  void make_backup() {
    store::BackupWriter writer(file.string(), preamble, backup_key, crypto::system_random());
    writer.add_file(store::database_entry, database.string());
    for (const auto& carried : carried_files(config::Settings{load()}))
      writer.add(carried.name, carried.content);
    writer.finish();
    writer.move_into_place(true);
  }
  config::Settings load() {
    config::Settings settings;
    settings.file = config;
    config::AccountSettings bot;
    bot.password.name = (line.folder / "bot.password").string();
    settings.accounts.push_back(bot);
    return settings;
  }
  bool opens() {
    try {
      store::Store store(database.string(), key_in_place());
      return store.run([](store::Tables& t) { return t.kv.get("plugin", "key").has_value(); });
    } catch (const store::StoreError&) {
      return false;
    }
  }
  int restore(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"restore", file.string(), "--passphrase-file", passphrase.string()});
    return run(std::move(more));
  }

  fs::path file = line.folder / "omegate.backup";
  crypto::Secret<32> backup_key = crypto::Secret<32>::random(crypto::system_random());
  Bytes preamble;
};

TEST_F(Backups, UnlockWritesANewKeyFileThatOpensTheDatabase) {
  fs::remove(key);
  ASSERT_EQ(run({"key", "unlock", "--passphrase-file", passphrase.string()}), 0) << line.err.str();
  EXPECT_NE(content(key), old_key);
  EXPECT_TRUE(opens());
}

TEST_F(Backups, UnlockNeverReplacesAFileAndLeavesNothingAfterAWrongPassphrase) {
  EXPECT_EQ(run({"key", "unlock", "--passphrase-file", passphrase.string()}), 1);
  EXPECT_EQ(content(key), old_key);
  fs::remove(key);
  write(passphrase, "correct horse battery?\n");
  EXPECT_EQ(run({"key", "unlock", "--passphrase-file", passphrase.string()}), 1);
  EXPECT_FALSE(fs::exists(key));
  EXPECT_FALSE(fs::exists(key.string() + ".new"));
}

TEST_F(Backups, CheckSaysWhetherTheFileIsWhole) {
  EXPECT_EQ(run({"backup", "--check", file.string(), "--passphrase-file", passphrase.string()}), 0)
      << line.err.str();
  EXPECT_THAT(line.out.str(), HasSubstr("file:bot.password"));
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_EQ(run({"backup", "--check", file.string(), "--passphrase-file", passphrase.string()}), 1);
  EXPECT_TRUE(line.asked.empty()) << "no gateway is needed";
}

TEST_F(Backups, ABackupIsNotWrittenOverAnotherUnasked) {
  EXPECT_EQ(run({"backup", file.string()}), 2);
  EXPECT_TRUE(line.asked.empty());
}

TEST_F(Backups, TheCopyTheGatewayMadeBecomesABackupAndGoes) {
  const fs::path copy = line.folder / "copy";
  fs::copy_file(database, copy);
  fs::remove(file);
  line.answer = json::serialize(
      json::object{{"copy", copy.string()}, {"preamble", crypto::to_base64(preamble)}, {"made_ms", 1}});
  ASSERT_EQ(run({"backup", file.string()}), 0) << line.err.str();
  EXPECT_FALSE(fs::exists(copy));
  EXPECT_EQ(line.asked.at(0).verb, "backup");
  EXPECT_EQ(crypto::from_base64(asked(0, "backup_key"))->size(), 32u);
  store::BackupReader reader(file.string());
  reader.unlock_with(crypto::Secret<32>::from(*crypto::from_base64(asked(0, "backup_key"))).value());
  EXPECT_EQ(reader.next()->name, "database");
}

TEST_F(Backups, ADamagedCopyBecomesNoBackup) {
  const fs::path copy = line.folder / "copy";
  write(copy, std::string(8192, 'x'));
  fs::remove(file);
  line.answer = json::serialize(
      json::object{{"copy", copy.string()}, {"preamble", crypto::to_base64(preamble)}, {"made_ms", 1}});
  EXPECT_EQ(run({"backup", file.string()}), 1);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_FALSE(fs::exists(copy));
}

TEST_F(Backups, RestoreRefusesADatabaseThatIsThere) {
  const std::string before = content(database);
  EXPECT_EQ(restore(), 1);
  EXPECT_THAT(line.err.str(), HasSubstr("--replace"));
  EXPECT_EQ(content(database), before);
  EXPECT_TRUE(opens());
}

TEST_F(Backups, RestorePutsItAsideWhenTold) {
  write(database, "broken");
  ASSERT_EQ(restore({"--replace"}), 0) << line.err.str();
  EXPECT_TRUE(opens());
  bool aside = false;
  for (const auto& each : fs::directory_iterator(data)) aside = aside || content(each.path()) == "broken";
  EXPECT_TRUE(aside);
}

TEST_F(Backups, RestoreBringsEverythingToAnEmptyMachine) {
  const std::string was = content(config);
  fs::remove_all(data);
  fs::remove(key);
  fs::remove(config);
  fs::remove(line.folder / "bot.password");
  ASSERT_EQ(restore(), 0) << line.err.str();
  EXPECT_EQ(content(config), was);
  EXPECT_EQ(content(line.folder / "bot.password"), "secret of the bot\n");
  EXPECT_TRUE(opens());
  struct stat status {};
  for (const fs::path& each : {config, key, database, line.folder / "bot.password"}) {
    ASSERT_EQ(::stat(each.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << each;
  }
}

TEST_F(Backups, RestoreKeepsAKeyFileThatIsThere) {
  fs::remove_all(data);
  fs::remove(key);
  store::create_key_file(key.string(), crypto::system_random());
  const std::string before = content(key);
  ASSERT_EQ(restore(), 0) << line.err.str();
  EXPECT_EQ(content(key), before);
  EXPECT_TRUE(opens());
}

TEST_F(Backups, ADamagedFileOrAWrongPassphraseTouchesNothing) {
  fs::remove_all(data);
  fs::remove(key);
  fs::remove(config);
  std::string bytes = content(file);
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  write(file, bytes);
  EXPECT_EQ(restore(), 1);
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  write(file, bytes);
  write(passphrase, "correct horse battery?\n");
  EXPECT_EQ(restore(), 1);
  for (const fs::path& each : {data, key, config}) EXPECT_FALSE(fs::exists(each)) << each;
}

TEST_F(Backups, InitMakesNoKeyBesideADatabaseThatLostIts) {
  fs::remove(key);
  fs::remove(config);
  EXPECT_EQ(line.run({"init", "--dir", line.folder.string(), "--jid", "bot@example.org", "--no-login",
                      "--password-file", (line.folder / "bot.password").string()}),
            1);
  EXPECT_FALSE(fs::exists(key));
  EXPECT_FALSE(fs::exists(config));
}

}  // namespace
}  // namespace omegate::app::test
