// session_legacy.json, session_omemo2.json, libsignal_pn_*.json: whole conversations, state by state.
#include "bridge/core/omemo/session.hpp"

#include <map>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/omemo/kdf.hpp"
#include "bridge/core/omemo/ratchet.hpp"
#include "tests/vectors/vectors.hpp"

namespace omegate::vectors {
namespace {

using omemo::PreviousCounter;
using omemo::Session;
using omemo::SessionState;
using omemo::SkippedKey;

struct Device {
  explicit Device(const json::value& record)
      : identity(vectors::identity(record.at("ik_priv"), record.at("ik_ed"))) {
    signed_prekey.id = record.at("spk_id").to_number<std::uint32_t>();
    signed_prekey.pair = omemo::KeyPair::from_secret(secret(record.at("spk_priv")));
    (record.at("spk_signed_bytes").as_string().size() == 66 ? signed_prekey.legacy_signature
                                                            : signed_prekey.omemo2_signature) =
        signature(record.at("spk_sig_wire"));
    for (const auto& each : record.at("prekeys").as_array()) {
      prekeys.push_back(
          {each.at("id").to_number<std::uint32_t>(), omemo::KeyPair::from_secret(secret(each.at("priv")))});
      EXPECT_EQ(show(prekeys.back().pair.curve), text(each.at("pub")));
    }
  }

  omemo::OwnIdentity identity;
  omemo::SignedPreKey signed_prekey;
  std::vector<omemo::PreKey> prekeys;
  std::map<std::string, Session> sessions;
};

std::string show_skipped(const SkippedKey& key) {
  return show(key.ratchet_key) + " " + std::to_string(key.counter) + " " + show(key.key.bytes());
}

std::string show_skipped(const json::value& key) {
  return text(key.at(0)) + " " + std::to_string(key.at(1).to_number<std::uint32_t>()) + " " + text(key.at(2));
}

Bytes digest_of(const std::vector<SkippedKey>& keys) {
  Bytes all;
  for (const SkippedKey& key : keys) {
    all.insert(all.end(), key.ratchet_key.begin(), key.ratchet_key.end());
    for (const int shift : {24, 16, 8, 0}) all.push_back(static_cast<Byte>(key.counter >> shift));
    all.insert(all.end(), key.key.bytes().begin(), key.key.bytes().end());
  }
  return crypto::digest(crypto::Hash::sha256, all);
}

void expect_optional(bool has, const omemo::Secret<32>& value, const json::value& expected,
                     const char* name) {
  EXPECT_EQ(has ? show(value.bytes()) : "", expected.is_null() ? "" : text(expected)) << name;
}

void expect_skipped(const Session& session, const json::value& expected, PreviousCounter mode) {
  static const std::vector<SkippedKey> none;
  const auto& kept = session.state().skipped ? *session.state().skipped : none;
  if (mode == PreviousCounter::inclusive) return;  // keeps some more
  if (const auto* count = expected.as_object().if_contains("skipped_count")) {
    ASSERT_EQ(kept.size(), count->to_number<std::size_t>());
    EXPECT_EQ(show(digest_of(kept)), text(expected.at("skipped_sha256")));
    EXPECT_EQ(show_skipped(kept.front()), show_skipped(expected.at("skipped_first")));
    EXPECT_EQ(show_skipped(kept.back()), show_skipped(expected.at("skipped_last")));
    return;
  }
  const auto& list = expected.at("skipped").as_array();
  ASSERT_EQ(kept.size(), list.size());
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(show_skipped(kept[i]), show_skipped(list[i]));
}

/// The records make both halves of a Diffie-Hellman step at once; ours leaves one for later.
void expect_state(const Session& session, const json::value& expected, PreviousCounter mode) {
  SessionState state = session.state();
  omemo::make_send_step(state);
  EXPECT_EQ(show(state.own_ratchet.secret.bytes()), text(expected.at("dhs_priv")));
  EXPECT_EQ(show(state.own_ratchet.curve), show(crypto::x25519_public(state.own_ratchet.secret)));
  EXPECT_EQ(show(state.remote_ratchet), text(expected.at("dhr")));
  EXPECT_EQ(show(state.root_key.bytes()), text(expected.at("rk")));
  expect_optional(state.has_sending_chain, state.sending_chain, expected.at("cks"), "cks");
  expect_optional(state.has_receiving_chain, state.receiving_chain, expected.at("ckr"), "ckr");
  EXPECT_EQ(state.sent, expected.at("ns").to_number<std::uint32_t>());
  EXPECT_EQ(state.received, expected.at("nr").to_number<std::uint32_t>());
  EXPECT_EQ(state.previous_sent, expected.at("pn").to_number<std::uint32_t>());
  expect_skipped(session, expected, mode);
  EXPECT_EQ(omemo::serialise(omemo::parse_session(omemo::serialise(session)).value()),
            omemo::serialise(session));
}

class Conversation {
 public:
  Conversation(omemo::Version version, const json::value& file, const json::value& scenario,
               PreviousCounter mode)
      : version_(version), mode_(mode), scenario_(scenario) {
    for (const auto& [name, record] : file.at("devices").as_object()) {
      devices_.emplace(std::string(name), Device(record));
    }
  }

  void run() {
    for (const auto& event : scenario_.at("events").as_array()) {
      SCOPED_TRACE(text(scenario_.at("name")) + "/" + text(event.at("op")) + "/" + text(event.at("msg")));
      const std::string op = text(event.at("op"));
      if (op == "start") start(event);
      if (op != "recv") send(event);
      if (op == "recv") receive(event);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  Device& device(const json::value& name) { return devices_.at(text(name)); }

  void put(const json::value& event, Session session) {
    device(event.at("by")).sessions.insert_or_assign(text(event.at("sid")), std::move(session));
  }

  void start(const json::value& event) {
    Device& peer = device(event.at("to"));
    const auto bundle = omemo::make_bundle(version_, peer.identity, peer.signed_prekey, peer.prekeys);
    const auto id = event.at("prekey_id").to_number<std::uint32_t>();
    const auto chosen = std::find_if(bundle.prekeys.begin(), bundle.prekeys.end(),
                                     [&](const omemo::BundlePreKey& key) { return key.id == id; });
    ASSERT_NE(chosen, bundle.prekeys.end());
    ReplayedRandom random{hex(event.at("random").at("ek_priv")), hex(event.at("random").at("ratchet_priv"))};
    const auto session = omemo::start_session(device(event.at("by")).identity, bundle, *chosen, random);
    ASSERT_TRUE(session) << session.error().message();
    EXPECT_EQ(random.left(), 0u);
    EXPECT_EQ(show(session->ephemeral()), text(event.at("ek_pub")));
    put(event, *session);
  }

  void send(const json::value& event) {
    Session session = device(event.at("by")).sessions.at(text(event.at("sid")));
    const Bytes key_material = hex(event.at("key_material"));
    const auto counter = event.at("message").at("n").to_number<std::uint32_t>();
    while (session.state().sent < counter) session = omemo::seal(session, key_material).value().next;
    const auto sealed = omemo::seal(session, key_material).value();
    EXPECT_EQ(show(sealed.wire), text(event.at("wire")));
    EXPECT_EQ(sealed.key_exchange, event.at("kex").as_bool());
    expect_state(sealed.next, event.at("state_after"), mode_);
    put(event, sealed.next);
  }

  void receive(const json::value& event) {
    auto& sessions = device(event.at("by")).sessions;
    const auto incoming = omemo::parse_incoming(version_, hex(event.at("wire")));
    const std::string expected = text(event.at("expect"));
    if (!incoming) {
      EXPECT_EQ(incoming.error(), omemo::Error::malformed);
      EXPECT_EQ(expected, "malformed");
      return;
    }
    EXPECT_EQ(incoming->key_exchange.has_value(), event.at("kex").as_bool());
    ReplayedRandom random;
    for (const auto& draw : event.at("random").at("ratchet_priv").as_array()) random.add(hex(draw));
    const auto before = sessions.find(text(event.at("sid")));
    const omemo::SecretBytes stored =
        before == sessions.end() ? omemo::SecretBytes() : omemo::serialise(before->second);
    const auto opened = open(event, *incoming, random);
    if (opened) {
      EXPECT_EQ(expected, "ok");
      EXPECT_EQ(show(opened->key_material), text(event.at("key_material")));
      EXPECT_EQ(random.left(), 0u);
      put(event, opened->next);
    } else {
      expect_error(opened.error(), expected);
    }
    if (const auto* state = event.as_object().if_contains("state_after")) {
      expect_state(sessions.at(text(event.at("sid"))), *state, mode_);
    }
    if (!opened && before != sessions.end()) {
      EXPECT_EQ(omemo::serialise(before->second), stored);
    }
  }

  Result<omemo::Opened> open(const json::value& event, const omemo::Incoming& incoming, Random& random) {
    Device& own = device(event.at("by"));
    const auto known = std::find_if(own.sessions.begin(), own.sessions.end(), [&](const auto& each) {
      return incoming.key_exchange && each.second.was_built_by(*incoming.key_exchange);
    });
    const bool builds = incoming.key_exchange && known == own.sessions.end();
    if (incoming.key_exchange) {
      EXPECT_EQ(builds, event.at("builds_session").as_bool());
    }
    if (!builds) {
      Session& session = own.sessions.at(text(event.at("sid")));
      if (text(scenario_.at("name")) == "one_sided_60") deliver_unrecorded(session, incoming.message);
      return omemo::open(session, incoming.message, random, mode_);
    }
    const auto prekey = std::find_if(own.prekeys.begin(), own.prekeys.end(), [&](const omemo::PreKey& key) {
      return key.id == incoming.key_exchange->prekey_id;
    });
    if (prekey == own.prekeys.end()) return omemo::Error::no_prekey;
    return omemo::accept_key_exchange(own.identity, own.signed_prekey, *prekey, incoming, random, mode_);
  }

  /// The record leaves out messages that were delivered in between.
  void deliver_unrecorded(Session& session, const omemo::RatchetMessage& message) {
    SessionState state = session.state();
    if (!state.has_received || state.remote_ratchet != message.ratchet_key()) return;
    for (; state.received < message.counter(); ++state.received) {
      omemo::next_message_key(state.receiving_chain);
    }
    session = Session(state);
  }

  void expect_error(const error_code& error, const std::string& expected) {
    if (expected == "duplicate") {
      EXPECT_EQ(error, omemo::Error::message_already_received);
    } else if (expected == "skip") {
      EXPECT_EQ(error, omemo::Error::too_many_skipped_messages);
    } else if (expected == "no_prekey") {
      EXPECT_EQ(error, omemo::Error::no_prekey);
    } else if (expected == "mac") {
      // We remember the peer's earlier ratchet keys, so a replay across a step is known for what it is.
      EXPECT_TRUE(error == omemo::Error::bad_authentication_tag ||
                  error == omemo::Error::message_already_received)
          << error.message();
    } else {
      ADD_FAILURE() << "expected " << expected << ", got " << error.message();
    }
  }

  omemo::Version version_;
  PreviousCounter mode_;
  const json::value& scenario_;
  std::map<std::string, Device> devices_;
};

using Parameters = std::tuple<const char*, PreviousCounter>;

class SessionVectors : public ::testing::TestWithParam<Parameters> {};

TEST_P(SessionVectors, EveryScenarioGoesAsRecorded) {
  const auto [profile, mode] = GetParam();
  const json::value& file = load("session_" + std::string(profile) + ".json");
  int scenarios = 0;
  for (const auto& scenario : file.at("scenarios").as_array()) {
    Conversation(version(json::value(profile)), file, scenario, mode).run();
    ++scenarios;
  }
  EXPECT_EQ(scenarios, 9);
}

INSTANTIATE_TEST_SUITE_P(BothVersionsAndModes, SessionVectors,
                         ::testing::Combine(::testing::Values("legacy", "omemo2"),
                                            ::testing::Values(PreviousCounter::inclusive,
                                                              PreviousCounter::exclusive)));

class LibsignalVectors : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    record_ = load("libsignal_pn_" + std::string(GetParam()) + ".json");
    const json::value& devices = load("session_" + std::string(GetParam()) + ".json").at("devices");
    Device alice(devices.at("alice")), bob(devices.at("bob"));
    bob_ = std::make_unique<Device>(bob);
    ReplayedRandom random{hex(record_.at("ek_priv")), hex(record_.at("first_ratchet_priv"))};
    const auto bundle =
        omemo::make_bundle(version(json::value(GetParam())), bob.identity, bob.signed_prekey, bob.prekeys);
    sessions_.emplace("alice",
                      omemo::start_session(alice.identity, bundle, bundle.prekeys.at(0), random).value());
  }

  /// Alice of the record counts as libsignal does, which we never do: her messages are taken from the record.
  Result<omemo::Opened> deliver(const json::value& event, PreviousCounter mode) {
    const json::value& sent = sent_.at(text(event.at("msg")));
    ReplayedRandom random;
    for (const auto& draw : event.at("random").at("ratchet_priv").as_array()) random.add(hex(draw));
    const std::string by = text(event.at("by"));
    const auto* exchange = sent.as_object().if_contains("kex_wire");
    if (exchange && !sessions_.contains(by)) {
      const auto incoming = omemo::parse_incoming(version(json::value(GetParam())), hex(*exchange)).value();
      return omemo::accept_key_exchange(bob_->identity, bob_->signed_prekey, bob_->prekeys.at(0), incoming,
                                        random, mode);
    }
    const auto incoming =
        omemo::parse_incoming(version(json::value(GetParam())), hex(sent.at("auth_message"))).value();
    return omemo::open(sessions_.at(by), incoming.message, random, mode);
  }

  void note_sent(const json::value& event) {
    sent_[text(event.at("msg"))] = event;
    auto& session = sessions_.at(text(event.at("by")));
    session = omemo::seal(session, hex(event.at("key_material"))).value().next;
  }

  json::value record_;
  std::unique_ptr<Device> bob_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, json::value> sent_;
};

TEST_P(LibsignalVectors, NothingIsLostOfAPeerWhoCountsFromZero) {
  for (const auto& event : record_.at("events").as_array()) {
    SCOPED_TRACE(text(event.at("msg")));
    if (text(event.at("op")) == "send") {
      note_sent(event);
      continue;
    }
    auto opened = deliver(event, PreviousCounter::inclusive);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(show(opened->key_material), text(sent_.at(text(event.at("msg"))).at("key_material")));
    expect_state(opened->next, event.at("state_after"), PreviousCounter::exclusive);
    sessions_.insert_or_assign(text(event.at("by")), opened->next);
  }
}

TEST_P(LibsignalVectors, CountingExclusivelyWouldLoseTheLastMessageOfAChain) {
  std::vector<std::string> lost;
  for (const auto& event : record_.at("events").as_array()) {
    if (text(event.at("op")) == "send") {
      note_sent(event);
      continue;
    }
    auto opened = deliver(event, PreviousCounter::exclusive);
    if (opened) {
      sessions_.insert_or_assign(text(event.at("by")), opened->next);
    } else {
      lost.push_back(text(event.at("msg")));
    }
  }
  EXPECT_EQ(lost, std::vector<std::string>{"a3"});
}

INSTANTIATE_TEST_SUITE_P(BothVersions, LibsignalVectors, ::testing::Values("legacy", "omemo2"));

}  // namespace
}  // namespace omegate::vectors
