#include "bridge/gateway/messages/redelivery.hpp"

#include <gmock/gmock.h>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/rooms/moderated.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;
using omemo::Version;
using store::MessageState;
using test::noon;
using test::Party;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net", bob_jid = "bob@example.net",
                  team = "team@rooms.example.org";
const std::string mark = "(again, from 2023-11-14T22:13:20Z) ", room_mark = "(again, from 2023-11-14T22:13:20Z in " + team + ") ";

struct Redelivering : testing::Test {
  Party bot{bot_jid}, phone{alice_jid}, laptop{alice_jid}, bob{bob_jid};
  config::AccountSettings settings;

  Redelivering() {
    settings.redeliver = config::RedeliverySettings{24h, 20};
    bot.meet(phone, Version::legacy);
    bot.meet(bob, Version::legacy);
  }
  static crypto::PublicKey key_of(Party& party) { return party.device().identity.curve(); }

  /// Sealed, given to the server and kept. `room`: who belongs to the room that it is said in.
  void say(const Utterance& words, const std::optional<RoomAudience>& room) {
    bot.run([&](store::Tables& t) { gateway::say(t, words, noon); });
    go_out(room);
  }
  void go_out(const std::optional<RoomAudience>& room) {
    bot.run([&](store::Tables& t) {
      const auto due = t.outbox.take_due(bot.self.account, noon, 1);
      const auto sealed = seal_message(t, bot.self, due.at(0), trust::MessageRule::partial, false, bot.random, noon, room);
      ASSERT_EQ(sealed.kind, SealOutcome::Kind::written) << sealed.reason;
      keep_for_later(t, *settings.redeliver, due[0].id, decode_outgoing(due[0].body), noon);
      t.outbox.mark_sent(std::vector{due[0].id}, noon);
    });
  }
  void say_in_team(const std::string& text, std::vector<std::string> members) {
    say(bot.utterance(team, text), RoomAudience{std::move(members)});
  }
  /// Alice's laptop joins her list, and somebody trusts it.
  void laptop_comes() {
    const OwnDevice other = laptop.device();
    const omemo::Bundle bundle = other.bundle(Version::legacy);
    bot.run([&](store::Tables& t) {
      const store::DeviceRef ref{bot.self.account, alice_jid, Version::legacy, other.device};
      const std::vector<omemo::DeviceId> ids{phone.self.device, other.device};
      t.devices.replace_list(bot.self.account, alice_jid, Version::legacy, ids, noon);
      t.devices.set_identity(ref, bundle.identity.curve, noon);
      const auto prekey = omemo::choose_prekey(bundle, bot.random).value();
      t.ratchets.start(ref, omemo::start_session(t.identities.load(bot.self.account)->keys, bundle, prekey, bot.random).value(), noon);
    });
    bot.decide(alice_jid, key_of(laptop), trust::Fact::trusted);
  }
  std::size_t again(Party& late, const RoomMembers& rooms = {}) {
    const LateKey key{late.self.jid, key_of(late)};
    return bot.run([&](store::Tables& t) { return redeliver(t, bot.self, settings, key, rooms, bot.random, noon); });
  }
  /// What waits to go out, as "to: text", oldest first.
  std::vector<std::string> waiting() {
    return bot.run([](store::Tables& t) {
      std::vector<std::string> texts;
      for (const auto& row : t.outbox.list({}))
        if (row.state == MessageState::accepted) texts.push_back(row.recipient + ": " + decode_outgoing(row.body).text);
      std::ranges::reverse(texts);
      return texts;
    });
  }
};

TEST_F(Redelivering, WhatWasSaidInARoomComesToTheMemberAloneAndOnce) {
  say_in_team("hello", {alice_jid, bob_jid});
  say_in_team("and good night", {alice_jid, bob_jid});
  say(bot.utterance(alice_jid, "between us"), std::nullopt);
  laptop_comes();
  EXPECT_EQ(again(laptop), 3u);
  EXPECT_THAT(waiting(), ElementsAre(alice_jid + ": " + mark + "between us",
                                     alice_jid + ": " + room_mark + "hello\n" + room_mark + "and good night"));
  const std::string laptops = omemo::fingerprint(key_of(laptop), omemo::FingerprintStyle::plain);
  bot.run([&](store::Tables& t) {
    for (const auto& row : t.outbox.list({})) {
      if (row.state != MessageState::accepted) continue;
      EXPECT_EQ(decode_outgoing(row.body).again.value().fingerprint, laptops);
    }
  });
  EXPECT_EQ(again(laptop), 0u);
}

TEST_F(Redelivering, WhoCameToTheRoomLaterGetsNothingOfBefore) {
  say_in_team("before bob came", {alice_jid});
  say_in_team("with bob", {alice_jid, bob_jid});
  bot.decide(bob_jid, key_of(bob), trust::Fact::verified);
  const RoomMembers now{{team, {alice_jid, bob_jid}}};
  EXPECT_EQ(again(bob, now), 0u) << "the one was not said to him, of the other he had a copy";
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Redelivering, WhoIsOutOfTheRoomGetsNothingOfIt) {
  say_in_team("hello", {alice_jid, bob_jid});
  laptop_comes();
  EXPECT_EQ(again(laptop, {{team, {bob_jid}}}), 0u);
  EXPECT_EQ(again(laptop, {{team, {alice_jid, bob_jid}}}), 1u);
}

TEST_F(Redelivering, WhatWasSaidToAnotherContactIsNobodyElses) {
  say(bot.utterance(bob_jid, "for bob"), std::nullopt);
  laptop_comes();
  EXPECT_EQ(again(laptop), 0u);
}

TEST_F(Redelivering, ATextThatWasCorrectedWhenTheyWereGoneIsNotSaidAsItWas) {
  say_in_team("the code is 1234", {alice_jid, bob_jid});
  const std::string id = bot.last_id();
  bot.run([&](store::Tables& t) {
    const auto target = t.messages.find(bot.self.account, team, true, id).value();
    correct(t, target, bot.utterance(team, "the code is 5678"), noon);
  });
  go_out(RoomAudience{{bob_jid}});
  laptop_comes();
  EXPECT_EQ(again(laptop), 0u);
}

TEST_F(Redelivering, WhatTheRoomsModeratorsTookOutStaysOut) {
  say_in_team("an indiscretion", {alice_jid, bob_jid});
  const std::string id = bot.last_id();
  say_in_team("hello", {alice_jid, bob_jid});
  const Reader reader{bot.self, {{"echo"}, {"echo"}, {}}};
  bot.run([&](store::Tables& t) {
    const auto message = t.messages.find(bot.self.account, team, true, id).value();
    t.messages.set_room_id(message.id, "r1");
    take_moderation(t, reader, {xmpp::Jid::parse(team).value(), "r1", std::nullopt, ""}, noon);
  });
  laptop_comes();
  EXPECT_EQ(again(laptop), 1u);
  EXPECT_THAT(waiting(), ElementsAre(alice_jid + ": " + room_mark + "hello"));
}

TEST_F(Redelivering, WhoIsRevokedBeforeItIsSealedGetsNothing) {
  say_in_team("hello", {alice_jid, bob_jid});
  laptop_comes();
  ASSERT_EQ(again(laptop), 1u);
  bot.decide(alice_jid, key_of(laptop), trust::Fact::revoked);
  const auto outcome = bot.run([&](store::Tables& t) { return bot.seal_next(t, trust::MessageRule::partial); });
  EXPECT_EQ(outcome.kind, SealOutcome::Kind::refused);
  EXPECT_THAT(outcome.reason, testing::HasSubstr("not allowed any more"));
  EXPECT_THAT(outcome.stanzas, IsEmpty());
}

TEST_F(Redelivering, WithoutTheSettingNothingIsSaidAgain) {
  say_in_team("hello", {alice_jid, bob_jid});
  laptop_comes();
  settings.redeliver.reset();
  EXPECT_EQ(again(laptop), 0u);
}

}  // namespace
}  // namespace omegate::gateway
