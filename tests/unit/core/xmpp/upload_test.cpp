#include "bridge/core/xmpp/upload.hpp"

#include <gmock/gmock.h>

#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

xml::Element answer(const std::string& inside) {
  return stanza("<iq type='result' id='1' from='upload.example.org'>" + inside + "</iq>");
}

std::string slot(const std::string& put, const std::string& get, const std::string& headers = {}) {
  return "<slot xmlns='urn:xmpp:http:upload:0'><put url='" + put + "'>" + headers + "</put><get url='" + get + "'/></slot>";
}

const std::string good = "https://up.example.org/4a771ac1/x.bin";

TEST(UploadServices, SayWhatTheyTake) {
  const auto info = [](const std::string& form) {
    return parse_disco(answer("<query xmlns='http://jabber.org/protocol/disco#info'><identity category='store' type='file'/>"
                              "<feature var='urn:xmpp:http:upload:0'/>" + form + "</query>")).value();
  };
  const std::string form = "<x type='result' xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:http:upload:0"
                           "</value></field><field var='max-file-size'><value>5242880</value></field></x>";
  const Jid service = jid("upload.example.org");
  EXPECT_EQ(upload_service(service, info(form)), (UploadService{service, 5242880}));
  EXPECT_EQ(upload_service(service, info("")), (UploadService{service, std::nullopt}));
  EXPECT_FALSE(upload_service(service, DiscoInfo()));
}

TEST(ServerItems, AreReadWithoutNodesAndCounted) {
  std::string items = "<item jid='not a jid@@'/><item jid='x.example.org' node='n'/><item jid='upload.example.org'/>";
  for (std::size_t i = 0; i < 2 * max_server_items; ++i) items += "<item jid='s" + std::to_string(i) + ".example.org'/>";
  const auto read = parse_items(answer("<query xmlns='http://jabber.org/protocol/disco#items'>" + items + "</query>")).value();
  EXPECT_EQ(read.size(), max_server_items);
  EXPECT_EQ(read.front(), jid("upload.example.org"));
}

TEST(Slots, AreAskedForByExactSize) {
  const auto request = slot_request("x.bin", 4096, "application/octet-stream");
  EXPECT_EQ(request.attr("size"), "4096");
  EXPECT_EQ(request.attr("filename"), "x.bin");
  EXPECT_EQ(request.attr("content-type"), "application/octet-stream");
}

TEST(Slots, CarryTheThreeHeadersAndNoOther) {
  const auto read = parse_slot(answer(slot(good, good + "?get",
      "<header name='Authorization'>Basic Base64String==</header><header name='AUTHORIZATION'>twice</header>"
      "<header name='Host'>evil.example</header><header name='cookie'>foo=bar; user=romeo</header><header name='Content-Length'>0</header>"))).value();
  EXPECT_EQ(read.put, good);
  EXPECT_EQ(read.get, good + "?get");
  EXPECT_THAT(read.headers, ElementsAre(Pair("authorization", "Basic Base64String=="), Pair("cookie", "foo=bar; user=romeo")));
}

TEST(Slots, ThatBreakOutOfALineOrOfTlsAreRefused) {
  for (const std::string& bad :
       {slot("http://up.example.org/x", good), slot(good, "http://up.example.org/x"), slot("ftp://up.example.org/x", good),
        slot("https://", good), slot("https://user:pw@up.example.org/", good), slot(good + "#x", good), slot(good + " HTTP/1.1", good),
        slot(good, good, "<header name='cookie'>a&#13;&#10;Host: x</header>"), slot(good, good, "<header name='cookie'>a&#10;b</header>"),
        slot(good, good, "<header name='cookie'>" + std::string(max_upload_header + 1, 'x') + "</header>"), std::string("<x xmlns='y'/>"),
        std::string("<slot xmlns='urn:xmpp:http:upload:0'><put url='https://up.example.org/'/></slot>")}) {
    EXPECT_TRUE(parse_slot(answer(bad)).has_error()) << bad;
  }
}

SlotRefusal refusal(const std::string& error) {
  return parse_slot_refusal(stanza("<iq type='error' id='1' from='upload.example.org'>" + error + "</iq>"));
}

TEST(SlotRefusals, SayWhetherToAskAgain) {
  const auto large = refusal("<error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                             "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>File too large.</text><file-too-large "
                             "xmlns='urn:xmpp:http:upload:0'><max-file-size>20000</max-file-size></file-too-large></error>");
  EXPECT_TRUE(large.too_large && large.for_good);
  EXPECT_EQ(large.max_size, 20000u);
  EXPECT_THAT(large.text, HasSubstr("File too large"));
  const auto later = refusal("<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                             "<retry xmlns='urn:xmpp:http:upload:0' stamp='2026-01-01T00:00:00Z'/></error>");
  EXPECT_FALSE(later.for_good);
  EXPECT_EQ(later.retry, parse_time("2026-01-01T00:00:00Z"));
  EXPECT_TRUE(refusal("<error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>").for_good);
  EXPECT_FALSE(refusal("<error type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>").for_good);
}

}  // namespace
