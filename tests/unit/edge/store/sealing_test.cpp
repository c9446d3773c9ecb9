// Nothing secret lies open on the disk, and what is sealed opens at its place only.
#include "bridge/edge/store/sealing.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct Sealing : StoreTest {
  Sealing() {
    in([&](Tables& t) {
      t.identities.create(bot, {own, omemo::DeviceId(4711)});
      t.prekeys.add(bot, std::span(&prekey, 1));
      t.prekeys.rotate(bot, signed_prekey, now);
      t.ratchets.start(juliets, session, now);
      t.ratchets.start(juliets, peer.session(), now);
      t.ratchets.start(romeos, peer.session(), now);
      fill_with_content(t);
    });
  }

  void fill_with_content(Tables& t) {
    t.accounts.set_note(bot, "stream", as_bytes("CANARY-note"));
    event =
        t.inbox.add({bot, "plugin", "juliet", "message", to_bytes("CANARY-payload"), "CANARY-dedupe"}, now);
    t.inbox.fail(*event, "CANARY-error", 1, now);
    first = t.outbox.add({bot, "juliet@example.org", "m1", to_bytes("CANARY-body"), "CANARY-outkey"}, now);
    second = t.outbox.add({bot, "romeo@example.org", "m2", to_bytes("CANARY-other"), ""}, now);
    const std::vector<Bytes> stanzas{to_bytes("CANARY-stanza")};
    t.outbox.store_sealed(*first, stanzas, 1, as_bytes("CANARY-notes"), now);
    t.outbox.hold(*second, "CANARY-reason", {}, now);
    t.kv.put("plugin", "CANARY-key", as_bytes("CANARY-value"));
    t.answers.add("CANARY-scope", "CANARY-idem", {to_bytes("CANARY-hash"), to_bytes("CANARY-answer")}, now);
    t.seen.add(bot, "CANARY-seen", now);
  }

  /// Everything of this database that lies in files right now.
  std::string on_disk() const { return read_file(path) + read_file(path + "-wal"); }

  std::vector<ByteView> key_bytes() const {
    return {key.bytes.bytes(),
            own.secret().bytes(),
            prekey.pair.secret.bytes(),
            signed_prekey.pair.secret.bytes(),
            session.state().root_key.bytes(),
            session.state().own_ratchet.secret.bytes(),
            session.state().sending_chain.bytes()};
  }

  void expect_nothing_open() const {
    const std::string disk = on_disk();
    EXPECT_EQ(disk.find("CANARY"), std::string::npos) << disk.substr(disk.find("CANARY"), 40);
    for (const ByteView secret : key_bytes()) {
      EXPECT_EQ(disk.find(as_text(secret)), std::string::npos);
      EXPECT_EQ(disk.find(crypto::to_hex(secret)), std::string::npos);
      EXPECT_EQ(disk.find(crypto::to_base64(secret)), std::string::npos);
    }
  }

  template <class Work>
  void expect_broken_seal(const std::string& sql, Work work) {
    tamper(sql);
    open();
    EXPECT_THROW(in(work), SealBroken) << sql;
  }

  BundlePeer peer;
  omemo::OwnIdentity own = omemo::OwnIdentity::generate(crypto::system_random());
  omemo::PreKey prekey = omemo::PreKey::generate(1, crypto::system_random());
  omemo::SignedPreKey signed_prekey = omemo::SignedPreKey::generate(1, own, crypto::system_random());
  // One message was sent, so that all keys of the state are set.
  omemo::Session session = omemo::seal(peer.session(), Bytes(48, 1)).value().next;
  AccountId bot = account();
  DeviceRef juliets{bot, "juliet@example.org", omemo::Version::omemo2, omemo::DeviceId(1)};
  DeviceRef romeos{bot, "romeo@example.org", omemo::Version::omemo2, omemo::DeviceId(1)};
  std::optional<InboxId> event;
  std::optional<OutboxId> first, second;
};

// case 104
TEST_F(Sealing, LeavesNoSecretInDatabaseOrLog) {
  EXPECT_GT(read_file(path + "-wal").size(), 0u);
  expect_nothing_open();
  store.reset();
  expect_nothing_open();
  EXPECT_NE(on_disk().find("juliet@example.org"), std::string::npos);  // the search would find it
}

TEST_F(Sealing, FindsItsContentAgain) {
  open();
  in([&](Tables& t) {
    EXPECT_EQ(t.accounts.note(bot, "stream"), to_bytes("CANARY-note"));
    EXPECT_EQ(t.inbox.find(*event)->error, "CANARY-error");
    EXPECT_EQ(t.outbox.find(*second)->reason, "CANARY-reason");
    EXPECT_EQ(t.kv.keys("plugin"), std::vector<std::string>{"CANARY-key"});
  });
}

// case 123
TEST_F(Sealing, RefusesTheRatchetOfAnotherDevice) {
  const char* const swap = R"(
      CREATE TABLE swap AS SELECT device, state FROM ratchets;
      UPDATE ratchets SET state = (SELECT state FROM swap WHERE swap.device <> ratchets.device))";
  expect_broken_seal(swap, [&](Tables& t) { t.ratchets.current(juliets); });
  EXPECT_THROW(in([&](Tables& t) { t.ratchets.current(romeos); }), SealBroken);
}

TEST_F(Sealing, RefusesAnArchivedRatchetAsTheCurrentOne) {
  expect_broken_seal("UPDATE ratchets SET state = (SELECT state FROM archived_ratchets)",
                     [&](Tables& t) { t.ratchets.current(juliets); });
}

TEST_F(Sealing, RefusesADeviceThatWasGivenToAnotherPeer) {
  expect_broken_seal(
      "UPDATE devices SET peer = 'mallory@example.org' WHERE peer = 'juliet@example.org'", [&](Tables& t) {
        t.ratchets.current({bot, "mallory@example.org", omemo::Version::omemo2, omemo::DeviceId(1)});
      });
}

// case 123
TEST_F(Sealing, RefusesAMessageThatWasRedirected) {
  expect_broken_seal("UPDATE outbox SET recipient = 'mallory@example.org', state = 0",
                     [&](Tables& t) { t.outbox.take_due(bot, now + 1h, 10); });
}

TEST_F(Sealing, RefusesBodiesThatChangedPlaces) {
  const char* const swap = R"(
      CREATE TABLE swap AS SELECT id, body FROM outbox;
      UPDATE outbox SET state = 0, body = (SELECT body FROM swap WHERE swap.id <> outbox.id))";
  expect_broken_seal(swap, [&](Tables& t) { t.outbox.take_due(bot, now + 1h, 10); });
}

TEST_F(Sealing, RefusesAColumnInThePlaceOfAnother) {
  expect_broken_seal("UPDATE outbox SET stanzas = body WHERE state = 2",
                     [&](Tables& t) { t.outbox.unacked(bot); });
}

TEST_F(Sealing, RefusesAnEventThatWasGivenToAnotherPlugin) {
  expect_broken_seal("UPDATE inbox SET plugin = 'other'", [&](Tables& t) { t.inbox.list(10); });
}

TEST_F(Sealing, RefusesAValueOfAnotherAccount) {
  const AccountId other = account("other@example.org");
  expect_broken_seal("UPDATE account_notes SET account = " + std::to_string(other.value()),
                     [&](Tables& t) { t.accounts.note(other, "stream"); });
}

// case 123
TEST_F(Sealing, RefusesKeysThatWereAltered) {
  for (const std::string table : {"identities", "prekeys", "signed_prekeys"})
    tamper("UPDATE " + table + " SET secret = CAST(substr(secret, 1, length(secret) - 1) || x'00' AS BLOB)");
  open();
  EXPECT_THROW(in([&](Tables& t) { t.identities.load(bot); }), SealBroken);
  EXPECT_THROW(in([&](Tables& t) { t.prekeys.published(bot); }), SealBroken);
  EXPECT_THROW(in([&](Tables& t) { t.prekeys.signed_prekeys(bot); }), SealBroken);
}

// case 104
TEST_F(Sealing, ForgetsDeletedContentWhenTheLogIsFolded) {
  in([&](Tables& t) { t.kv.put("plugin", "open", as_bytes("x")); });
  store.reset();
  const std::string sealed = SQLite::Database(path).execAndGet("SELECT value FROM kv LIMIT 1").getString();
  ASSERT_NE(read_file(path).find(sealed), std::string::npos);
  open();
  in([](Tables& t) {
    for (const std::string& name : t.kv.keys("plugin")) t.kv.erase("plugin", name);
  });
  store.reset();
  EXPECT_EQ(on_disk().find(sealed), std::string::npos);
}

TEST(Sealer, GivesOtherKeysInAnotherDatabase) {
  const Sealer one(DataKey{key_of(1).bytes}, Bytes(16, 1), crypto::system_random());
  const Sealer two(DataKey{key_of(1).bytes}, Bytes(16, 2), crypto::system_random());
  const Place place{"kv", "value", 0, "row"};
  const Bytes sealed = one.seal(place, "text");
  EXPECT_EQ(one.open_text(place, sealed), "text");
  EXPECT_THROW(two.open(place, sealed), SealBroken);
  EXPECT_NE(one.blind("kv", {"a"}), two.blind("kv", {"a"}));
}

TEST(Sealer, KeepsThePartsOfABlindKeyApart) {
  const Sealer sealer(DataKey{key_of(1).bytes}, Bytes(16, 1), crypto::system_random());
  EXPECT_NE(sealer.blind("kv", {"ab", "c"}), sealer.blind("kv", {"a", "bc"}));
  EXPECT_NE(sealer.blind("kv", {"ab"}), sealer.blind("seen", {"ab"}));
  EXPECT_EQ(sealer.blind("kv", {"ab"}), sealer.blind("kv", {"ab"}));
}

}  // namespace
}  // namespace omegate::store
