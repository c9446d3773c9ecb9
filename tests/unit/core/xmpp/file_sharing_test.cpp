#include "bridge/core/xmpp/file_sharing.hpp"

#include <gmock/gmock.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/file_names.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using testing::HasSubstr;
using testing::Not;

const std::string key(64, 'a'), iv(24, 'b');
const std::string link = "aesgcm://up.example.org/d/pic.png#" + iv + key;

TEST(AesgcmLinks, HoldPlaceAndKey) {
  const auto source = parse_aesgcm(link).value();
  EXPECT_EQ(source.url, "https://up.example.org/d/pic.png");
  EXPECT_EQ(crypto::to_hex(source.key), key);
  EXPECT_EQ(crypto::to_hex(source.iv), iv);
  EXPECT_EQ(aesgcm_url(source), link);
}

TEST(AesgcmLinks, TakeTheLongIvOfOlderClientsAndCapitals) {
  const std::string older = "aesgcm://up.example.org/x#" + std::string(32, 'C') + key;
  EXPECT_EQ(parse_aesgcm(older).value().iv.size(), 16u);
}

// case 103
TEST(AesgcmLinks, OfAnotherSchemeHostOrFragmentAreNone) {
  const std::string fragment = "#" + iv + key;
  for (const std::string& bad :
       {"http://up.example.org/x" + fragment, "https://up.example.org/x" + fragment, "AESGCM//up.example.org/x" + fragment,
        "aesgcm://" + fragment, "aesgcm:///x" + fragment, "aesgcm://:443/x" + fragment, "aesgcm://user:pw@up.example.org/x" + fragment,
        "aesgcm://up.example.org\\@evil.example/x" + fragment, "aesgcm://up.example.org/a b" + fragment,
        "aesgcm://up.example.org/\r\nHost: x" + fragment, "aesgcm://up.example.org/x" + fragment + "#",
        "aesgcm://up.example.org/" + std::string(max_file_url, 'x') + fragment, std::string("aesgcm://up.example.org/x"),
        "aesgcm://up.example.org/x#" + key, "aesgcm://up.example.org/x#" + iv + key + "00",
        "aesgcm://up.example.org/x#" + iv + std::string(64, 'g')}) {
    EXPECT_TRUE(parse_aesgcm(bad).has_error()) << bad;
  }
}

TEST(FilesInTexts, AreTheWholeText) {
  EXPECT_EQ(file_in_text(link)->name, "pic.png");
  EXPECT_EQ(file_in_text(link)->media_type, "image/png");
  EXPECT_EQ(file_in_text(link + "\n")->sources.size(), 1u);
  EXPECT_TRUE(file_in_text(link + "\ndata:image/jpeg,AAAA"));
  EXPECT_FALSE(file_in_text("look: " + link));
  EXPECT_FALSE(file_in_text(link + "\nnice, is it not"));
  EXPECT_FALSE(file_in_text(link + "\ndata:image/jpeg,AAAA\nmore"));
  EXPECT_FALSE(file_in_text(""));
}

/// The example of XEP-0448 with all that clients add.
std::string sharing(const std::string& inside) {
  return "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline' id='f1'>"
         "<file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type><name>summit.jpg</name><size>3032449</size>"
         "<dimensions>4096x2160</dimensions><hash xmlns='urn:xmpp:hashes:2' algo='sha3-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt/l5QyPa+YoU=</hash>"
         "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>" + crypto::to_base64(Bytes(32, 1)) + "</hash></file>"
         "<sources>" + inside + "</sources></file-sharing>";
}

std::string encrypted(const std::string& cipher, std::size_t key_size, std::size_t iv_size, const std::string& url) {
  return "<encrypted xmlns='urn:xmpp:esfs:0' cipher='urn:xmpp:ciphers:" + cipher + ":0'><key>" + crypto::to_base64(Bytes(key_size, 2)) +
         "</key><iv>" + crypto::to_base64(Bytes(iv_size, 3)) + "</iv><sources xmlns='urn:xmpp:sfs:0'>"
         "<url-data xmlns='http://jabber.org/protocol/url-data' target='" + url + "'/></sources></encrypted>";
}

std::vector<SharedFile> read(const std::string& content) {
  return read_shared_files(stanza("<message>" + content + "</message>").children());
}

TEST(SharedFiles, AreReadAsTheSpecificationWritesThem) {
  const auto files = read("<body>hi</body>" + sharing(encrypted("aes-256-gcm-nopadding", 32, 12, "https://up.example.org/x/summit.jpg")));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].name, "summit.jpg");
  EXPECT_EQ(files[0].media_type, "image/jpeg");
  EXPECT_EQ(files[0].size, 3032449u);
  EXPECT_EQ(files[0].hashes, (std::vector<FileHash>{{crypto::Hash::sha256, Bytes(32, 1)}})) << "what we cannot compute proves nothing";
  ASSERT_EQ(files[0].sources.size(), 1u);
  EXPECT_EQ(files[0].sources[0].url, "https://up.example.org/x/summit.jpg");
}

TEST(SharedFiles, WithoutAnEncryptedPlaceBehindHttpsAreNone) {
  for (const std::string& bad :
       {std::string("<url-data xmlns='http://jabber.org/protocol/url-data' target='https://up.example.org/x'/>"), std::string(),
        encrypted("aes-256-gcm-nopadding", 32, 12, "http://up.example.org/x"),
        encrypted("aes-256-gcm-nopadding", 32, 12, "https://user@up.example.org/x"),
        encrypted("aes-256-gcm-nopadding", 16, 12, "https://up.example.org/x"),
        encrypted("aes-256-gcm-nopadding", 32, 8, "https://up.example.org/x"),
        encrypted("aes-256-cbc-pkcs7", 32, 12, "https://up.example.org/x"), encrypted("rot13", 32, 12, "https://up.example.org/x")}) {
    EXPECT_TRUE(read(sharing(bad)).empty()) << bad;
  }
  EXPECT_EQ(read(sharing(encrypted("aes-128-gcm-nopadding", 16, 12, "https://up.example.org/x"))).size(), 1u);
  EXPECT_EQ(read(sharing(encrypted("aes-256-cbc-pkcs7", 32, 16, "https://up.example.org/x"))).size(), 1u);
}

TEST(SharedFiles, InCbcNeedAHash) {
  const std::string place = encrypted("aes-256-cbc-pkcs7", 32, 16, "https://up.example.org/x");
  EXPECT_TRUE(read("<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><size>3</size></file><sources>" + place +
                   "</sources></file-sharing>").empty());
}

TEST(SharedFiles, AreCountedAndCut) {
  const std::string one = sharing(encrypted("aes-256-gcm-nopadding", 32, 12, "https://up.example.org/x"));
  std::string many, places;
  for (std::size_t i = 0; i <= max_shared_files; ++i) many += one;
  EXPECT_EQ(read(many).size(), max_shared_files);
  for (std::size_t i = 0; i <= max_file_sources; ++i)
    places += encrypted("aes-256-gcm-nopadding", 32, 12, "https://up.example.org/" + std::to_string(i));
  EXPECT_EQ(read(sharing(places)).at(0).sources.size(), max_file_sources);
}

TEST(SharedFiles, ComeBackAsTheyWereBuilt) {
  SharedFile file{"a.txt", "text/plain", 3, {{crypto::Hash::sha256, Bytes(32, 9)}}, {}};
  FileSource source = parse_aesgcm(link).value();
  source.hashes = {{crypto::Hash::sha512, Bytes(64, 8)}};
  file.sources.push_back(source);
  const std::vector<xml::Element> content{shared_file_element(file)};
  const auto back = read_shared_files(content);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].name, "a.txt");
  EXPECT_EQ(back[0].size, 3u);
  EXPECT_EQ(back[0].hashes, file.hashes);
  ASSERT_EQ(back[0].sources.size(), 1u);
  EXPECT_EQ(aesgcm_url(back[0].sources[0]), link);
  EXPECT_EQ(back[0].sources[0].hashes, source.hashes);
  EXPECT_THAT(content[0].to_string(), Not(HasSubstr("#")));
}

// case 188
TEST(FileNames, NeverNameAPlace) {
  for (const auto& [text, name] : std::vector<std::pair<std::string, std::string>>{
           {"a.txt", "a.txt"}, {"../../etc/passwd", "passwd"}, {"/etc/passwd", "passwd"}, {"C:\\windows\\x.dll", "x.dll"},
           {"..", "file"}, {".bashrc", "bashrc"}, {"", "file"}, {"a/", "file"}, {std::string("a\0b", 3), "a_b"}, {"a\nb\x1b[2J", "a_b_[2J"},
           {"\xE2\x80\xAEgpj.exe", "gpj.exe"}, {"\xff\xfe", "file"}, {"\xC3\xBC.png", "\xC3\xBC.png"}, {"..%2f..%2fx", "%2f..%2fx"}}) {
    EXPECT_EQ(safe_file_name(text), name) << text;
  }
  EXPECT_EQ(safe_file_name(std::string(4096, 'x')).size(), max_file_name);
  const std::string umlauts = [] { std::string s; for (int i = 0; i < 200; ++i) s += "\xC3\xBC"; return s; }();
  EXPECT_EQ(safe_file_name("x" + umlauts).size(), max_file_name) << "1 + 127 * 2";
  EXPECT_EQ(safe_file_name(umlauts).size(), max_file_name - 1) << "no half character";
}

TEST(FileNames, ComeOutOfAddresses) {
  EXPECT_EQ(name_in_url("https://up.example.org/a/b%20c.pdf?x=/y"), "b c.pdf");
  EXPECT_EQ(name_in_url("https://up.example.org/a/..%2f..%2fetc%2Fpasswd"), "passwd");
  EXPECT_EQ(name_in_url("https://up.example.org/a/%00%zz%4"), "_%zz%4");
  EXPECT_EQ(name_in_url("https://up.example.org"), "file");
  EXPECT_EQ(name_in_url("https://up.example.org/"), "file");
}

TEST(MediaTypes, AreTypesOrUnknown) {
  EXPECT_EQ(safe_media_type("Image/PNG; q=1"), "image/png");
  for (const char* bad : {"", "x", "a/b/c", "/x", "x/", "text/pl ain", "text/\"x\"", "te\nxt/x"})
    EXPECT_EQ(safe_media_type(bad), "application/octet-stream") << bad;
  EXPECT_EQ(media_type_of("a.tar.GZ"), "application/gzip");
  EXPECT_EQ(media_type_of("README"), "application/octet-stream");
}

}  // namespace
