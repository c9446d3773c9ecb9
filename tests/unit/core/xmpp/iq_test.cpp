#include "bridge/core/xmpp/iq.hpp"

#include "bridge/core/xmpp/blocking.hpp"
#include "bridge/core/xmpp/roster.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

const Jid own = jid("bot@example.org/x");
const Jid peer = jid("alice@example.net");

TEST(Iq, IsBuiltAndAnswered) {
  const xml::Element request = ping_request("p1", jid("example.org"));
  EXPECT_EQ(request.to_string("jabber:client"),
            "<iq type='get' id='p1' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
  EXPECT_TRUE(is_ping(request));
  const xml::Element asked =
      stanza("<iq type='get' id='7' from='alice@example.net/a'><ping xmlns='urn:xmpp:ping'/></iq>");
  EXPECT_EQ(iq_result(asked).to_string("jabber:client"),
            "<iq type='result' id='7' to='alice@example.net/a'/>");
  const xml::Element refused = iq_error(asked, {"cancel", "service-unavailable", {}, {}, {}});
  EXPECT_EQ(refused.attr("type"), "error");
  EXPECT_EQ(parse_stanza_error(refused).condition, "service-unavailable");
}

// case 31
TEST(Iq, TakesAnAnswerOnlyFromWhomItAsked) {  // spoofing 5
  EXPECT_TRUE(may_answer(peer, peer, own));
  EXPECT_FALSE(may_answer(peer, jid("mallory@example.net"), own));
  EXPECT_FALSE(may_answer(peer, jid("alice@example.net/a"), own));
  EXPECT_FALSE(may_answer(peer, std::nullopt, own));
  EXPECT_FALSE(may_answer(peer, own.bare(), own));
  EXPECT_FALSE(may_answer(jid("alice@example.net/a"), peer, own));
}

TEST(Iq, TakesAnAnswerToItsOwnAccountFromItsOwnServerOnly) {  // spoofing 5
  for (const auto& from :
       {std::optional<Jid>(), std::optional(own), std::optional(own.bare()), std::optional(own.server())}) {
    EXPECT_TRUE(may_answer(std::nullopt, from, own));
  }
  EXPECT_FALSE(may_answer(std::nullopt, peer, own));
  EXPECT_FALSE(may_answer(std::nullopt, jid("bot@example.org/other"), own));
  EXPECT_FALSE(may_answer(std::nullopt, jid("evil.example.org"), own));
}

// case 62
TEST(Iq, NeverTakesAnUnreadableSenderForNone) {
  EXPECT_FALSE(sender(stanza("<iq from='@@'/>")));
  EXPECT_FALSE(sender(stanza("<iq/>")).value());
  EXPECT_EQ(sender(stanza("<iq from='Alice@example.net'/>")).value(), peer);
}

TEST(Iq, LearnsItsAddressFromBind) {
  const auto bound = [](const char* text) {
    return parse_bound(stanza("<iq type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" +
                              std::string(text) + "</jid></bind></iq>"));
  };
  EXPECT_EQ(bound("bot@example.org/other")->to_string(), "bot@example.org/other");
  EXPECT_EQ(bound("bot@example.org").error(), Error::malformed);
  EXPECT_EQ(bound("").error(), Error::bad_jid);
  EXPECT_EQ(parse_bound(stanza("<iq type='result'/>")).error(), Error::malformed);
  EXPECT_EQ(bind_request("b", "x").child("bind", "urn:ietf:params:xml:ns:xmpp-bind")->children().size(), 1u);
  EXPECT_TRUE(bind_request("b", "").child("bind", "urn:ietf:params:xml:ns:xmpp-bind")->children().empty());
}

std::string roster_push(const std::string& from, const std::string& items) {
  return "<iq type='set' id='r'" + from + "><query xmlns='jabber:iq:roster'>" + items + "</query></iq>";
}

// case 59
TEST(Roster, IgnoresAPushFromAStranger) {  // spoofing 3
  const std::string item = "<item jid='evil@example.com' subscription='both'/>";
  for (const char* from : {" from='mallory@example.com'", " from='bot@example.org/other'",
                           " from='example.org'", " from='@@'"}) {
    EXPECT_EQ(parse_roster_push(stanza(roster_push(from, item)), own).error(), Error::wrong_sender) << from;
  }
  EXPECT_TRUE(parse_roster_push(stanza(roster_push("", item)), own));
  EXPECT_TRUE(parse_roster_push(stanza(roster_push(" from='bot@example.org'", item)), own));
}

TEST(Roster, TakesExactlyOneItemFromAPush) {
  EXPECT_EQ(parse_roster_push(stanza(roster_push("", "")), own).error(), Error::malformed);
  EXPECT_EQ(parse_roster_push(stanza(roster_push("", "<item jid='a@b'/><item jid='c@d'/>")), own).error(),
            Error::malformed);
  const auto item =
      parse_roster_push(
          stanza(roster_push("", "<item jid='A@b' subscription='from' ask='subscribe' name='A'/>")), own)
          .value();
  EXPECT_EQ(item.jid.to_string(), "a@b");
  EXPECT_TRUE(item.sees_us());
  EXPECT_TRUE(item.pending_out);
  EXPECT_EQ(item.name, "A");
}

TEST(Roster, SkipsWhatItCannotRead) {
  const auto roster =
      parse_roster(stanza("<iq type='result'><query xmlns='jabber:iq:roster' ver='v1'><item jid='@'/><item "
                          "jid='a@b' subscription='odd'/></query></iq>"));
  ASSERT_EQ(roster->items.size(), 1u);
  EXPECT_EQ(roster->items[0].subscription, Subscription::none);
  EXPECT_EQ(roster->version, "v1");
  EXPECT_EQ(roster_set(peer, "Alice").to_string("jabber:iq:roster"),
            "<query><item jid='alice@example.net' name='Alice'/></query>");
}

TEST(Blocking, IgnoresAPushFromAStranger) {  // spoofing 4
  const auto push = [](const std::string& from, const std::string& what) {
    return parse_blocking_push(stanza("<iq type='set' id='b'" + from + ">" + what + "</iq>"), own);
  };
  const std::string block = "<block xmlns='urn:xmpp:blocking'><item jid='a@b'/></block>";
  EXPECT_EQ(push(" from='mallory@example.com'", block).error(), Error::wrong_sender);
  EXPECT_EQ(push(" from='bot@example.org/other'", block).error(), Error::wrong_sender);
  EXPECT_EQ(push("", block)->jids.size(), 1u);
  EXPECT_TRUE(push("", "<unblock xmlns='urn:xmpp:blocking'/>")->jids.empty());
  EXPECT_EQ(push("", "<block xmlns='urn:xmpp:blocking'/>").error(), Error::malformed);
  EXPECT_TRUE(is_blocking_push(stanza("<iq type='set'>" + block + "</iq>")));
}

}  // namespace
