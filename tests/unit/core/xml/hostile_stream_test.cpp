// What an attacker sends instead of stanzas. The ordinary reading is in stream_reader_test.cpp.
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xml/stream_reader.hpp"

namespace {

using namespace omegate;
using xml::Element;
using xml::StreamReader;

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

struct Reading {
  std::vector<Element> stanzas;
  std::size_t closed = 0;
  error_code error;

  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view content, std::size_t piece = 1 << 20) {
  StreamReader reader;
  EXPECT_TRUE(reader.feed(header));
  reader.next();
  Reading reading;
  while (!content.empty() && !reading.error) {
    const auto fed = reader.feed(content.substr(0, piece));
    content.remove_prefix(std::min(piece, content.size()));
    while (auto event = reader.next()) {
      if (auto* stanza = std::get_if<Element>(&*event))
        reading.stanzas.push_back(std::move(*stanza));
      else
        ++reading.closed;
    }
    if (!fed) reading.error = fed.error();
  }
  return reading;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// case 37
TEST(HostileStream, ATokenWithoutEndCostsLittle) {
  for (const std::size_t piece : {1u, 7u, 1400u}) {
    StreamReader reader;
    ASSERT_TRUE(reader.feed(header));
    reader.set_max_stanza(xml::max_stanza);
    const double start = cpu_seconds();
    std::size_t fed = 0;
    Result<> result = reader.feed("<message a='");
    const std::string part(piece, 'x');
    while (result && fed < 8 * 1024 * 1024) {
      result = reader.feed(part);
      fed += piece;
    }
    EXPECT_EQ(result.error(), xml::Error::stanza_too_large);
    EXPECT_LE(fed, xml::max_stanza + piece);
    EXPECT_LT(cpu_seconds() - start, 2) << piece;  // sanitizers included; unbounded it is a minute and more
  }
}

// case 40
TEST(HostileStream, OpensNoFileThatAnEntityNames) {
  const std::string secret = (std::filesystem::temp_directory_path() / "omegate-entity-XXXXXX").string();
  std::string path = secret;
  ASSERT_GE(mkstemp(path.data()), 0);
  const int watch = inotify_init1(IN_NONBLOCK);
  ASSERT_GE(inotify_add_watch(watch, path.c_str(), IN_OPEN | IN_ACCESS), 0);
  const std::string system = " SYSTEM 'file://" + path + "'>";
  for (const std::string& text :
       {"<!DOCTYPE a" + system + "<a/>", "<!DOCTYPE a [<!ENTITY x" + system + "]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x" + system + " %x;]><a/>",
        "<!DOCTYPE a [<!NOTATION n" + system + "]><a/>"}) {
    StreamReader reader;
    EXPECT_EQ(reader.feed(text).error(), xml::Error::forbidden_construct) << text;
    EXPECT_EQ(xml::parse_document(text).error(), xml::Error::forbidden_construct) << text;
  }
  char event[4096];
  EXPECT_EQ(::read(watch, event, sizeof event), -1);
  std::ifstream(path).get();  // the watch does see who opens it
  EXPECT_GT(::read(watch, event, sizeof event), 0);
  close(watch);
  std::filesystem::remove(path);
}

// case 42
TEST(HostileStream, IsJudgedTheSameHoweverItIsCut) {
  const std::string_view fragments[] = {"a",
                                        " ",
                                        "<b>",
                                        "</b>",
                                        "<c/>",
                                        "&amp;",
                                        "'",
                                        "\"",
                                        "=",
                                        "\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x94\x91",
                                        "\xc3",
                                        "\xe2\x82",
                                        "\xf0\x9f\x94",
                                        "\x80",
                                        "\xc0\xaf",
                                        "\xed\xa0\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xef\xbf\xbe",
                                        "\xef\xbf\xbf",
                                        "\x0b",
                                        "\xff"};
  std::mt19937 random(42);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int run = 0; run < 2000; ++run) {
    std::string inside;
    for (std::size_t i = below(8); i > 0; --i) inside += fragments[below(std::size(fragments))];
    const std::string places[] = {"<m>" + inside + "</m>", "<m a='" + inside + "'/>", "<m" + inside + "/>"};
    const std::string& text = places[below(3)];
    const Reading whole = read(text);
    for (std::size_t piece = 1; piece < 6; ++piece)
      ASSERT_EQ(read(text, piece), whole) << testing::PrintToString(text) << " by " << piece;
  }
}

// case 45
TEST(HostileStream, APrefixStandsForItsNamespaceAndNothingElse) {
  const Element plain = read("<message><body>x</body></message>").stanzas.at(0);
  for (const std::string prefix : {"m", "stream2", "jabber", "body", "_"}) {
    const std::string open = "<" + prefix + ":", close = "</" + prefix + ":";
    const std::string twin = open + "message xmlns:" + prefix + "='jabber:client'>" + open + "body>x" +
                             close + "body>" + close + "message>";
    EXPECT_EQ(read(twin).stanzas.at(0), plain) << twin;
    const std::string evil =
        "<message>" + open + "body xmlns:" + prefix + "='evil'>x" + close + "body></message>";
    EXPECT_EQ(read(evil).stanzas.at(0).child("body", "jabber:client"), nullptr) << evil;
  }
  for (const char* space :
       {"evil", "jabber:client ", "JABBER:CLIENT", "jabber:client#", "jabber:server", ""}) {
    const std::string body = "<message><body xmlns='" + std::string(space) + "'>x</body></message>";
    EXPECT_EQ(read(body).stanzas.at(0).child("body", "jabber:client"), nullptr) << space;
    const std::string message = "<message xmlns='" + std::string(space) + "'><body/></message>";
    EXPECT_FALSE(read(message).stanzas.at(0).is("message", "jabber:client")) << space;
  }
}

const std::string smuggled[] = {
    "</body></message><message from='admin@example.org'><body>evil</body></message>",
    "</stream:stream><stream:stream xmlns='jabber:client'><message>evil</message>",
    "]]></body></message><message>evil</message>",
    "<![CDATA[</body></message><message>evil</message>",
    "'/><message>evil</message><x a='",
    "\"/><message>evil</message><x a=\"",
    "&lt;/message&gt;&#60;message&#62;evil",
    "\xc3</message><message>evil</message>",
    "\xef\xbf\xbe</message><message>evil</message>",
    std::string("\0</message><message>evil</message>", 34),
    "<!-- </message><message>evil</message> -->",
};

// case 47
TEST(HostileStream, WhatWeWriteIsOneStanzaWhateverItSays) {
  for (const std::string& text : smuggled) {
    Element message("message", "jabber:client");
    message.set("id", text);
    message.add(Element("body", "jabber:client")).add_text(text);
    const Reading reading = read(message.to_string("jabber:client"));
    EXPECT_FALSE(reading.error) << text;
    ASSERT_EQ(reading.stanzas.size(), 1u) << text;
    EXPECT_EQ(reading.closed, 0u);
    EXPECT_EQ(reading.stanzas[0].children().size(), 1u) << text;
    EXPECT_EQ(read(reading.stanzas[0].to_string("jabber:client")).stanzas.at(0), reading.stanzas[0]) << text;
  }
}

// case 47
TEST(HostileStream, NothingComesOutBehindWhatIsNotWellFormed) {
  for (const char* broken :
       {"<message \xc3><message>evil</message>", "<message a='\xf0\x9f'/><message>evil</message>",
        "<message>\xc3</message><message>evil</message>", "<message></stream:stream><message>evil</message>",
        "<message a='1' a='2'/><message>evil</message>", "<message a=1/><message>evil</message>",
        "<mess<message>evil</message>", "<message/ ><message>evil</message>",
        "</message><message>evil</message>", "<message>]]></message><message>evil</message>"}) {
    const Reading reading = read(broken);
    EXPECT_TRUE(reading.error) << broken;
    EXPECT_TRUE(reading.stanzas.empty()) << broken;
  }
}

}  // namespace
