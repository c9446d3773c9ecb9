#include "bridge/core/xmpp/annotations.hpp"

#include <gmock/gmock.h>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/message.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string reply = "<reply xmlns='urn:xmpp:reply:0' to='bot@example.org' id='m1'/>";

Annotations read(const std::string& children) {
  return read_annotations(stanza("<message>" + children + "</message>").children());
}

std::string fallback(const std::string& space, const std::string& parts = "<body/>") {
  return "<fallback xmlns='urn:xmpp:fallback:0' for='" + space + "'>" + parts + "</fallback>";
}

std::string kept(const std::string& text, const std::string& children) {
  return own_text(text, read(children));
}

TEST(Annotations, AreReadAsTheSpecificationsWriteThem) {
  EXPECT_EQ(read("<replace xmlns='urn:xmpp:message-correct:0' id='bad1'/>").replaces, "bad1");
  EXPECT_EQ(read("<retract xmlns='urn:xmpp:message-retract:1' id='wrong-recipient-1'/>").retracts,
            "wrong-recipient-1");
  EXPECT_EQ(read("<displayed xmlns='urn:xmpp:chat-markers:0' id='message-1'/>").displayed, "message-1");
  EXPECT_TRUE(read("<markable xmlns='urn:xmpp:chat-markers:0'/>").markable);
  EXPECT_EQ(read("<composing xmlns='http://jabber.org/protocol/chatstates'/>").state, ChatState::composing);
  EXPECT_EQ(read(reply).reply, (Reply{"m1", jid("bot@example.org")}));
  const auto reactions = read(
      "<reactions id='744f6e18' "
      "xmlns='urn:xmpp:reactions:0'><reaction>👋</reaction><reaction>🐢</reaction></reactions>");
  EXPECT_EQ(reactions.reactions, (Reactions{"744f6e18", {"👋", "🐢"}}));
  EXPECT_EQ(read("<body>hi</body>"), Annotations());
}

TEST(Annotations, ComeBackAsTheyWereBuilt) {
  const std::vector<xml::Element> elements{replace_element("a"),
                                           retract_element("b"),
                                           displayed_element("c"),
                                           reactions_element({"d", {"👍", "❤️"}}),
                                           reply_element("e", jid("alice@example.net")),
                                           state_element(ChatState::paused),
                                           markable_element(),
                                           fallback_element(ns::reply, TextRange{0, 5}),
                                           fallback_element(ns::retraction)};
  const Annotations back = read_annotations(elements);
  Annotations expected{
      "a", "b", "c", Reactions{"d", {"👍", "❤️"}}, Reply{"e", jid("alice@example.net")}, ChatState::paused,
      true};
  expected.fallbacks = {{"urn:xmpp:reply:0", {{0, 5}}}, {"urn:xmpp:message-retract:1", {{}}}};
  EXPECT_EQ(back, expected);
}

TEST(Annotations, ThatStandThereTwiceSayNothing) {
  EXPECT_EQ(read("<replace xmlns='urn:xmpp:message-correct:0' id='a'/><replace "
                 "xmlns='urn:xmpp:message-correct:0' id='b'/>")
                .replaces,
            "");
  EXPECT_EQ(read(reply + reply).reply, std::nullopt);
  EXPECT_EQ(read("<composing xmlns='http://jabber.org/protocol/chatstates'/><gone "
                 "xmlns='http://jabber.org/protocol/chatstates'/>")
                .state,
            std::nullopt);
}

TEST(Annotations, WithoutAnIdOrWithAnEndlessOneSayNothing) {
  EXPECT_EQ(read("<retract xmlns='urn:xmpp:message-retract:1'/>").retracts, "");
  EXPECT_EQ(read("<reactions xmlns='urn:xmpp:reactions:0'><reaction>👍</reaction></reactions>").reactions,
            std::nullopt);
  const std::string endless(max_id + 1, 'x');
  EXPECT_EQ(read("<replace xmlns='urn:xmpp:message-correct:0' id='" + endless + "'/>").replaces, "");
}

TEST(Annotations, KeepNoMoreReactionsThanAPersonHas) {
  std::string many = "<reaction>👍</reaction><reaction>👍</reaction><reaction></reaction><reaction>" +
                     std::string(max_reaction + 1, 'x') + "</reaction>";
  EXPECT_THAT(
      read("<reactions xmlns='urn:xmpp:reactions:0' id='m'>" + many + "</reactions>").reactions->emojis,
      ElementsAre("👍"));
  for (int i = 0; i < 100; ++i) many += "<reaction>" + std::to_string(i) + "</reaction>";
  EXPECT_THAT(
      read("<reactions xmlns='urn:xmpp:reactions:0' id='m'>" + many + "</reactions>").reactions->emojis,
      SizeIs(max_reactions));
  EXPECT_THAT(read("<reactions xmlns='urn:xmpp:reactions:0' id='m'/>").reactions->emojis, IsEmpty());
}

TEST(OwnText, IsWhatStandsBehindTheQuoteOfAReply) {
  const std::string quote = "> Är det ✓ klart?\n";
  const auto end = std::to_string(length_of(quote));
  EXPECT_EQ(end, "18");  // code points, not bytes
  EXPECT_EQ(kept(quote + "Ja!", reply + fallback("urn:xmpp:reply:0", "<body start='0' end='" + end + "'/>")),
            "Ja!");
}

TEST(OwnText, IsWholeWithoutAMarkOrWithoutWhatIsMarked) {
  EXPECT_EQ(kept("> quote\nyes", reply), "> quote\nyes");
  EXPECT_EQ(kept("> quote\nyes", fallback("urn:xmpp:reply:0", "<body start='0' end='8'/>")), "> quote\nyes");
  EXPECT_EQ(kept("secret plans", reply + fallback("urn:example:unknown")), "secret plans");
}

TEST(OwnText, IsNothingWhereAllOfItIsFallback) {
  const std::string retract = "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>";
  EXPECT_EQ(kept("/me retracted a message", retract + fallback("urn:xmpp:message-retract:1")), "");
  EXPECT_EQ(kept("/me retracted a message", retract + fallback("urn:xmpp:message-retract:1", "")), "");
  EXPECT_EQ(kept("/me retracted a message", retract + fallback("urn:xmpp:message-retract:1", "<subject/>")),
            "/me retracted a message");
}

TEST(OwnText, IsNotConfusedByRangesThatAreNone) {
  const auto cut = [](const std::string& range) {
    return kept("abcdef", reply + fallback("urn:xmpp:reply:0", "<body " + range + "/>"));
  };
  EXPECT_EQ(cut("start='4' end='2'"), "abcdef");
  EXPECT_EQ(cut("start='2' end='999999'"), "ab");
  EXPECT_EQ(cut("start='99' end='100'"), "abcdef");
  EXPECT_EQ(cut("start='-1' end='3'"), "def");
  EXPECT_EQ(cut("start='0' end='3'/><body start='2' end='4'"), "ef");
}

TEST(Quoted, IsUndoneByTheRangeThatMarksIt) {
  for (const std::string text : {"one line", "two\nlines", "ends with a break\n", "ÄÖÜ ✓ 🐢"}) {
    const std::string quote = quotation(text);
    EXPECT_TRUE(quote.starts_with("> "));
    const std::vector<xml::Element> elements{reply_element("m", jid("alice@example.net")),
                                             fallback_element(ns::reply, TextRange{0, length_of(quote)})};
    EXPECT_EQ(own_text(quote + "answer", read_annotations(elements)), "answer");
  }
  EXPECT_EQ(quotation("two\nlines"), "> two\n> lines\n");
}

TEST(Quoted, IsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 2 * max_quote) text += "ä✓";
  const std::string quote = quotation(text);
  EXPECT_LE(quote.size(), max_quote + 10);
  EXPECT_TRUE(quote.ends_with("…\n"));
  EXPECT_TRUE(text.starts_with(quote.substr(2, quote.size() - 2 - std::string("…\n").size())));
}

TEST(Annotations, OutsideOmemo2AreNotRead) {
  const std::string said = "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>";
  const auto message = [&](const std::string& encrypted) {
    const auto incoming =
        classify(stanza("<message from='a@example.net/x' to='bot@example.org' type='chat'>" + encrypted +
                        said + "</message>"),
                 {jid("bot@example.org/x"), {}, true});
    return std::get<ChatMessage>(incoming).annotations.replaces;
  };
  EXPECT_EQ(message("<encrypted xmlns='eu.siacs.conversations.axolotl'><header "
                    "sid='7'><iv>AAAAAAAAAAAAAAAA</iv></header></encrypted>"),
            "m1");
  EXPECT_EQ(message("<encrypted xmlns='urn:xmpp:omemo:2'><header sid='7'/></encrypted>"), "");
}

}  // namespace
