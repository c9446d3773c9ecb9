#include "bridge/core/xmpp/stream_management.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/limits.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using Tags = std::vector<StanzaTag>;

StreamManagement enabled() {
  StreamManagement stream;
  stream.start();
  stream.on_enabled({"id", {}, 600});
  return stream;
}

TEST(StreamManagement, ReturnsTheTagsOfWhatTheServerHas) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<a/>", 7));
  ASSERT_TRUE(stream.sent("<b/>"));
  ASSERT_TRUE(stream.sent("<c/>", 9));
  EXPECT_EQ(stream.ack(0).value(), Tags{});
  EXPECT_EQ(stream.ack(2).value(), Tags{7});
  EXPECT_EQ(stream.ack(2).value(), Tags{});
  EXPECT_EQ(stream.ack(3).value(), Tags{9});
  EXPECT_EQ(stream.unacknowledged(), 0u);
}

// case 23
TEST(StreamManagement, RefusesAnAckOfWhatWasNeverSent) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<a/>", 1));
  EXPECT_EQ(stream.ack(2).error(), Error::acknowledged_too_much);
  EXPECT_EQ(stream.resume(2).error(), Error::acknowledged_too_much);
  EXPECT_EQ(stream.unacknowledged(), 1u);  // nothing counts as delivered
}

// case 23
TEST(StreamManagement, RefusesAnAckThatGoesBack) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<a/>"));
  ASSERT_TRUE(stream.ack(1));
  EXPECT_EQ(stream.ack(0).error(), Error::acknowledged_backwards);
}

// case 24
TEST(StreamManagement, CountsOnPastTwoToThe32) {
  StreamManagement stream;
  stream.start(0xffff'fffe);
  for (StanzaTag tag = 0; tag < 4; ++tag) ASSERT_TRUE(stream.sent("<a/>", tag));
  EXPECT_EQ(stream.ack(0xffff'ffff).value(), Tags{0});
  EXPECT_EQ(stream.ack(1).value(), (Tags{1, 2}));
  EXPECT_EQ(stream.ack(0xffff'ffff).error(), Error::acknowledged_backwards);
  EXPECT_EQ(stream.ack(2).value(), Tags{3});
}

TEST(StreamManagement, SendsTheSameBytesAgainInOrder) {
  StreamManagement stream = enabled();
  for (const char* stanza : {"<a/>", "<b/>", "<c/>"}) ASSERT_TRUE(stream.sent(stanza, 1));
  const auto resend = stream.resume(1).value();
  EXPECT_EQ(resend.acknowledged, Tags{1});
  EXPECT_EQ(resend.stanzas, (std::vector<std::string>{"<b/>", "<c/>"}));
  EXPECT_EQ(stream.ack(3).value(), (Tags{1, 1}));
}

TEST(StreamManagement, GivesUpAStanzaThatKeepsKillingTheStream) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<too-large/>", 1));
  ASSERT_TRUE(stream.sent("<fine/>", 2));
  for (std::uint32_t i = 0; i < max_resends; ++i) EXPECT_EQ(stream.resume(0)->stanzas.size(), 2u);
  const auto last = stream.resume(0).value();
  EXPECT_EQ(last.given_up, Tags{1});
  EXPECT_EQ(last.stanzas, std::vector<std::string>{"<fine/>"});
  EXPECT_EQ(stream.ack(1).value(), Tags{2});
}

/// A message of two stanzas is one: it is acknowledged with the last of them, given up as a whole, and a process that
/// comes later gets it from who tagged it.
TEST(StreamManagement, TreatsThePartsOfOneTagAsOne) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<before/>"));
  ASSERT_TRUE(stream.sent("<first/>", 7, StanzaKind::part));
  ASSERT_TRUE(stream.sent("<second/>", 7));
  ASSERT_TRUE(stream.sent("<behind/>", 8));
  EXPECT_EQ(stream.waiting_tags(), (Tags{7, 8}));
  const auto snapshot = stream.snapshot(false);
  ASSERT_EQ(snapshot.waiting.size(), 1u);
  EXPECT_EQ(snapshot.waiting[0].stanza, "<before/>");
  EXPECT_EQ(stream.front_tag(), std::nullopt);
  EXPECT_TRUE(stream.ack(2).value().empty()) << "half of it";
  EXPECT_EQ(stream.front_tag(), 7u);
  stream.give_up_front();
  EXPECT_EQ(stream.front_tag(), 8u);
}

TEST(StreamManagement, GivesUpAllOfAMessageThatKeepsKillingTheStream) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<too-large/>", 1, StanzaKind::part));
  ASSERT_TRUE(stream.sent("<its-second/>", 1));
  ASSERT_TRUE(stream.sent("<fine/>", 2));
  for (std::uint32_t i = 0; i < max_resends; ++i) ASSERT_TRUE(stream.resume(0));
  const auto last = stream.resume(0).value();
  EXPECT_EQ(last.given_up, Tags{1});
  EXPECT_EQ(last.stanzas, std::vector<std::string>{"<fine/>"});
}

TEST(StreamManagement, KeepsWhatMayNotHaveArrivedWhenTheStreamIsGone) {
  StreamManagement stream = enabled();
  for (StanzaTag tag = 1; tag < 4; ++tag) ASSERT_TRUE(stream.sent("<a/>", tag));
  const auto abandoned = stream.abandon(1);
  EXPECT_EQ(abandoned.acknowledged, Tags{1});
  ASSERT_EQ(abandoned.rest.size(), 2u);
  EXPECT_EQ(abandoned.rest[0].tag, 2u);
  EXPECT_FALSE(stream.is_enabled());
}

TEST(StreamManagement, DoesNotBelieveAnImpossibleCountOfAFailedResumption) {
  StreamManagement stream = enabled();
  ASSERT_TRUE(stream.sent("<a/>", 1));
  EXPECT_EQ(stream.abandon(9).rest.size(), 1u);
}

TEST(StreamManagement, AsksEveryTenStanzas) {
  StreamManagement stream = enabled();
  for (std::uint32_t i = 1; i < stanzas_per_ack_request; ++i) ASSERT_TRUE(stream.sent("<a/>"));
  EXPECT_FALSE(stream.wants_ack_request());
  ASSERT_TRUE(stream.sent("<a/>"));
  EXPECT_TRUE(stream.wants_ack_request());
  stream.requested_ack();
  EXPECT_FALSE(stream.wants_ack_request());
}

TEST(StreamManagement, AcknowledgesOnlyWhatWasHandled) {
  StreamManagement stream = enabled();
  EXPECT_EQ(stream.handled_count(), 0u);
  for (std::uint32_t i = 0; i < stanzas_per_unasked_ack; ++i) stream.handled();
  EXPECT_EQ(stream.handled_count(), stanzas_per_unasked_ack);
  EXPECT_TRUE(stream.wants_unasked_ack());
  stream.sent_ack(stream.handled_count());
  EXPECT_FALSE(stream.wants_unasked_ack());
}

TEST(StreamManagement, CountsIncomingFromEnabledOn) {
  StreamManagement stream;
  stream.start();
  stream.handled();
  stream.on_enabled({"id", {}, 0});
  EXPECT_EQ(stream.handled_count(), 0u);
}

// case 30
TEST(StreamManagement, KeepsTheQueueBounded) {
  StreamManagement stream = enabled();
  for (std::size_t i = 0; i < max_unacknowledged_stanzas; ++i) ASSERT_TRUE(stream.sent("<a/>"));
  EXPECT_EQ(stream.sent("<a/>").error(), Error::unacknowledged_overflow);
  ASSERT_TRUE(stream.ack(1));
  EXPECT_TRUE(stream.sent("<a/>"));

  StreamManagement large = enabled();
  const std::string stanza(1024 * 1024, 'x');
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(large.sent(stanza));
  EXPECT_EQ(large.sent(stanza).error(), Error::unacknowledged_overflow);
}

// --- over a restart

/// Five stanzas of a process that ended: an answer, a request, a message, a presence, a request.
StreamManagement ended_process() {
  StreamManagement stream = enabled();
  EXPECT_TRUE(stream.sent("<answer/>"));
  EXPECT_TRUE(stream.sent("<request/>", std::nullopt, StanzaKind::request));
  EXPECT_TRUE(stream.sent("<message/>", 7));
  EXPECT_TRUE(stream.sent("<presence/>"));
  EXPECT_TRUE(stream.sent("<request/>", std::nullopt, StanzaKind::request));
  stream.handled();
  return stream;
}

TEST(StreamManagement, LeavesTheNextProcessWhatOnlyItHad) {
  const auto snapshot = ended_process().snapshot(true);
  EXPECT_EQ(snapshot.handled, 1u);
  EXPECT_EQ(snapshot.sent, 5u);
  ASSERT_EQ(snapshot.waiting.size(), 2u);
  EXPECT_EQ(snapshot.waiting[0].number, 1u);
  EXPECT_EQ(snapshot.waiting[1].number, 4u);
  EXPECT_EQ(snapshot.waiting[1].stanza, "<presence/>");
}

TEST(StreamManagement, GoesOnInTheNextProcessWhereTheServerStopped) {
  using Stanzas = std::vector<std::string>;
  for (const auto& [h, expected] : {std::pair{0u, Stanzas{"<answer/>", "<presence/>"}},
                                    {1u, Stanzas{"<presence/>"}},
                                    {3u, Stanzas{"<presence/>"}},
                                    {4u, Stanzas{}},
                                    {5u, Stanzas{}}}) {
    StreamManagement next = StreamManagement::restore(ended_process().snapshot(true));
    EXPECT_TRUE(next.can_resume());
    EXPECT_EQ(next.handled_count(), 1u);
    EXPECT_EQ(next.resume(h)->stanzas, expected) << h;
    EXPECT_EQ(next.sent_count(), h + expected.size());  // what the server has not counted never was
    EXPECT_TRUE(next.sent("<more/>", 9));
    EXPECT_EQ(next.ack(h + static_cast<std::uint32_t>(expected.size()) + 1).value(),
              (std::vector<StanzaTag>{9}));
  }
}

TEST(StreamManagement, BelievesAServerThatHasMoreOnlyAfterACrash) {
  StreamManagement crashed = StreamManagement::restore(ended_process().snapshot(false));
  EXPECT_TRUE(crashed.resume(8));  // requests that were written after the record
  EXPECT_EQ(crashed.sent_count(), 8u);
  StreamManagement in_order = StreamManagement::restore(ended_process().snapshot(true));
  EXPECT_EQ(in_order.resume(6).error(), Error::acknowledged_too_much);
  StreamManagement lied_to = StreamManagement::restore(ended_process().snapshot(false));
  EXPECT_EQ(lied_to.resume(5 + max_unacknowledged_stanzas + 1).error(), Error::acknowledged_too_much);
  StreamManagement acked = ended_process();
  ASSERT_TRUE(acked.ack(3));
  EXPECT_EQ(StreamManagement::restore(acked.snapshot(false)).resume(2).error(),
            Error::acknowledged_backwards);
}

TEST(StreamManagement, KeepsWhatItTookOverUntilItIsResumed) {
  const auto again = StreamManagement::restore(ended_process().snapshot(true)).snapshot(false);
  EXPECT_EQ(again.sent, 5u);
  EXPECT_TRUE(again.final);
  ASSERT_EQ(again.waiting.size(), 2u);
  EXPECT_EQ(again.waiting[1].number, 4u);
}

TEST(StreamManagement, ComparesNumbersOverTheWrap) {
  EXPECT_TRUE(has_number(5, 5));
  EXPECT_TRUE(has_number(2, 0xffff'fffe));
  EXPECT_FALSE(has_number(0xffff'fffe, 2));
  EXPECT_FALSE(has_number(4, 5));
}

TEST(StreamManagement, ReadsItsElements) {
  const auto parse = [](const char* text) { return xml::parse_document(text).value(); };
  EXPECT_EQ(sm_h(parse("<a xmlns='urn:xmpp:sm:3' h='4294967295'/>")).value(), 0xffff'ffffu);
  for (const char* bad : {"<a/>", "<a h=''/>", "<a h='-1'/>", "<a h='4294967296'/>", "<a h='1x'/>"}) {
    EXPECT_EQ(sm_h(parse(bad)).error(), Error::malformed) << bad;
  }
  const auto resumable =
      parse_sm_enabled(parse("<enabled xmlns='urn:xmpp:sm:3' id='x' resume='1' max='600' location='h:1'/>"));
  EXPECT_EQ(resumable.id, "x");
  EXPECT_EQ(resumable.location, "h:1");
  EXPECT_EQ(resumable.max, 600u);
  EXPECT_TRUE(parse_sm_enabled(parse("<enabled xmlns='urn:xmpp:sm:3' id='x'/>")).id.empty());
  EXPECT_EQ(sm_ack(5).to_string(), "<a xmlns='urn:xmpp:sm:3' h='5'/>");
  EXPECT_EQ(sm_resume("x", 5).to_string(), "<resume xmlns='urn:xmpp:sm:3' h='5' previd='x'/>");
}

TEST(StreamManagement, CountsStanzasOnly) {
  EXPECT_TRUE(is_stanza(xml::Element("iq", "jabber:client")));
  EXPECT_FALSE(is_stanza(xml::Element("r", "urn:xmpp:sm:3")));
  EXPECT_FALSE(is_stanza(xml::Element("message", "evil")));
}

}  // namespace
