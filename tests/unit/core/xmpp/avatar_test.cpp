#include "bridge/core/xmpp/avatar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace omegate::xmpp {
namespace {

using testing::Optional;

Bytes png(std::size_t size = 64) {
  Bytes bytes = to_bytes("\x89PNG\r\n\x1a\n");
  bytes.resize(std::max(size, bytes.size()), Byte{7});
  return bytes;
}

Avatar picture() { return make_avatar(png()).value(); }

xml::Element data_of(const std::string& base64) { return xml::text_element("data", avatar_data_node, base64); }

xml::Element vcard(const std::string& content) {
  return stanza("<iq type='result' id='1'><vCard xmlns='vcard-temp'>" + content + "</vCard></iq>");
}

std::string info(const std::string& id, const std::string& type = "image/png", const std::string& bytes = "64",
                 const std::string& more = "") {
  return "<info id='" + id + "' type='" + type + "' bytes='" + bytes + "' " + more + "/>";
}

Result<std::string> metadata(const std::string& infos) {
  return parse_avatar_metadata(stanza("<metadata xmlns='urn:xmpp:avatar:metadata'>" + infos + "</metadata>"));
}

const std::string some_id = "0123456789abcdef0123456789abcdef01234567";

TEST(Avatar, IsWhatItsFirstBytesSayAndNothingThatRuns) {
  EXPECT_EQ(image_type(png()), "image/png");
  EXPECT_EQ(image_type(as_bytes("\xff\xd8\xff\xe0")), "image/jpeg");
  EXPECT_EQ(image_type(as_bytes("GIF89a")), "image/gif");
  EXPECT_EQ(image_type(as_bytes("RIFF1234WEBPVP8 ")), "image/webp");
  for (const std::string_view other : {"", "RIFF", "RIFF1234WAVE", "<svg xmlns='http://www.w3.org/2000/svg'/>", "<?xml version='1.0'?>",
                                       "<html>", "BM6", "PNG"})
    EXPECT_EQ(image_type(as_bytes(other)), "") << other;
}

TEST(Avatar, IsReadAsItWasPublished) {
  const Avatar ours = picture();
  EXPECT_EQ(ours.id.size(), 40u);
  const auto read = parse_avatar_data(avatar_data(ours), ours.id);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bytes, ours.bytes);
  EXPECT_EQ(read->media_type, "image/png");
  EXPECT_EQ(parse_avatar_metadata(avatar_metadata(&ours)).value(), ours.id);
  EXPECT_EQ(parse_avatar_metadata(avatar_metadata(nullptr)).value(), "");
}

TEST(Avatar, OfAnotherHashOrKindOrSizeIsRefused) {
  const Avatar ours = picture();
  EXPECT_EQ(parse_avatar_data(avatar_data(ours), some_id).error(), Error::wrong_hash);
  EXPECT_EQ(parse_avatar_data(data_of("no base64!"), some_id).error(), Error::bad_encoding);
  EXPECT_EQ(parse_avatar_data(data_of(crypto::to_base64(as_bytes("<svg/>"))), some_id).error(), Error::malformed);
  EXPECT_EQ(parse_avatar_data(data_of(""), some_id).error(), Error::malformed);
  EXPECT_EQ(parse_avatar_data(data_of(crypto::to_base64(png(max_avatar + 1))), some_id).error(), Error::blob_too_large);
  EXPECT_EQ(parse_avatar_data(data_of(std::string(max_avatar_text + 1, ' ')), some_id).error(), Error::blob_too_large);
  EXPECT_EQ(parse_avatar_data(xml::Element("data", "urn:other"), some_id).error(), Error::malformed);
  EXPECT_TRUE(make_avatar(png(max_avatar)));
}

// A picture of a few bytes that unpacks to gigabytes is handed on as it is: nobody here unpacks it.
TEST(Avatar, IsNotDecoded) {
  Bytes bomb = png(100);
  EXPECT_EQ(make_avatar(bomb)->bytes, bomb);
}

TEST(Avatar, OfWhatIsAnnouncedTheFirstIsTakenThatCanBe) {
  EXPECT_EQ(metadata(info(some_id)).value(), some_id);
  EXPECT_EQ(metadata(info("0123456789ABCDEF0123456789abcdef01234567")).value(), some_id) << "as its hash is written here";
  EXPECT_EQ(metadata("").value(), "");
  for (const std::string& refused :
       {info("x"), info(some_id + "0"), info(some_id, "image/svg+xml"), info(some_id, "text/html"),
        info(some_id, "image/png", std::to_string(max_avatar + 1)), info(some_id, "image/png", "-1"), info(some_id, "image/png", ""),
        info(some_id, "image/png", "64", "url='https://tracker.example/a.png'")}) {
    EXPECT_EQ(metadata(refused).value(), "") << refused;
    EXPECT_EQ(metadata(refused + info(some_id)).value(), some_id) << refused;
  }
  EXPECT_EQ(parse_avatar_metadata(xml::Element("data", avatar_data_node)).error(), Error::malformed);
}

TEST(Avatar, OfAVcardIsReadWithTheLineEndsOfOldClients) {
  std::string base64 = crypto::to_base64(png());
  base64.insert(20, "\n  ");
  const auto read = parse_vcard_photo(vcard("<FN>Amy</FN><PHOTO><TYPE>text/html</TYPE><BINVAL>" + base64 + "</BINVAL></PHOTO>"));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->id, picture().id);
  EXPECT_EQ((*read)->media_type, "image/png") << "whatever the vCard says";
}

TEST(Avatar, AVcardWithoutOneOrWithABadOneGivesNone) {
  EXPECT_EQ(parse_vcard_photo(vcard("<FN>Amy</FN>")).value(), std::nullopt);
  EXPECT_EQ(parse_vcard_photo(vcard("<PHOTO><EXTVAL>https://tracker.example/a.png</EXTVAL></PHOTO>")).value(), std::nullopt);
  EXPECT_EQ(parse_vcard_photo(stanza("<iq type='result' id='1'/>")).value(), std::nullopt);
  EXPECT_FALSE(parse_vcard_photo(vcard("<PHOTO><BINVAL>PHN2Zy8+</BINVAL></PHOTO>")));
  EXPECT_FALSE(parse_vcard_photo(vcard("<PHOTO><BINVAL>" + std::string(max_avatar_text + 1, 'A') + "</BINVAL></PHOTO>")));
}

TEST(Avatar, InAVcardTakesThePlaceOfTheOneBeforeAndOfNothingElse) {
  const xml::Element before = vcard("<FN>Bot</FN><PHOTO><BINVAL>AAAA</BINVAL></PHOTO><URL>https://example.org</URL>");
  const Avatar ours = picture();
  const xml::Element set = vcard_with_photo(before, &ours);
  EXPECT_EQ(set.child_text("FN", ns::vcard), "Bot");
  EXPECT_EQ(set.child_text("URL", ns::vcard), "https://example.org");
  const auto read = parse_vcard_photo(xml::Element("iq", ns::client).with(set));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->bytes, ours.bytes);
  EXPECT_FALSE(vcard_with_photo(before, nullptr).child("PHOTO", ns::vcard));
  EXPECT_TRUE(vcard_with_photo(stanza("<iq type='error' id='1'/>"), &ours).child("PHOTO", ns::vcard));
}

TEST(Avatar, IsAnnouncedInPresencesByItsHash) {
  const auto announced = [](const std::string& content, const std::string& more = "") {
    return announced_photo(stanza("<presence from='amy@example.org/phone'" + more + ">" + content + "</presence>"));
  };
  const auto update = [](const std::string& photo) { return "<x xmlns='vcard-temp:x:update'>" + photo + "</x>"; };
  EXPECT_THAT(announced(update("<photo>" + some_id + "</photo>")), Optional(some_id));
  EXPECT_THAT(announced(update("<photo/>")), Optional(std::string()));
  EXPECT_EQ(announced(update("")), std::nullopt) << "not ready to say";
  EXPECT_EQ(announced(""), std::nullopt);
  EXPECT_EQ(announced(update("<photo>../../etc/passwd</photo>")), std::nullopt);
  EXPECT_EQ(announced(update("<photo/>"), " type='unavailable'"), std::nullopt);
  xml::Element presence("presence", ns::client);
  presence.add(photo_update(some_id));
  EXPECT_THAT(announced_photo(presence), Optional(some_id));
}

}  // namespace
}  // namespace omegate::xmpp
