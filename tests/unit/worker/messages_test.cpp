// How plugins speak of earlier messages, and hear what is said about them.
#include <gmock/gmock.h>

#include "bridge/worker/plugin.hpp"

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using Worker = omegate::worker::Plugin;

struct Messages : testing::Test {
  void load(const std::string& source) {
    worker.emplace(Load{"test", 1, {{"init.lua", "local P = ...\n" + source}}, "{}", {}, {"bot"}},
                   [](const Log&) {});
    auto loaded = worker->load();
    if (const auto* const failed = std::get_if<LoadFailed>(&loaded)) FAIL() << failed->error;
    ready = std::get<Ready>(loaded);
  }
  static Message message(const std::string& text, TrustLevel trust = TrustLevel::tofu) {
    Message said{"bot", "juliet@example.org", text, trust, 7, "0f", true, "2", omegate::from_ms(123)};
    said.message_id = "m1";
    return said;
  }
  std::vector<Effect> effects(const Event& event) {
    auto result = worker->handle(event);
    if (const auto* const failed = std::get_if<Failed>(&result)) {
      ADD_FAILURE() << failed->error;
      return {};
    }
    return std::get<Done>(result).effects;
  }
  std::vector<Effect> on_message(const std::string& body) {
    load("P.on('message', function(ev)\n" + body + "\nend)");
    return effects({"in-7", EventKind::message, payload(message("hello"))});
  }
  std::vector<std::string> texts(const Event& event) {
    std::vector<std::string> found;
    for (const auto& effect : effects(event)) found.push_back(std::get<Send>(effect).text);
    return found;
  }
  static Event news(EventKind kind, TrustLevel trust, MessageNews said) {
    said.message = message(said.message.text, trust);
    said.about = Reference{"a1", true, "in-1:0", "disk"};
    return {"in-8", kind, payload(said)};
  }

  std::optional<Worker> worker;
  Ready ready;
};

TEST_F(Messages, FilesAreNamedByTheirHandlesAndNeedNoText) {
  const auto made = on_message("P.send('a@b', '', {files = {'h1', {handle = 'h2', name = 'x'}}}) ev:reply('two', {files = {'h3'}})");
  ASSERT_EQ(made.size(), 2u);
  EXPECT_THAT(std::get<Send>(made[0]).files, ElementsAre("h1", "h2"));
  EXPECT_EQ(std::get<Send>(made[0]).text, "");
  EXPECT_THAT(std::get<Send>(made[1]).files, ElementsAre("h3"));
}

TEST_F(Messages, WhatIsNoListOfFilesIsAnError) {
  for (const char* files : {"'h1'", "{7}", "{{name = 'x'}}", "{'1','2','3','4','5','6','7','8','9','10','11'}"}) {
    load(std::string("P.on('message', function(ev) P.send('a@b', 'x', {files = ") + files + "}) end)");
    EXPECT_TRUE(std::holds_alternative<Failed>(worker->handle({"in-7", EventKind::message, payload(message("hello"))}))) << files;
  }
}

TEST_F(Messages, AHandleNamesAMessageByItsEventAndItsPlace) {
  const auto made =
      on_message("P.send('a@b', 'one') local h = ev:reply('two') P.edit(h, 'three') P.retract(h)");
  ASSERT_EQ(made.size(), 4u);
  EXPECT_EQ(std::get<Change>(made[2]), (Change{Change::Kind::edit, Target{"in-7:1"}, "three"}));
  EXPECT_EQ(std::get<Change>(made[3]), (Change{Change::Kind::retract, Target{"in-7:1"}}));
}

TEST_F(Messages, AnEventIsAMessageThatCanBeAnsweredAndReactedTo) {
  const auto made = on_message("P.react(ev, '👍', '🎉') P.reply(ev, 'yes')");
  const Target said{"", "bot", "juliet@example.org", "", "m1", false};
  EXPECT_EQ(std::get<Change>(made.at(0)), (Change{Change::Kind::react, said, "", {"👍", "🎉"}, "hello"}));
  const Send& answer = std::get<Send>(made.at(1));
  EXPECT_EQ(answer.answers, said);
  EXPECT_EQ(answer.quote, "hello");
  EXPECT_EQ(answer.to, "juliet@example.org");
}

TEST_F(Messages, ANameGoesWithWhomItWasSentTo) {
  const auto made = on_message(
      "P.send('a@b', 'x', {name = 'disk', update = true}) P.edit({to = 'a@b', name = 'disk'}, 'y')");
  EXPECT_EQ(std::get<Send>(made.at(0)).name, "disk");
  EXPECT_TRUE(std::get<Send>(made.at(0)).update);
  EXPECT_EQ(std::get<Change>(made.at(1)).target, (Target{"", "", "a@b", "disk"}));
}

TEST_F(Messages, WhatIsOfNowIsSaidToSomebodyAndOfAMessage) {
  const auto made = on_message("P.typing(ev.from, true) P.typing('a@b', false, {account = 'cat'}) P.displayed(ev)");
  EXPECT_THAT(made, ElementsAre(Effect(Typing{"", "juliet@example.org", true}), Effect(Typing{"cat", "a@b", false}),
                                Effect(Displayed{Target{"", "bot", "juliet@example.org", "", "m1", false}})));
}

TEST_F(Messages, ARoomsNumberNamesWhatIsTakenOutOfItWhateverIdItsWriterChose) {
  load("P.on('message', function(ev) P.moderate(ev, 'spam') P.moderate({to = 'hall@b', stanza_id = 'r8'}) end)");
  Message said = message("hello");
  said.room = "team@rooms.example.org";
  said.stanza_id = "r7";
  Target seventh{"", "bot", "team@rooms.example.org"}, eighth{"", "", "hall@b"};
  seventh.stanza_id = "r7";
  eighth.stanza_id = "r8";
  EXPECT_THAT(effects({"in-7", EventKind::message, payload(said)}),
              ElementsAre(Effect(Moderate{seventh, "spam"}), Effect(Moderate{eighth})));
  said.stanza_id.clear();  // the room numbers nothing: then the gateway says so
  EXPECT_THAT(effects({"in-8", EventKind::message, payload(said)}),
              ElementsAre(Effect(Moderate{Target{"", "bot", "team@rooms.example.org", "", "m1"}, "spam"}), Effect(Moderate{eighth})));
}

TEST_F(Messages, WhatNamesNoMessageIsAnError) {
  for (const std::string body :
       {"P.displayed({})", "P.moderate({})", "P.moderate({stanza_id = 'r7'})", "P.moderate(ev, ('x'):rep(501))", "P.typing('a@b')", "P.typing('a@b', 'yes')", "P.typing(ev.from, true, {acount = 'bot'})", "P.edit({}, 'x')", "P.edit(7, 'x')", "P.edit({name = 'disk'}, 'x')", "P.edit('in-1:0', '')",
        "P.send('a@b', 'x', {update = true})", "P.reply('in-1:0', 'x')"}) {
    load("P.on('message', function(ev) " + body + " end)");
    const auto result = worker->handle({"in-7", EventKind::message, payload(message("hello"))});
    EXPECT_TRUE(std::holds_alternative<Failed>(result)) << body;
  }
}

TEST_F(Messages, AnEventSaysWhichMessageItIsAbout) {
  load(
      "P.on('edit', function(ev) ev:reply(ev.about.name .. ' ' .. ev.text) end)\n"
      "P.on('retract', function(ev) P.retract(ev.about) end)");
  EXPECT_THAT(ready.subscriptions, ElementsAre(EventKind::edit, EventKind::retract));
  EXPECT_THAT(texts(news(EventKind::edit, TrustLevel::tofu, {message("new")})), ElementsAre("disk new"));
  const auto made = effects(news(EventKind::retract, TrustLevel::tofu, {message("")}));
  EXPECT_EQ(std::get<Change>(made.at(0)).target, Target{"in-1:0"});
}

// case 63
TEST_F(Messages, AReactionIsHeardFromTrustedKeysUnlessThePluginAsksForLess) {
  MessageNews thumbs{message("")};
  thumbs.added = {"👍"};
  load(
      "P.on('reaction', function(ev) ev:reply('trusted') end)\n"
      "P.on('reaction', { min_trust = 'undecided' }, function(ev) ev:reply('any') end)");
  EXPECT_THAT(texts(news(EventKind::reaction, TrustLevel::undecided, thumbs)), ElementsAre("any"));
  EXPECT_THAT(texts(news(EventKind::reaction, TrustLevel::tofu, thumbs)), ElementsAre("trusted", "any"));
}

TEST_F(Messages, AReactionHandlerMayWaitForOneEmojiThatIsNew) {
  load("P.on('reaction', { emoji = '🔕' }, function(ev) ev:reply('silenced') end)");
  MessageNews said{message("")};
  said.reactions = {"🔕", "👍"};
  said.added = {"👍"};
  EXPECT_THAT(texts(news(EventKind::reaction, TrustLevel::tofu, said)), ElementsAre());
  said.added = {"🔕"};
  EXPECT_THAT(texts(news(EventKind::reaction, TrustLevel::tofu, said)), ElementsAre("silenced"));
}

}  // namespace
