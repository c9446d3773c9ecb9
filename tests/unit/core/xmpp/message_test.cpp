#include "bridge/core/xmpp/message.hpp"

#include "bridge/core/xmpp/receipts.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using Reason = Dropped::Reason;

const WallTime now = from_ms(1'772'366'400'000);  // 2026-03-01T12:00:00Z
const Reception reception{jid("bot@example.org/x"), now, true};

Incoming received(const std::string& text, const Reception& by = reception) {
  return classify(stanza(text), by);
}

ChatMessage chat(const std::string& text) {
  const Incoming incoming = received(text);
  if (const auto* dropped = std::get_if<Dropped>(&incoming)) ADD_FAILURE() << name(dropped->reason);
  return std::get<ChatMessage>(incoming);
}

Reason drop_reason(const std::string& text) { return std::get<Dropped>(received(text)).reason; }

std::string from_alice(const std::string& inside, const std::string& type = "chat") {
  return "<message from='alice@example.net/phone' to='bot@example.org' type='" + type + "' id='m1'>" +
         inside + "</message>";
}

constexpr const char* encrypted =
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key "
    "rid='5'>AAAA</key><iv>AAAA</iv></header><payload>AAAA</payload></encrypted>";
constexpr const char* encrypted2 =
    "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'><keys jid='bot@example.org'><key "
    "rid='5'>AAAA</key></keys></header><payload>AAAA</payload></encrypted>";

TEST(Message, IsReadWithSenderIdAndType) {
  const ChatMessage message = chat(from_alice(
      "<body>hi</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><request xmlns='urn:xmpp:receipts'/>"));
  EXPECT_EQ(message.route, Route::direct);
  EXPECT_EQ(message.type, MessageType::chat);
  EXPECT_EQ(message.from, jid("alice@example.net/phone"));
  EXPECT_EQ(message.peer(), jid("alice@example.net"));
  EXPECT_EQ(message.id, "m1");
  EXPECT_EQ(message.origin_id, "o1");
  EXPECT_EQ(message.body, "hi");
  EXPECT_TRUE(message.requests_receipt);
  EXPECT_FALSE(message.encrypted);
}

TEST(Message, OfAnUnknownTypeIsNormal) {
  EXPECT_EQ(chat(from_alice("<body>hi</body>", "odd")).type, MessageType::normal);
  EXPECT_EQ(chat("<message from='a@b'><body>hi</body></message>").type, MessageType::normal);
}

// case 62
TEST(Message, WithoutFromIsOurOwnAccountsNeverAContacts) {
  EXPECT_EQ(chat("<message><body>hi</body></message>").from, jid("bot@example.org"));
  EXPECT_EQ(drop_reason("<message from='@@'><body>hi</body></message>"), Reason::unreadable_address);
  EXPECT_EQ(drop_reason("<message to='@@'><body>hi</body></message>"), Reason::unreadable_address);
}

// case 45
TEST(Message, TakesContentFromItsOwnNamespaceOnly) {
  EXPECT_EQ(chat(from_alice("<body xmlns='evil'>no</body>")).body, "");
  EXPECT_FALSE(chat(from_alice("<encrypted xmlns='evil'><header sid='1'/></encrypted>")).encrypted);
}

// --- bounces ---

// case 72
TEST(Message, OfTypeErrorIsABounceWhateverElseItHolds) {
  const Incoming incoming = received(from_alice(
      std::string(encrypted) +
          "<body>x</body><received xmlns='urn:xmpp:receipts' id='m0'/>"
          "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
      "error"));
  const Bounce& bounce = std::get<Bounce>(incoming);
  EXPECT_EQ(bounce.id, "m1");
  EXPECT_EQ(bounce.from.bare(), jid("alice@example.net"));
  EXPECT_EQ(bounce.error.condition, "item-not-found");
}

// --- encryption ---

// case 94
TEST(Message, IgnoresABodyNextToAnEncryptedElement) {  // spoofing 15
  for (const char* element : {encrypted, encrypted2}) {
    const ChatMessage message = chat(from_alice(std::string("<body>forged</body>") + element +
                                                "<received xmlns='urn:xmpp:receipts' id='x'/>"));
    EXPECT_TRUE(message.encrypted);
    EXPECT_EQ(message.body, "");
    EXPECT_EQ(message.receipt_for, "");
  }
}

// case 94
TEST(Message, IgnoresABodyNextToAnEncryptedElementItCannotRead) {  // spoofing 15
  const ChatMessage message = chat(from_alice("<body>forged</body><encrypted xmlns='urn:xmpp:omemo:2'/>"));
  EXPECT_TRUE(message.encrypted);
  EXPECT_FALSE(message.omemo2);
  EXPECT_EQ(message.fault, Error::malformed);
  EXPECT_EQ(message.body, "");
}

// case 94
TEST(Message, IgnoresAnEnvelopeOutsideEncryption) {
  const ChatMessage message =
      chat(from_alice("<envelope xmlns='urn:xmpp:sce:1'><content><body "
                      "xmlns='jabber:client'>forged</body></content></envelope>"));
  EXPECT_EQ(message.body, "");
  EXPECT_FALSE(message.encrypted);
}

TEST(Message, DoesNotTakeTheEncryptionHintForEncryption) {
  EXPECT_FALSE(
      chat(from_alice("<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/><body>hi</body>"))
          .encrypted);
}

TEST(Message, MayCarryBothVersionsButNotOneTwice) {
  const ChatMessage both = chat(from_alice(std::string(encrypted) + encrypted2));
  EXPECT_TRUE(both.omemo2 && both.legacy);
  EXPECT_EQ(drop_reason(from_alice(std::string(encrypted) + encrypted)), Reason::ambiguous_encryption);
  EXPECT_EQ(drop_reason(from_alice(std::string(encrypted2) + encrypted2)), Reason::ambiguous_encryption);
}

// case 64
TEST(Message, TakesAReceiptRequestFromOutsideInLegacyOnly) {
  constexpr const char* request = "<request xmlns='urn:xmpp:receipts'/>";
  EXPECT_TRUE(chat(from_alice(std::string(encrypted) + request)).requests_receipt);
  EXPECT_FALSE(chat(from_alice(std::string(encrypted2) + request)).requests_receipt);
}

// --- carbons ---

std::string carbon(const std::string& outer_from, const std::string& kind, const std::string& inner) {
  return "<message from='" + outer_from + "' to='bot@example.org/x'><" + kind +
         " xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" + inner + "</forwarded></" +
         kind + "></message>";
}

const std::string sent_inner =
    "<message xmlns='jabber:client' from='bot@example.org/other' to='alice@example.net' type='chat' "
    "id='s1'><body>mine</body></message>";
const std::string received_inner =
    "<message xmlns='jabber:client' from='alice@example.net/phone' to='bot@example.org/other' type='chat' "
    "id='r1'><body>hers</body></message>";

TEST(Carbon, OfASentMessageIsOurOwn) {
  const ChatMessage message = chat(carbon("bot@example.org", "sent", sent_inner));
  EXPECT_EQ(message.route, Route::sent_copy);
  EXPECT_EQ(message.from.bare(), jid("bot@example.org"));
  EXPECT_EQ(message.peer(), jid("alice@example.net"));
  EXPECT_EQ(message.body, "mine");
}

TEST(Carbon, OfWhatOurOtherClientWroteToOurOwnAccountIsForUsToRead) {
  for (const char* to : {"to='bot@example.org'", "to='bot@example.org/x'", ""}) {
    const std::string inner = "<message xmlns='jabber:client' from='bot@example.org/other' " + std::string(to) +
                              " type='chat' id='s2'><body>status</body></message>";
    const ChatMessage message = chat(carbon("bot@example.org", "sent", inner));
    EXPECT_EQ(message.route, Route::received_copy) << to;
    EXPECT_EQ(message.peer(), jid("bot@example.org")) << to;
  }
}

TEST(Carbon, OfAReceivedMessageIsTheSenders) {
  const ChatMessage message = chat(carbon("bot@example.org", "received", received_inner));
  EXPECT_EQ(message.route, Route::received_copy);
  EXPECT_EQ(message.peer(), jid("alice@example.net"));
}

// case 56
TEST(Carbon, FromAnybodyElseIsDroppedAsAWhole) {  // spoofing 1
  for (const char* from :
       {"mallory@example.com", "mallory@example.com/x", "bot@example.org/x", "bot@example.org/other",
        "example.org", "bot@example.com", "alice@example.net", "@@", ""}) {
    EXPECT_EQ(drop_reason(carbon(from, "received", received_inner)), Reason::forged_carbon) << from;
    EXPECT_EQ(drop_reason(carbon(from, "sent", sent_inner)), Reason::forged_carbon) << from;
  }
  EXPECT_EQ(drop_reason("<message><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
                        sent_inner + "</forwarded></sent></message>"),
            Reason::forged_carbon);
}

// case 56
TEST(Carbon, TakesNoPayloadBesideAForgedCopy) {  // spoofing 1
  EXPECT_EQ(drop_reason("<message from='mallory@example.com' type='chat'><body>x</body><received "
                        "xmlns='urn:xmpp:carbons:2'/></message>"),
            Reason::forged_carbon);
}

// case 56
TEST(Carbon, InsideAnotherCopyIsDropped) {  // spoofing 1
  const std::string nested =
      "<message xmlns='jabber:client' from='alice@example.net/p' to='bot@example.org'>"
      "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
      received_inner + "</forwarded></received></message>";
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", nested)), Reason::malformed_carbon);
  const std::string archived =
      "<message xmlns='jabber:client' from='alice@example.net/p' to='bot@example.org'><result "
      "xmlns='urn:xmpp:mam:2'/></message>";
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", archived)), Reason::malformed_carbon);
}

TEST(Carbon, HoldsExactlyOneMessage) {
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", "")), Reason::malformed_carbon);
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", received_inner + received_inner)),
            Reason::malformed_carbon);
  EXPECT_EQ(
      drop_reason(carbon("bot@example.org", "received", "<message xmlns='evil' to='bot@example.org'/>")),
      Reason::malformed_carbon);
  EXPECT_EQ(drop_reason("<message from='bot@example.org'><sent xmlns='urn:xmpp:carbons:2'/><received "
                        "xmlns='urn:xmpp:carbons:2'/></message>"),
            Reason::malformed_carbon);
  EXPECT_EQ(drop_reason("<message from='bot@example.org'><sent xmlns='urn:xmpp:carbons:2'/></message>"),
            Reason::malformed_carbon);
}

// case 56
TEST(Carbon, OfSomebodyElsesMessageIsDropped) {  // spoofing 1
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "sent", received_inner)), Reason::foreign_copy);
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", sent_inner)), Reason::foreign_copy);
  EXPECT_EQ(
      drop_reason(carbon("bot@example.org", "sent",
                         "<message xmlns='jabber:client' to='alice@example.net'><body>x</body></message>")),
      Reason::foreign_copy);
}

TEST(Carbon, OfARoomOrOfAnEventDoesNotCount) {  // spoofing 7
  const std::string room =
      "<message xmlns='jabber:client' from='room@muc.example/a' to='bot@example.org' type='groupchat'/>";
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", room)), Reason::groupchat_copy);
  const std::string event =
      "<message xmlns='jabber:client' from='alice@example.net' to='bot@example.org' type='headline'>"
      "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'/></event></message>";
  EXPECT_EQ(drop_reason(carbon("bot@example.org", "received", event)), Reason::forged_event);
}

TEST(Carbon, IsDecryptedLikeAnyMessage) {
  const std::string inner =
      "<message xmlns='jabber:client' from='bot@example.org/other' to='alice@example.net' type='chat'>" +
      std::string(encrypted) + "</message>";
  EXPECT_TRUE(chat(carbon("bot@example.org", "sent", inner)).legacy);
}

TEST(Message, ForwardedInsideAnotherIsContentOnly) {
  const ChatMessage message = chat(
      from_alice("<forwarded xmlns='urn:xmpp:forward:0'>" + sent_inner + "</forwarded><body>see</body>"));
  EXPECT_EQ(message.body, "see");
  EXPECT_EQ(message.from.bare(), jid("alice@example.net"));
}

// --- archive ---

// case 58
TEST(ArchiveResult, WithoutAQueryIsDropped) {  // spoofing 2
  const std::string result =
      "<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'><forwarded xmlns='urn:xmpp:forward:0'>" +
      received_inner + "</forwarded></result>";
  for (const char* from :
       {" from='bot@example.org'", " from='mallory@example.com'", " from='example.org'", ""}) {
    EXPECT_EQ(drop_reason("<message" + std::string(from) + ">" + result + "</message>"),
              Reason::archive_result)
        << from;
  }
}

// --- stanza ids ---

std::string with_stanza_id(const std::string& by) {
  return "<stanza-id xmlns='urn:xmpp:sid:0' id='a1' by='" + by + "'/>";
}

// case 66
TEST(StanzaId, CountsOnlyFromOurOwnArchive) {  // spoofing 6
  EXPECT_EQ(chat(from_alice(with_stanza_id("bot@example.org"))).archive_id, "a1");
  for (const char* by :
       {"alice@example.net", "example.org", "bot@example.org/x", "room@muc.example", "", "@@"}) {
    EXPECT_FALSE(chat(from_alice(with_stanza_id(by))).archive_id) << by;
  }
  EXPECT_EQ(
      chat(from_alice(with_stanza_id("alice@example.net") + with_stanza_id("bot@example.org"))).archive_id,
      "a1");
}

// case 66
TEST(StanzaId, OfWhichThereAreTwoCountsAsNone) {  // spoofing 6
  EXPECT_FALSE(
      chat(from_alice(with_stanza_id("bot@example.org") + with_stanza_id("bot@example.org"))).archive_id);
}

// case 66
TEST(StanzaId, CountsOnlyIfTheServerSaysThatItStampsThem) {  // spoofing 6
  const Reception silent{reception.own, now, false};
  const Incoming incoming = received(from_alice(with_stanza_id("bot@example.org")), silent);
  EXPECT_FALSE(std::get<ChatMessage>(incoming).archive_id);
}

TEST(StanzaId, OfACopyIsTheOneInside) {
  std::string inner = received_inner;
  inner.insert(inner.rfind("</message>"), with_stanza_id("bot@example.org"));
  EXPECT_EQ(chat(carbon("bot@example.org", "received", inner)).archive_id, "a1");
}

TEST(Message, ForgetsIdsThatAreTooLong) {
  const std::string id(2000, 'x');
  EXPECT_EQ(chat("<message from='a@b' id='" + id + "'><body>x</body></message>").id, "");
}

// --- delays ---

std::string delayed(const std::string& from, const std::string& stamp) {
  return "<delay xmlns='urn:xmpp:delay' from='" + from + "' stamp='" + stamp + "'/>";
}

TEST(Delay, IsBelievedFromOurServerOnly) {
  const WallTime earlier = now - std::chrono::hours(1);
  EXPECT_EQ(chat(from_alice(delayed("example.org", "2026-03-01T11:00:00Z"))).delay, earlier);
  EXPECT_EQ(chat(from_alice(delayed("bot@example.org", "2026-03-01T11:00:00Z"))).delay, earlier);
  for (const char* from : {"alice@example.net", "example.net", "", "room@muc.example"}) {
    EXPECT_FALSE(chat(from_alice(delayed(from, "2026-03-01T11:00:00Z"))).delay) << from;
  }
  EXPECT_FALSE(chat(from_alice(delayed("example.org", "garbage"))).delay);
}

// case 67
TEST(Delay, IsNeverInTheFuture) {  // spoofing 11
  EXPECT_EQ(chat(from_alice(delayed("example.org", "9999-12-31T23:59:59Z"))).delay,
            now + std::chrono::minutes(5));
  EXPECT_EQ(clamp_future(now + std::chrono::hours(1), now), now + std::chrono::minutes(5));
  EXPECT_EQ(clamp_future(now, now), now);
}

// --- events ---

constexpr const char* list_event =
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:omemo:2:devices'><item "
    "id='current'>"
    "<devices xmlns='urn:xmpp:omemo:2'><device id='1'/></devices></item></items></event>";

// case 60
TEST(Event, SpeaksForItsBareSenderOnly) {  // spoofing 7
  const Incoming incoming =
      received("<message from='alice@example.net' type='headline'>" + std::string(list_event) + "</message>");
  EXPECT_EQ(std::get<PubsubEvent>(incoming).owner, jid("alice@example.net"));
  EXPECT_EQ(drop_reason("<message from='alice@example.net/phone' type='headline'>" + std::string(list_event) +
                        "</message>"),
            Reason::forged_event);
  EXPECT_EQ(drop_reason("<message from='room@muc.example/alice' type='headline'>" + std::string(list_event) +
                        "</message>"),
            Reason::forged_event);
  EXPECT_EQ(
      drop_reason("<message from='alice@example.net' type='chat'>" + std::string(list_event) + "</message>"),
      Reason::malformed_event);
  EXPECT_EQ(drop_reason("<message from='alice@example.net' type='groupchat'>" + std::string(list_event) +
                        "</message>"),
            Reason::malformed_event);
}

// --- rooms ---

// case 65
TEST(Message, WithRoomElementsFromAContactIsJustAMessage) {  // spoofing 8
  const ChatMessage message =
      chat(from_alice("<x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/><item "
                      "jid='admin@example.org' affiliation='owner'/>"
                      "<invite from='admin@example.org'/></x><occupant-id xmlns='urn:xmpp:occupant-id:0' "
                      "id='x'/><body>hi</body>"));
  EXPECT_EQ(message.from, jid("alice@example.net/phone"));
  EXPECT_EQ(message.type, MessageType::chat);
}

// --- receipts ---

TEST(Receipt, ConfirmsOnlyWhatItsSenderWasSent) {  // spoofing 13
  const ChatMessage receipt = chat(from_alice("<received xmlns='urn:xmpp:receipts' id='m0'/>"));
  EXPECT_EQ(receipt.receipt_for, "m0");
  EXPECT_TRUE(confirms(receipt, jid("alice@example.net")));
  EXPECT_FALSE(confirms(receipt, jid("carol@example.net")));
  EXPECT_FALSE(confirms(chat(from_alice("<body>x</body>")), jid("alice@example.net")));
  const std::string own_receipt =
      "<message xmlns='jabber:client' from='bot@example.org/other' to='alice@example.net'><received "
      "xmlns='urn:xmpp:receipts' id='m0'/></message>";
  EXPECT_FALSE(confirms(chat(carbon("bot@example.org", "sent", own_receipt)), jid("bot@example.org")));
}

// case 64
TEST(Receipt, IsGivenToPeopleWhoAskAndNobodyElse) {
  constexpr const char* request = "<request xmlns='urn:xmpp:receipts'/>";
  EXPECT_TRUE(deserves_receipt(chat(from_alice(request))));
  EXPECT_FALSE(deserves_receipt(chat(from_alice("<body>x</body>"))));
  EXPECT_FALSE(deserves_receipt(chat(from_alice(request, "groupchat"))));
  EXPECT_FALSE(deserves_receipt(chat(from_alice(request, "headline"))));
  EXPECT_FALSE(deserves_receipt(
      chat(from_alice(std::string(request) + "<received xmlns='urn:xmpp:receipts' id='x'/>"))));
  EXPECT_FALSE(
      deserves_receipt(chat("<message from='a@b' type='chat'>" + std::string(request) + "</message>")));
}

TEST(Receipt, IsNoMessageOfItsOwn) {
  const ChatMessage asked = chat(from_alice("<request xmlns='urn:xmpp:receipts'/>"));
  EXPECT_EQ(receipt_for(asked, "r1").to_string("jabber:client"),
            "<message to='alice@example.net/phone' id='r1' type='chat'><received xmlns='urn:xmpp:receipts' "
            "id='m1'/><store xmlns='urn:xmpp:hints'/></message>");
}

}  // namespace
