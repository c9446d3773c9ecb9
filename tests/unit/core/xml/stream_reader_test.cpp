#include "bridge/core/xml/stream_reader.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xml/document.hpp"

namespace {

using namespace omegate;
using xml::Element;
using xml::Error;
using xml::StreamReader;

constexpr std::string_view header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0' id='s1'>";

struct Reading {
  std::string events;  // one line each
  error_code error;

  friend bool operator==(const Reading&, const Reading&) = default;
};

void note(StreamReader& reader, Reading& reading) {
  while (auto event = reader.next()) {
    if (const auto* element = std::get_if<Element>(&*event)) {
      reading.events += element->to_string() + "\n";
    } else if (const auto* opened = std::get_if<xml::StreamOpened>(&*event)) {
      reading.events += "open " + opened->header.to_string() + "\n";
    } else {
      reading.events += "closed\n";
    }
  }
}

Reading read(std::string_view bytes, std::size_t piece, const xml::Limits& limits = {}) {
  StreamReader reader(limits);
  Reading reading;
  while (!bytes.empty() && !reading.error) {
    const auto fed = reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    note(reader, reading);
    if (!fed) reading.error = fed.error();
  }
  return reading;
}

/// The verdict, after checking that it is the same however the bytes are cut.
Reading read_any_way(std::string_view bytes, const xml::Limits& limits = {}) {
  const Reading whole = read(bytes, bytes.size(), limits);
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 1400u})
    EXPECT_EQ(read(bytes, piece, limits), whole) << piece;
  return whole;
}

Reading in_stream(std::string_view content, const xml::Limits& limits = {}) {
  return read_any_way(std::string(header) + std::string(content), limits);
}

TEST(StreamReader, GivesHeaderStanzasAndClose) {
  const Reading reading = in_stream("<message><body>hi</body></message> \n<presence/></stream:stream>");
  EXPECT_FALSE(reading.error);
  EXPECT_EQ(reading.events,
            "open <stream xmlns='http://etherx.jabber.org/streams' version='1.0' id='s1'/>\n"
            "<message xmlns='jabber:client'><body>hi</body></message>\n"
            "<presence xmlns='jabber:client'/>\n"
            "closed\n");
}

// case 54
TEST(StreamReader, DeliversACompleteStanzaAtOnceHoweverItIsCut) {
  StreamReader reader(xml::Limits{});
  // One token, not text: expat gives out text as it comes, but waits for the end of a tag.
  const std::string stanza = "<message a='" + std::string(60'000, 'x') + "'/>";
  ASSERT_TRUE(reader.feed(header));
  for (std::size_t at = 0; at < stanza.size(); at += 1000) ASSERT_TRUE(reader.feed(stanza.substr(at, 1000)));
  EXPECT_TRUE(std::holds_alternative<xml::StreamOpened>(*reader.next()));
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Element>(*event).attr("a")->size(), 60'000u);
}

// case 55
TEST(StreamReader, KeepsWhatCameBeforeAnError) {
  const Reading reading = in_stream("<message/><presence></oops>");
  EXPECT_EQ(reading.error, Error::malformed);
  EXPECT_NE(reading.events.find("<message "), std::string::npos);
}

// case 55
TEST(StreamReader, StaysFailed) {
  StreamReader reader;
  EXPECT_EQ(reader.feed("<a></b>").error(), Error::malformed);
  EXPECT_EQ(reader.feed("<a/>").error(), Error::malformed);
}

TEST(StreamReader, RefusesAStanzaAboveTheLimitAndTakesOneAtIt) {
  const xml::Limits limits{.element_bytes = 1000};
  const std::string start = "<message><body>", end = "</body></message>";
  const std::string fits = start + std::string(1000 - start.size() - end.size(), 'x') + end;
  const std::string too_large = start + std::string(1001 - start.size() - end.size(), 'x') + end;
  EXPECT_FALSE(in_stream(fits + fits + " " + fits, limits).error);
  EXPECT_EQ(in_stream(fits + too_large, limits).error, Error::stanza_too_large);
}

// case 37
TEST(StreamReader, CountsBytesBeforeTheParserSeesThem) {
  // One attribute that never ends, in small pieces: quadratic in a parser that keeps waiting.
  StreamReader reader;
  ASSERT_TRUE(reader.feed(header));
  std::size_t fed = 0;
  Result<> result = reader.feed("<message a='");
  while (result) {
    result = reader.feed(std::string(100, 'x'));
    fed += 100;
  }
  EXPECT_EQ(result.error(), Error::stanza_too_large);
  EXPECT_LE(fed, xml::max_stanza_before_authentication + 100);
}

TEST(StreamReader, ForgetsKeepalives) {
  const xml::Limits limits{.element_bytes = 500};
  std::string keepalives;
  for (int i = 0; i < 2000; ++i) keepalives += " \n";
  EXPECT_FALSE(in_stream(keepalives + "<presence/>", limits).error);
}

TEST(StreamReader, TakesLargeStanzasOnceTheLimitIsRaised) {
  StreamReader reader;
  const std::string stanza = "<message>" + std::string(200 * 1024, 'x') + "</message>";
  ASSERT_TRUE(reader.feed(header));
  reader.set_max_stanza(xml::max_stanza);
  EXPECT_TRUE(reader.feed(stanza));
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += "<a>";
  for (std::size_t i = 0; i < depth; ++i) text += "</a>";
  return text;
}

/// The stanzas of a stream in which `bomb` is followed by an ordinary one, read without an error.
std::vector<xml::Element> stanzas_around(const std::string& bomb) {
  StreamReader reader;
  EXPECT_TRUE(reader.feed(header));
  reader.set_max_stanza(xml::max_stanza);
  EXPECT_TRUE(reader.feed("<message from='a@b' id='1' type='chat' to='c@d'>" + bomb + "<body>boom</body></message>"));
  EXPECT_TRUE(reader.feed("<presence from='a@b'><show/></presence>"));
  EXPECT_EQ(reader.cut(), 1u);
  std::vector<xml::Element> stanzas;
  while (auto event = reader.next()) {
    if (auto* stanza = std::get_if<xml::Element>(&*event)) stanzas.push_back(std::move(*stanza));
  }
  return stanzas;
}

void expect_cut(const std::string& bomb) {
  const auto stanzas = stanzas_around(bomb);
  ASSERT_EQ(stanzas.size(), 2u);
  EXPECT_EQ(stanzas[0].attr("from"), "a@b");
  EXPECT_EQ(stanzas[0].attr("id"), "1");
  EXPECT_TRUE(stanzas[0].children().empty());
  EXPECT_TRUE(stanzas[0].text().empty());
  EXPECT_EQ(stanzas[1].children().size(), 1u);
}

// case 34
TEST(StreamReader, CutsAStanzaNestedTooDeepAndGoesOn) {
  EXPECT_FALSE(in_stream(nested(xml::max_depth - 1)).error);  // the stream itself is the first
  expect_cut(nested(xml::max_depth));
  expect_cut(nested(30'000));
}

std::string with_attributes(std::size_t count) {
  std::string text = "<a";
  for (std::size_t i = 0; i < count; ++i) text += " a" + std::to_string(i) + "=''";
  return text + "/>";
}

// case 35
TEST(StreamReader, CutsAStanzaWithTooManyAttributes) {
  EXPECT_FALSE(in_stream(with_attributes(xml::max_attributes)).error);
  expect_cut(with_attributes(xml::max_attributes + 1));
}

std::string with_namespaces(std::size_t count) {
  std::string text = "<a";
  for (std::size_t i = 0; i < count; ++i) text += " xmlns:n" + std::to_string(i) + "='u'";
  return text + "/>";
}

// case 36
TEST(StreamReader, CutsAStanzaWithTooManyNamespaces) {
  EXPECT_FALSE(in_stream(with_namespaces(xml::max_namespaces) + with_namespaces(xml::max_namespaces)).error);
  expect_cut(with_namespaces(xml::max_namespaces + 1));
}

// case 35
TEST(StreamReader, KeepsTheAddressesOfAStanzaWhoseOwnTagIsOverALimit) {
  std::string many;
  for (std::size_t i = 0; i < xml::max_attributes; ++i) many += " a" + std::to_string(i) + "=''";
  std::string spaces;
  for (std::size_t i = 0; i <= xml::max_namespaces; ++i) spaces += " xmlns:n" + std::to_string(i) + "='u'";
  for (const std::string& excess : {many, spaces}) {
    StreamReader reader;
    ASSERT_TRUE(reader.feed(header));
    ASSERT_TRUE(reader.feed("<message" + excess + " from='a@b' id='1'><body>boom</body></message><presence/>"));
    reader.next();
    const auto stanza = std::get<xml::Element>(*reader.next());
    EXPECT_EQ(stanza.local(), "message");
    EXPECT_EQ(stanza.attr("from"), "a@b");
    EXPECT_FALSE(stanza.has("a0"));
    EXPECT_TRUE(stanza.children().empty());
    EXPECT_EQ(std::get<xml::Element>(*reader.next()).local(), "presence");
  }
}

TEST(StreamReader, CutsStanzasWithLongNames) {
  const std::string name(xml::max_name, 'n');
  EXPECT_FALSE(in_stream("<" + name + " " + name + "=''/>").error);
  expect_cut("<n" + name + "/>");
  expect_cut("<a n" + name + "=''/>");
}

// case 39
TEST(StreamReader, RefusesDoctypeAndEntitiesBeforeTheyExpand) {
  const std::string laughs =
      "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 "
      "'&lol;&lol;&lol;&lol;'>]><lolz>&lol2;</lolz>";
  EXPECT_EQ(read_any_way(laughs).error, Error::forbidden_construct);
  EXPECT_EQ(read_any_way("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>").error, Error::forbidden_construct);
  EXPECT_EQ(read_any_way("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://x/'> %p;]><a/>").error,
            Error::forbidden_construct);
  EXPECT_EQ(in_stream("<a>&lol;</a>").error, Error::malformed);
}

// case 41
TEST(StreamReader, RefusesCommentsAndInstructionsAndALateDeclaration) {
  EXPECT_EQ(in_stream("<a><!-- x --></a>").error, Error::forbidden_construct);
  EXPECT_EQ(in_stream("<!-- x -->").error, Error::forbidden_construct);
  EXPECT_EQ(in_stream("<?php x ?>").error, Error::forbidden_construct);
  EXPECT_EQ(in_stream("<?xml version='1.0'?>").error, Error::malformed);
}

// case 41
TEST(StreamReader, TakesCdata) {
  EXPECT_NE(in_stream("<a><![CDATA[<b>&]]></a>").events.find("&lt;b&gt;&amp;"), std::string::npos);
}

// case 42, 49
TEST(StreamReader, RefusesWhatIsNotUtf8WhereverItIsCut) {
  const char* bad[] = {"\xc0\xaf",     "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x8f\xbf\xbf",
                       "\xef\xbf\xbe", "\xef\xbf\xbf", "\x80",         "\xc3\x28",         "\xe2\x28\xa1",
                       "\xff",         "\x01",         "\x1f"};
  for (const char* bytes : bad) {
    EXPECT_EQ(in_stream(std::string("<a>") + bytes + "</a>").error, Error::invalid_characters)
        << testing::PrintToString(bytes);
    EXPECT_EQ(in_stream(std::string("<a b='") + bytes + "'/>").error, Error::invalid_characters);
    EXPECT_EQ(in_stream(std::string("<") + bytes + "/>").error, Error::invalid_characters);
  }
  EXPECT_EQ(in_stream("<a>&#0;</a>").error, Error::malformed);
  EXPECT_EQ(in_stream("<a>&#xFFFF;</a>").error, Error::malformed);
  EXPECT_EQ(in_stream("<a>&#xD800;</a>").error, Error::malformed);
  EXPECT_FALSE(in_stream("<a>\xc2\x85&#x85;&#x10FFFF;</a>").error);
}

// case 43
TEST(StreamReader, RefusesOtherEncodingsAndAByteOrderMark) {
  EXPECT_EQ(read_any_way("\xef\xbb\xbf<a>").error, Error::invalid_characters);
  EXPECT_EQ(read_any_way("<?xml version='1.0' encoding='UTF-16'?><a>").error, Error::invalid_characters);
  EXPECT_EQ(read_any_way("<?xml version='1.0' encoding='ISO-8859-1'?><a>").error, Error::invalid_characters);
  EXPECT_EQ(read_any_way("<?xml version='1.1'?><a>").error, Error::invalid_characters);
  EXPECT_FALSE(read_any_way("<?xml version='1.0' encoding='utf-8'?><a>").error);
  EXPECT_TRUE(read_any_way(std::string("\xff\xfe<\0a\0>\0", 8)).error);
}

// case 44
TEST(StreamReader, NeverTakesANamespaceForAnotherPlusAName) {
  for (const char* space :
       {"jabber:client&#10;message", "jabber:client!", "jabber:client|message", "jabber:client "}) {
    const std::string text = "<x xmlns='" + std::string(space) + "'/>";
    StreamReader reader(xml::Limits{});
    if (!reader.feed(std::string(header) + text)) continue;
    reader.next();
    EXPECT_FALSE(std::get<Element>(*reader.next()).space() == "jabber:client") << space;
  }
}

// case 46
TEST(StreamReader, RefusesUnboundAndReboundPrefixes) {
  EXPECT_EQ(in_stream("<p:a/>").error, Error::malformed);
  EXPECT_EQ(in_stream("<a p:b=''/>").error, Error::malformed);
  EXPECT_EQ(in_stream("<a xmlns:xml='u'/>").error, Error::malformed);
  EXPECT_EQ(in_stream("<a xmlns:xmlns='u'/>").error, Error::malformed);
  EXPECT_EQ(in_stream("<a xmlns:p=''/>").error, Error::malformed);
}

// case 46
TEST(StreamReader, GivesAnElementWithoutNamespaceNoNamespace) {
  EXPECT_NE(in_stream("<body xmlns=''/>").events.find("<body/>"), std::string::npos);
}

// case 48
TEST(StreamReader, RefusesASecondHeaderAndTextBetweenStanzas) {
  EXPECT_EQ(in_stream("<stream:stream>").error, Error::malformed);
  EXPECT_EQ(in_stream("<message/>text").error, Error::malformed);
  EXPECT_EQ(in_stream("<message></stream:stream>").error, Error::malformed);
  EXPECT_EQ(in_stream("</stream:stream><message/>").error, Error::malformed);
}

TEST(StreamReader, CanBeMoved) {
  StreamReader reader;
  ASSERT_TRUE(reader.feed(header));
  StreamReader other = std::move(reader);
  ASSERT_TRUE(other.feed("<a/>"));
  EXPECT_TRUE(other.next());
  EXPECT_TRUE(other.next());
}

TEST(Document, TakesOneWholeDocument) {
  EXPECT_EQ(xml::parse_document("<a><b>x</b></a>")->child_text("b", ""), "x");
  EXPECT_EQ(xml::parse_document("").error(), Error::malformed);
  EXPECT_EQ(xml::parse_document("<a>").error(), Error::malformed);
  EXPECT_EQ(xml::parse_document("<a/><b/>").error(), Error::malformed);
  EXPECT_EQ(xml::parse_document("<a/>\xc3").error(), Error::invalid_characters);
  EXPECT_EQ(xml::parse_document("<a><!-- --></a>").error(), Error::forbidden_construct);
  EXPECT_EQ(xml::parse_document("<!DOCTYPE a><a/>").error(), Error::forbidden_construct);
}

TEST(Document, IsShallowerThanAStream) {
  EXPECT_TRUE(xml::parse_document(nested(xml::max_document_depth)));
  EXPECT_EQ(xml::parse_document(nested(xml::max_document_depth + 1)).error(), Error::too_deep);
}

}  // namespace
