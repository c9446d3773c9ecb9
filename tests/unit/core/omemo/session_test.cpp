#include "bridge/core/omemo/session.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/kdf.hpp"
#include "bridge/core/omemo/ratchet.hpp"
#include "bridge/core/omemo/wire.hpp"
#include "tests/unit/core/omemo/talk.hpp"

namespace omegate::omemo {
namespace {

class SessionTest : public ::testing::TestWithParam<Version> {};

INSTANTIATE_TEST_SUITE_P(BothVersions, SessionTest, ::testing::ValuesIn(versions),
                         [](const auto& parameter) { return std::string(name(parameter.param)); });

TEST_P(SessionTest, CarriesTextBothWays) {
  Established talk(GetParam(), 1);
  const auto at_bob =
      open(talk.at_bob, talk.parse(send(talk.at_alice, "hello")).message, talk.random).value();
  EXPECT_EQ(as_text(at_bob.key_material), "hello");
  EXPECT_TRUE(talk.at_alice.is_initiator());
  EXPECT_FALSE(talk.at_bob.is_initiator());
  EXPECT_TRUE(talk.at_alice.is_confirmed());
  EXPECT_EQ(talk.at_alice.remote_identity(), talk.bob.identity.public_key());
  EXPECT_EQ(talk.at_bob.remote_identity(), talk.alice.identity.public_key());
  EXPECT_EQ(talk.at_bob.remote_identity().ed.has_value(), GetParam() == Version::omemo2);
}

TEST_P(SessionTest, RepeatsTheKeyExchangeUntilItHearsFromThePeer) {
  Start talk(GetParam(), 2);
  Session at_alice = talk.alice_starts();
  const Incoming first = talk.parse(send(at_alice, "one")), second = talk.parse(send(at_alice, "two"));
  ASSERT_TRUE(first.key_exchange && second.key_exchange);
  Session at_bob = talk.bob_accepts(first).value().next;
  EXPECT_TRUE(at_bob.was_built_by(*second.key_exchange));
  EXPECT_FALSE(at_alice.was_built_by(*second.key_exchange));
  at_bob = open(at_bob, second.message, talk.random).value().next;
  at_alice = open(at_alice, talk.parse(send(at_bob, "three")).message, talk.random).value().next;
  EXPECT_FALSE(talk.parse(send(at_alice, "four")).key_exchange);
  EXPECT_FALSE(seal(at_bob, as_bytes("five")).value().key_exchange);
}

TEST_P(SessionTest, BuildsFromALaterMessageIfTheFirstIsLate) {
  Start talk(GetParam(), 3);
  Session at_alice = talk.alice_starts();
  const Incoming late = talk.parse(send(at_alice, "one")), early = talk.parse(send(at_alice, "two"));
  const Opened built = talk.bob_accepts(early).value();
  EXPECT_EQ(as_text(built.key_material), "two");
  EXPECT_EQ(as_text(open(built.next, late.message, talk.random).value().key_material), "one");
}

// case 76
TEST_P(SessionTest, KnowsAReplayFromABrokenMessage) {
  Established talk(GetParam(), 4);
  const auto message = talk.parse(send(talk.at_alice, "once")).message;
  Session at_bob = open(talk.at_bob, message, talk.random).value().next;
  for (int turn = 0; turn < 8; ++turn) {  // also when ratchet keys have changed since
    EXPECT_EQ(open(at_bob, message, talk.random).error(), Error::message_already_received) << turn;
    talk.at_alice = open(talk.at_alice, talk.parse(send(at_bob, "turn")).message, talk.random).value().next;
    at_bob = open(at_bob, talk.parse(send(talk.at_alice, "turn")).message, talk.random).value().next;
  }
  EXPECT_EQ(open(at_bob, message, talk.random).error(), Error::message_already_received);
}

// case 79
TEST_P(SessionTest, ReadsAThousandSkippedMessagesAndNotOneMore) {
  Established talk(GetParam(), 5);
  const Session before = talk.at_alice;
  std::vector<Bytes> wires;
  for (int i = 0; i < 1002; ++i) wires.push_back(send(talk.at_alice, "text"));
  EXPECT_EQ(open(talk.at_bob, talk.parse(wires[1001]).message, talk.random).error(),
            Error::too_many_skipped_messages);
  Session at_bob = open(talk.at_bob, talk.parse(wires[1000]).message, talk.random).value().next;
  EXPECT_EQ(at_bob.skipped_keys(), max_skipped_keys);
  for (const int i : {0, 999, 500}) {
    at_bob = open(at_bob, talk.parse(wires[static_cast<std::size_t>(i)]).message, talk.random).value().next;
  }
  EXPECT_EQ(at_bob.skipped_keys(), max_skipped_keys - 3);
}

// case 79
TEST_P(SessionTest, DropsTheOldestSkippedKeysFirst) {
  Established talk(GetParam(), 6);
  std::vector<Bytes> wires;
  for (int i = 0; i <= 1500; ++i) wires.push_back(send(talk.at_alice, "text"));
  Session at_bob = talk.at_bob;
  for (const std::size_t i : {900u, 1500u})
    at_bob = open(at_bob, talk.parse(wires[i]).message, talk.random).value().next;
  EXPECT_EQ(at_bob.skipped_keys(), max_skipped_keys);
  EXPECT_FALSE(open(at_bob, talk.parse(wires[498]).message, talk.random));
  EXPECT_TRUE(open(at_bob, talk.parse(wires[499]).message, talk.random));
  const Session fewer = at_bob.without_oldest_skipped(999);
  EXPECT_FALSE(open(fewer, talk.parse(wires[1498]).message, talk.random));
  EXPECT_TRUE(open(fewer, talk.parse(wires[1499]).message, talk.random));
  EXPECT_EQ(at_bob.without_oldest_skipped(5000).skipped_keys(), 0u);
}

TEST_P(SessionTest, ForgetsSkippedKeysOfChainsLongPast) {
  Established talk(GetParam(), 7);
  const Bytes lost = send(talk.at_alice, "lost");
  for (int turn = 0; turn < 30; ++turn) {
    talk.at_bob =
        open(talk.at_bob, talk.parse(send(talk.at_alice, "turn")).message, talk.random).value().next;
    const bool kept = open(talk.at_bob, talk.parse(lost).message, talk.random).has_value();
    EXPECT_EQ(kept, turn <= static_cast<int>(max_skipped_chain_age)) << turn;
    talk.at_alice =
        open(talk.at_alice, talk.parse(send(talk.at_bob, "turn")).message, talk.random).value().next;
    EXPECT_LE(talk.at_bob.skipped_keys(), 2 + max_skipped_chain_age);  // inclusive mode: one per step
  }
}

/// What a forger could send: every bit of a good message turned, one at a time.
void expect_all_refused(const Start& talk, const Session& session, const Bytes& wire) {
  const SecretBytes before = serialise(session);
  for (std::size_t bit = 0; bit < 8 * wire.size(); ++bit) {
    Bytes altered = wire;
    altered[bit / 8] = static_cast<Byte>(altered[bit / 8] ^ (1u << bit % 8));
    const auto incoming = parse_incoming(talk.version, altered);
    SeededRandom random(bit);
    if (incoming) {
      EXPECT_FALSE(open(session, incoming->message, random)) << "bit " << bit;
    }
  }
  EXPECT_TRUE(serialise(session) == before);
}

// case 74
TEST_P(SessionTest, RefusesEveryFlippedBitAndStaysAsItWas) {
  Established talk(GetParam(), 8);
  const Bytes same_chain = send(talk.at_bob, "one");
  expect_all_refused(talk, talk.at_alice, same_chain);
  talk.at_alice = open(talk.at_alice, talk.parse(same_chain).message, talk.random).value().next;
  talk.at_bob = open(talk.at_bob, talk.parse(send(talk.at_alice, "two")).message, talk.random).value().next;
  const Bytes new_ratchet_key = send(talk.at_bob, "three");
  expect_all_refused(talk, talk.at_alice, new_ratchet_key);
  EXPECT_TRUE(open(talk.at_alice, talk.parse(new_ratchet_key).message, talk.random));
}

// case 74
TEST_P(SessionTest, RefusesEveryFlippedBitOfAKeyExchangeThatMatters) {
  Start talk(GetParam(), 9);
  Session at_alice = talk.alice_starts();
  const Bytes wire = send(at_alice, "first");
  const Incoming good = talk.parse(wire);
  for (std::size_t bit = 0; bit < 8 * wire.size(); ++bit) {
    Bytes altered = wire;
    altered[bit / 8] = static_cast<Byte>(altered[bit / 8] ^ (1u << bit % 8));
    const auto incoming = parse_incoming(GetParam(), altered);
    if (!incoming || !incoming->key_exchange) continue;
    const KeyExchange& exchange = *incoming->key_exchange;
    // The ids choose our keys: a gateway that finds none for them stops here.
    if (exchange.prekey_id != good.key_exchange->prekey_id ||
        exchange.signed_prekey_id != good.key_exchange->signed_prekey_id) {
      continue;
    }
    const auto opened = talk.bob_accepts(*incoming);
    // Bit 255 of a Montgomery key means nothing, and nothing of the identity but what is authenticated
    // counts.
    const bool means_the_same = opened && exchange.identity.curve == good.key_exchange->identity.curve &&
                                as_text(opened->key_material) == "first";
    PublicKey ephemeral = exchange.ephemeral;
    ephemeral[31] &= 0x7f;
    EXPECT_TRUE(!opened || (means_the_same && ephemeral == good.key_exchange->ephemeral)) << "bit " << bit;
  }
}

// case 75
TEST_P(SessionTest, MacsOfEveryOtherLengthAreRefused) {
  Established talk(GetParam(), 10);
  const Bytes wire = send(talk.at_bob, "text");
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const auto incoming = parse_incoming(GetParam(), ByteView(wire).first(size));
    if (incoming) {
      EXPECT_FALSE(open(talk.at_alice, incoming->message, talk.random)) << size;
    }
  }
}

/// The MAC of an established session's message taken off and another put in its place.
Bytes with_mac(Version version, const Bytes& wire, const Bytes& mac) {
  if (version == Version::legacy) {
    Bytes altered(wire.begin(), wire.end() - 8);
    altered.insert(altered.end(), mac.begin(), mac.end());
    return altered;
  }
  Bytes altered{0x0a, static_cast<Byte>(mac.size())};  // a field, 16 bytes in a good message
  altered.insert(altered.end(), mac.begin(), mac.end());
  altered.insert(altered.end(), wire.begin() + 18, wire.end());
  return altered;
}

// case 75
TEST_P(SessionTest, MacsOfOtherLengthsOrOtherKeysAreRefused) {
  Established talk(GetParam(), 21);
  const Bytes wire = send(talk.at_bob, "text"), other = send(talk.at_bob, "another");
  const bool legacy = GetParam() == Version::legacy;
  const Bytes good = legacy ? Bytes(wire.end() - 8, wire.end()) : Bytes(wire.begin() + 2, wire.begin() + 18);
  const Bytes others =
      legacy ? Bytes(other.end() - 8, other.end()) : Bytes(other.begin() + 2, other.begin() + 18);
  ASSERT_EQ(with_mac(GetParam(), wire, good), wire);
  std::vector<Bytes> macs{others, Bytes(good.size()), Bytes(good.size(), 0xff)};
  for (const std::size_t size : {0, 1, 4, 7, 8, 15, 16, 17, 32}) {
    if (size == good.size()) continue;
    Bytes mac = good;
    mac.resize(size);  // the right beginning, cut or filled up
    macs.push_back(std::move(mac));
  }
  for (const Bytes& mac : macs) {
    const auto incoming = parse_incoming(GetParam(), with_mac(GetParam(), wire, mac));
    if (incoming) {
      EXPECT_FALSE(open(talk.at_alice, incoming->message, talk.random)) << mac.size();
    }
  }
  EXPECT_TRUE(open(talk.at_alice, talk.parse(wire).message, talk.random));
}

// case 80
TEST_P(SessionTest, LowOrderKeysAreRefusedWhereverTheyStand) {
  Start talk(GetParam(), 11);
  const PublicKey points[] = {PublicKey{}, PublicKey{1}};
  Session at_alice = talk.alice_starts();
  const Bytes wire = send(at_alice, "first");
  for (const PublicKey& point : points) {
    Bundle bundle = talk.bob.bundle(GetParam());
    const auto prekey = bundle.prekeys.front();
    EXPECT_EQ(start_session(talk.alice.identity, bundle, {1, point}, talk.random).error(), Error::bad_key);
    bundle.signed_prekey = point;
    bundle.signature =
        talk.bob.identity.sign(GetParam(), signed_prekey_message(GetParam(), point), talk.random);
    EXPECT_TRUE(verify(bundle));
    EXPECT_EQ(start_session(talk.alice.identity, bundle, prekey, talk.random).error(), Error::bad_key);
    bundle.identity.curve = point;
    bundle.identity.ed = point;
    EXPECT_EQ(start_session(talk.alice.identity, bundle, prekey, talk.random).error(), Error::bad_signature);

    Incoming incoming = talk.parse(wire);
    incoming.key_exchange->ephemeral = point;
    EXPECT_EQ(talk.bob_accepts(incoming).error(), Error::bad_key);
    incoming = talk.parse(wire);
    incoming.key_exchange->identity.curve = point;
    EXPECT_EQ(talk.bob_accepts(incoming).error(), Error::bad_key);
  }
  // A ratchet key of low order, in a message with right form.
  Bytes altered = wire;
  const PublicKey ratchet_key = talk.parse(wire).message.ratchet_key();
  const auto at = std::search(altered.begin(), altered.end(), ratchet_key.begin(), ratchet_key.end());
  std::fill_n(at, 32, Byte{0});
  EXPECT_EQ(talk.bob_accepts(talk.parse(altered)).error(), Error::bad_key);
}

TEST_P(SessionTest, ARatchetKeyIsDrawnExactlyWhenThePeersChanges) {
  Established talk(GetParam(), 12);
  const Bytes one = send(talk.at_alice, "one"), two = send(talk.at_alice, "two");
  SeededRandom random(1);
  const Session after_one = open(talk.at_bob, talk.parse(one).message, random).value().next;
  EXPECT_EQ(random.draws(), 1);
  EXPECT_TRUE(open(after_one, talk.parse(two).message, random));
  EXPECT_EQ(random.draws(), 1);
}

// case 99
TEST_P(SessionTest, AsksForAHeartbeatOncePerChainOf54) {
  Established talk(GetParam(), 13);
  for (std::uint32_t counter = 0; counter <= heartbeat_counter; ++counter) {
    EXPECT_FALSE(talk.at_bob.needs_heartbeat()) << counter;
    talk.at_bob =
        open(talk.at_bob, talk.parse(send(talk.at_alice, "text")).message, talk.random).value().next;
  }
  EXPECT_TRUE(talk.at_bob.needs_heartbeat());
  talk.at_bob = talk.at_bob.after_heartbeat();
  talk.at_bob = open(talk.at_bob, talk.parse(send(talk.at_alice, "text")).message, talk.random).value().next;
  EXPECT_FALSE(talk.at_bob.needs_heartbeat());
  EXPECT_FALSE(parse_session(serialise(talk.at_bob)).value().needs_heartbeat());

  talk.at_alice =
      open(talk.at_alice, talk.parse(send(talk.at_bob, "turn")).message, talk.random).value().next;
  for (std::uint32_t counter = 0; counter <= heartbeat_counter; ++counter) {
    EXPECT_FALSE(talk.at_bob.needs_heartbeat()) << counter;
    talk.at_bob =
        open(talk.at_bob, talk.parse(send(talk.at_alice, "text")).message, talk.random).value().next;
  }
  EXPECT_TRUE(talk.at_bob.needs_heartbeat());
}

// Two bots that answer nothing but heartbeats, while one of them is talked to: each ratchet step asks for one
// at most. case 99
// case 99
TEST_P(SessionTest, TwoBotsDoNotKeepEachOtherBusyWithHeartbeats) {
  Established talk(GetParam(), 22);
  int messages = 0, heartbeats = 0;
  const auto deliver = [&](Session& from, Session& to, auto&& again) -> void {
    to = open(to, talk.parse(send(from, "text")).message, talk.random).value().next;
    if (!to.needs_heartbeat()) return;
    to = to.after_heartbeat();
    ++heartbeats;
    again(to, from, again);
  };
  for (; messages < 1000; ++messages) deliver(talk.at_alice, talk.at_bob, deliver);
  EXPECT_GT(heartbeats, 5);
  EXPECT_LE(heartbeats, messages / static_cast<int>(heartbeat_counter));
}

TEST_P(SessionTest, StopsBeforeItsCounterWraps) {
  Established talk(GetParam(), 14);
  SessionState state = talk.at_alice.state();
  state.sent = 0xffff'ffff;
  EXPECT_EQ(seal(Session(state), as_bytes("text")).error(), Error::session_exhausted);
}

TEST_P(SessionTest, AnEmptyTextIsAMessageToo) {
  Established talk(GetParam(), 15);
  const auto opened = open(talk.at_bob, talk.parse(send(talk.at_alice, "")).message, talk.random).value();
  EXPECT_EQ(opened.key_material.size(), 0u);
}

// case 100
TEST_P(SessionTest, BothMayStartAtOnceAndEndInOneSession) {
  Start talk(GetParam(), 16);
  Session alices = talk.alice_starts();
  const Bundle bundle = talk.alice.bundle(GetParam());
  Session bobs = start_session(talk.bob.identity, bundle, bundle.prekeys.back(), talk.random).value();
  const Bytes to_bob = send(alices, "from alice"), to_alice = send(bobs, "from bob");
  // Each keeps its own as archived and goes on with the one it received.
  Session at_bob = talk.bob_accepts(talk.parse(to_bob)).value().next;
  Session at_alice = accept_key_exchange(talk.alice.identity, talk.alice.signed_prekey, talk.alice.prekey(3),
                                         talk.parse(to_alice), talk.random)
                         .value()
                         .next;
  const Bytes crossing_a = send(at_alice, "a"), crossing_b = send(at_bob, "b");
  const Session archived_at_bob[] = {bobs}, archived_at_alice[] = {alices};
  const auto message_a = talk.parse(crossing_a).message, message_b = talk.parse(crossing_b).message;
  EXPECT_FALSE(open(at_bob, message_a, talk.random));
  ASSERT_EQ(sessions_to_try(archived_at_bob, message_a), std::vector<std::size_t>{0});
  EXPECT_EQ(as_text(open(bobs, message_a, talk.random).value().key_material), "a");
  ASSERT_EQ(sessions_to_try(archived_at_alice, message_b), std::vector<std::size_t>{0});
  EXPECT_EQ(as_text(open(alices, message_b, talk.random).value().key_material), "b");
}

TEST_P(SessionTest, TriesTheArchivedSessionsThatKnowTheKeyThenFiveMore) {
  Established talk(GetParam(), 17);
  const auto message = talk.parse(send(talk.at_bob, "text")).message;
  std::vector<Session> archived;
  for (std::uint64_t seed = 100; seed < 110; ++seed)
    archived.push_back(Established(GetParam(), seed).at_alice);
  archived.push_back(talk.at_alice);
  EXPECT_EQ(sessions_to_try(archived, message), (std::vector<std::size_t>{10, 0, 1, 2, 3, 4}));
}

TEST_P(SessionTest, ARecordKeepsWhatNamesTheSession) {
  Start talk(GetParam(), 20);
  const Session started = talk.alice_starts(), reloaded = parse_session(serialise(started)).value();
  EXPECT_EQ(seal(started, as_bytes("text")).value().wire, seal(reloaded, as_bytes("text")).value().wire);
  const Incoming incoming = talk.parse(seal(reloaded, as_bytes("text")).value().wire);
  const Session built = parse_session(serialise(talk.bob_accepts(incoming).value().next)).value();
  EXPECT_TRUE(built.was_built_by(*incoming.key_exchange));
  EXPECT_EQ(built.state().prekey_id, incoming.key_exchange->prekey_id);
  EXPECT_EQ(built.state().signed_prekey_id, 7u);
  EXPECT_EQ(built.remote_identity(), talk.alice.identity.public_key());
}

TEST_P(SessionTest, ARecordIsSmallAndRefusesOtherBytes) {
  Established talk(GetParam(), 18);
  const SecretBytes record = serialise(talk.at_alice);
  EXPECT_LE(record.size(), 360u);
  EXPECT_TRUE(serialise(parse_session(record).value()) == record);
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_EQ(parse_session(record.bytes().first(size)).error(), Error::bad_state);
  }
  Bytes longer(record.bytes().begin(), record.bytes().end());
  longer.push_back(0);
  EXPECT_EQ(parse_session(longer).error(), Error::bad_state);
  longer.pop_back();
  longer[0] = 9;
  EXPECT_EQ(parse_session(longer).error(), Error::bad_state);
}

// Messages of twenty turns, each with its own ratchet key, delivered in any order.
// case 77
TEST_P(SessionTest, AThousandMessagesOverTwentyTurnsArriveOnceInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Established talk(GetParam(), 200 + seed);
    std::deque<std::pair<std::string, Bytes>> under_way;
    std::map<std::string, int> arrived;
    const auto deliver = [&](std::size_t at) {
      const auto [text, wire] = under_way[at];
      under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(at));
      const auto message = talk.parse(wire).message;
      const auto opened = open(parse_session(serialise(talk.at_bob)).value(), message, talk.random);
      ASSERT_TRUE(opened) << text << ": " << opened.error().message();
      EXPECT_EQ(as_text(opened->key_material), text);
      ++arrived[text];
      talk.at_bob = opened->next;
      EXPECT_EQ(open(talk.at_bob, message, talk.random).error(), Error::message_already_received);
    };
    for (int turn = 0; turn < 20; ++turn) {
      for (int i = 0; i < 50; ++i) {
        const std::string text = std::to_string(turn) + "/" + std::to_string(i);
        under_way.emplace_back(text, send(talk.at_alice, text));
      }
      // Half of what is under way arrives now, some of it from earlier turns; the newest must, for the turn.
      deliver(under_way.size() - 1);
      while (under_way.size() > 40) deliver(talk.random.below(static_cast<std::uint32_t>(under_way.size())));
      // Nothing may be ten turns late: its key would be forgotten.
      while (!under_way.empty() && std::stoi(under_way.front().first) + 8 < turn) deliver(0);
      talk.at_alice =
          open(talk.at_alice, talk.parse(send(talk.at_bob, "turn")).message, talk.random).value().next;
    }
    while (!under_way.empty()) deliver(talk.random.below(static_cast<std::uint32_t>(under_way.size())));
    EXPECT_EQ(arrived.size(), 1000u);
    for (const auto& [text, count] : arrived) EXPECT_EQ(count, 1) << text;
  }
}

// A peer that sends ratchet key after ratchet key with the largest gap each time fills nothing.
// case 79
TEST_P(SessionTest, SkippingWithoutEndStaysWithinTheLimits) {
  Established talk(GetParam(), 19);
  for (int turn = 0; turn < 12; ++turn) {
    for (int i = 0; i < 400; ++i) send(talk.at_alice, "never arrives");
    talk.at_bob =
        open(talk.at_bob, talk.parse(send(talk.at_alice, "turn")).message, talk.random).value().next;
    talk.at_alice =
        open(talk.at_alice, talk.parse(send(talk.at_bob, "turn")).message, talk.random).value().next;
    EXPECT_LE(talk.at_bob.skipped_keys(), max_skipped_keys);
  }
  EXPECT_LE(serialise(talk.at_bob).size(), 70'000u);
}

// Where there is no chain yet, keys of "its rest" would come from a chain of zeros: anybody could know them.
TEST_P(SessionTest, TheFirstAnswerLeavesNoSkippedKeys) {
  Established talk(GetParam(), 21);
  EXPECT_EQ(talk.at_alice.skipped_keys(), 0u);
  EXPECT_EQ(talk.at_bob.skipped_keys(), 0u);
}

/// A chain of alice's that bob heard the beginning of, `lost` messages that he did not, and the first of the next.
struct LostRest : Established {
  LostRest(Version v, std::uint64_t seed, int lost) : Established(v, seed) {
    at_bob = open(at_bob, parse(send(at_alice, "heard")).message, random).value().next;
    for (int i = 0; i < lost; ++i) rest.push_back(send(at_alice, "late"));
    at_alice = open(at_alice, parse(send(at_bob, "turn")).message, random).value().next;
    next_chain = send(at_alice, "next");
  }
  std::vector<Bytes> rest;
  Bytes next_chain;
};

TEST_P(SessionTest, KeepsTheKeysOfAsManyLostMessagesOfTheLastChainAsOneMaySkip) {
  LostRest most(GetParam(), 22, max_skip);
  most.at_bob = open(most.at_bob, most.parse(most.next_chain).message, most.random).value().next;
  EXPECT_TRUE(open(most.at_bob, most.parse(most.rest.back()).message, most.random));
  LostRest more(GetParam(), 23, max_skip + 1);
  more.at_bob = open(more.at_bob, more.parse(more.next_chain).message, more.random).value().next;
  EXPECT_FALSE(open(more.at_bob, more.parse(more.rest.back()).message, more.random));
}

TEST_P(SessionTest, AReloadedRecordStillReadsTheRestOfTheLastChain) {
  LostRest talk(GetParam(), 24, 3);
  talk.at_bob = parse_session(serialise(talk.at_bob)).value();
  talk.at_bob = open(talk.at_bob, talk.parse(talk.next_chain).message, talk.random).value().next;
  for (const Bytes& late : talk.rest) EXPECT_TRUE(open(talk.at_bob, talk.parse(late).message, talk.random));
}

TEST_P(SessionTest, KnowsTheChainsItHasKeysOfAndNoOthers) {
  LostRest talk(GetParam(), 25, 3);
  EXPECT_TRUE(talk.at_bob.knows(talk.parse(talk.rest[0]).message));
  EXPECT_FALSE(talk.at_bob.knows(talk.parse(talk.next_chain).message));
  talk.at_bob = open(talk.at_bob, talk.parse(talk.next_chain).message, talk.random).value().next;
  EXPECT_TRUE(talk.at_bob.knows(talk.parse(talk.rest[0]).message));  // by its skipped keys
  Established other(GetParam(), 26);
  EXPECT_FALSE(talk.at_bob.knows(other.parse(send(other.at_alice, "text")).message));
}

// The peer has the keys and pads wrongly: a broken client, and no reason to show what was decrypted.
TEST_P(SessionTest, AnAuthenticMessageWithBrokenPaddingIsMalformed) {
  Established talk(GetParam(), 27);
  SessionState state = talk.at_alice.state();
  make_send_step(state);
  const MessageHeader header{state.own_ratchet.curve, state.sent, state.previous_sent};
  const MessageKeys keys = message_keys(state.version, send_key(state));
  MessageWriter message(state.version, header, 16, std::nullopt, 0);
  const Bytes text(15, 'x');  // padded by one byte of 1 ...
  crypto::aes256_cbc_encrypt(keys.encryption, keys.iv, text, message.ciphertext());
  for (Byte& byte : message.ciphertext()) byte = static_cast<Byte>(byte ^ 0x80);  // ... which is another then
  authenticate(state, keys.authentication, message.authenticated(), true, message.mac());
  EXPECT_EQ(open(talk.at_bob, talk.parse(message.take()).message, talk.random).error(), Error::malformed);
}

TEST(Session, ARecordThatCountsMoreThanThereMayBeIsRefused) {
  Established talk(Version::legacy, 28);
  const SecretBytes record = serialise(talk.at_alice);
  constexpr std::size_t old_at = 22, skipped_at = 23;  // see session_record.cpp
  Bytes many_old(record.bytes().begin(), record.bytes().end());
  const std::size_t old = max_remembered_ratchet_keys + 1;
  many_old.resize(many_old.size() + 8 * (old - many_old[old_at]), 1);
  many_old[old_at] = static_cast<Byte>(old);
  EXPECT_EQ(parse_session(many_old).error(), Error::bad_state);
  Bytes many_skipped(record.bytes().begin(), record.bytes().end());
  const std::size_t skipped = max_skipped_keys + 1;
  many_skipped.resize(many_skipped.size() + 68 * skipped, 1);
  many_skipped[skipped_at] = static_cast<Byte>(skipped);
  many_skipped[skipped_at + 1] = static_cast<Byte>(skipped >> 8);
  EXPECT_EQ(parse_session(many_skipped).error(), Error::bad_state);
}

TEST(Session, ALegacyKeyExchangeSaysWhoSendsIt) {
  Start talk(Version::legacy, 29);
  const Bytes wire = seal(talk.alice_starts(), as_bytes("text"), 5).value().wire;
  const Bytes registration{0x28, 5};  // field 5, without which libsignal refuses the message
  EXPECT_NE(std::search(wire.begin(), wire.end(), registration.begin(), registration.end()), wire.end());
}

// A key of the legacy form has no Ed25519 form to check an OMEMO 2 signature with.
TEST(Session, AnOmemo2SignatureIsNotAcceptedForAKeyOfTheLegacyForm) {
  Start talk(Version::omemo2, 30);
  const IdentityKey curve_only = IdentityKey::from_curve(talk.bob.identity.public_key().curve);
  const Bytes message = signed_prekey_message(Version::omemo2, talk.bob.signed_prekey.pair.curve);
  const Signature signature = talk.bob.identity.sign(Version::omemo2, message, talk.random);
  EXPECT_TRUE(verify(Version::omemo2, talk.bob.identity.public_key(), message, signature));
  EXPECT_FALSE(verify(Version::omemo2, curve_only, message, signature));
}

}  // namespace
}  // namespace omegate::omemo
