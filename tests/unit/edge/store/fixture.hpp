// A real database file in a folder of its own, and what the tests of the tables share.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "bridge/core/crypto/random.hpp"
#include "bridge/core/omemo/session.hpp"
#include "bridge/edge/store/store.hpp"

namespace omegate::store {

using namespace std::chrono_literals;

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "omegate-store-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline FileKey key_of(Byte fill) {
  const std::array<Byte, 32> bytes = [fill] {
    std::array<Byte, 32> filled{};
    filled.fill(fill);
    return filled;
  }();
  return {crypto::Secret<32>(bytes)};
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// The text of what `action` throws as `Exception`.
template <class Exception, class Action>
std::string complaint_of(Action action) {
  try {
    action();
  } catch (const Exception& thrown) {
    return thrown.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

struct StoreTest : testing::Test {
  StoreTest() { open(); }

  void open(Options options = {}) {
    store.reset();
    store.emplace(path, key, std::move(options));
  }

  /// Runs `work` in a transaction of its own and gives what it returns.
  template <class Work>
  auto in(Work work) {
    return store->run(std::move(work));
  }

  /// Changes the closed database as somebody with the sqlite3 program would, then leaves it closed.
  void tamper(const std::string& sql) {
    store.reset();
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql);
  }

  AccountId account(std::string_view jid = "bot@example.org") {
    return in([&](Tables& t) { return t.accounts.id_of(jid); });
  }

  TempFolder folder;
  std::string path = folder.file("omegate.db");
  FileKey key = key_of(7);
  std::optional<Store> store;
  WallTime now{1'700'000'000'000ms};
};

/// A peer that publishes a bundle, so that real sessions can be started with it.
struct BundlePeer {
  omemo::OwnIdentity identity = omemo::OwnIdentity::generate(crypto::system_random());
  omemo::SignedPreKey signed_prekey = omemo::SignedPreKey::generate(1, identity, crypto::system_random());
  omemo::PreKey prekey = omemo::PreKey::generate(1, crypto::system_random());

  omemo::Session session(omemo::Version version = omemo::Version::omemo2) const {
    static const omemo::OwnIdentity us = omemo::OwnIdentity::generate(crypto::system_random());
    const auto bundle = omemo::make_bundle(version, identity, signed_prekey, std::span(&prekey, 1));
    return omemo::start_session(us, bundle, bundle.prekeys.front(), crypto::system_random()).value();
  }
};

}  // namespace omegate::store
