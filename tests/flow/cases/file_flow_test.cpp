// Files: from an operator to a contact, from a contact to a plugin and on to another one, and what goes wrong.
#include <fstream>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/file_cipher.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "test_places.hpp"
#include "tests/flow/world/rig.hpp"
#include "tests/flow/world/upload_server.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string bob_jid = "bob@example.net";

Bytes noise(std::size_t size) {
  Bytes bytes(size);
  crypto::system_random().fill(bytes);
  return bytes;
}

class Files : public testing::TestWithParam<Version> {
 protected:
  Files() {
    config::PluginSettings filer;
    filer.name = "filer";
    filer.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/filer");
    rig.settings.plugins.push_back(filer);
    rig.settings.files.private_hosts = {upload_host};
    rig.settings.files.max_size = 2'000'000;
    rig.settings.files.max_total = 10'000'000;
    rig.xmpp.interfere = [this](const xml::Element& iq) { return web.answer(iq); };
  }

  std::string hand_over(ByteView content, const std::string& name) {
    const auto begun = rig.ask("file.begin", {{"name", name}, {"size", content.size()}});
    const std::string token(begun.at("token").as_string());
    for (std::size_t at = 0; at < content.size(); at += 100'000) {
      const ByteView piece = content.subspan(at, std::min<std::size_t>(100'000, content.size() - at));
      rig.ask("file.append", {{"token", token}, {"data", crypto::to_base64(piece)}});
    }
    return std::string(rig.ask("file.end", {{"token", token}}).at("handle").as_string());
  }
  json::value send_file(ByteView content, const std::string& name, const std::string& text = {}) {
    json::object args{{"to", alice_jid}, {"file", hand_over(content, name)}};
    if (!text.empty()) args["text"] = text;
    return rig.ask("send", std::move(args));
  }

  /// As a client would: fetched, decrypted, compared with its hash.
  Bytes opened(const xmpp::SharedFile& file) {
    const xmpp::FileSource& source = file.sources.at(0);
    const std::string path = source.url.substr(source.url.find('/', 8));
    auto opener = crypto::FileOpener::begin(source.cipher, source.key, source.iv).value();
    Bytes content = opener.update(web.files.at(path));
    EXPECT_TRUE(opener.finish().has_value());
    for (const auto& hash : file.hashes) EXPECT_EQ(crypto::digest(hash.algorithm, content), hash.value);
    for (const auto& hash : source.hashes) EXPECT_EQ(crypto::digest(hash.algorithm, web.files.at(path)), hash.value);
    return content;
  }

  /// Puts `content`, encrypted, on the server, as a contact's client does.
  xmpp::SharedFile upload(ByteView content, const std::string& path) {
    const auto key = crypto::Secret<32>::random(crypto::system_random());
    const Bytes iv = noise(12);
    crypto::FileSealer sealer(key, iv);
    Bytes sealed = sealer.update(content);
    const auto tag = sealer.finish();
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    web.files[path] = sealed;
    xmpp::SharedFile file{"told.txt", "text/plain", content.size(), {{crypto::Hash::sha256, crypto::digest(crypto::Hash::sha256, content)}}, {}};
    file.sources.push_back({web.url(path), crypto::FileCipher::aes256_gcm, crypto::SecretBytes(key.bytes()), iv, {}});
    return file;
  }
  void share(const xmpp::SharedFile& file) {
    if (GetParam() == Version::legacy) {
      alice.say(xmpp::aesgcm_url(file.sources.at(0)));
    } else {
      alice.tell(xmpp::shared_file_element(file), rig.now);
    }
  }
  std::string answer() {
    const std::size_t before = answered;
    rig.until("alice is answered", [&] { return alice.heard().size() > before; });
    answered = alice.heard().size();
    return alice.heard().back();
  }
  std::size_t spooled() {
    const auto folder = std::filesystem::path(rig.store().path()).parent_path() / "files";
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
  }
  std::string only_state() { return std::string(rig.ask("file.list", {}).at("rows").at(0).at("state").as_string()); }

  Rig rig;
  UploadServer web{rig.io.get_executor()};
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
  std::size_t answered = 0;
};
INSTANTIATE_TEST_SUITE_P(Versions, Files, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

TEST_P(Files, OfAnOperatorArriveEncryptedAfterTheirCaption) {
  rig.start();
  const Bytes content = noise(300'001);
  send_file(content, "figures of May.PDF", "Here they are");
  rig.until("alice has it", [&] { return !alice.files().empty(); });
  EXPECT_THAT(alice.heard(), ElementsAre("Here they are"));
  EXPECT_EQ(opened(alice.files().at(0)), content);
  if (GetParam() == Version::omemo2) {
    EXPECT_EQ(alice.files().at(0).name, "figures of May.PDF");
    EXPECT_EQ(alice.files().at(0).media_type, "application/pdf");
    EXPECT_EQ(alice.files().at(0).size, content.size());
  }
  rig.until_state(MessageState::delivered);
  EXPECT_EQ(alice.bodies_in_the_clear(), 0);
  ASSERT_THAT(web.files, SizeIs(1));
  EXPECT_EQ(web.files.begin()->second.size(), content.size() + 16) << "nothing goes out in the clear";
  EXPECT_THAT(web.files.begin()->first, testing::EndsWith(".PDF"));
  EXPECT_THAT(web.files.begin()->first, Not(HasSubstr("May"))) << "the server learns no name";
  EXPECT_THAT(web.heads.at(0), HasSubstr("authorization: Basic c2xvdA=="));
  EXPECT_THAT(web.heads.at(0), Not(HasSubstr("evil.example")));
}

TEST_P(Files, OfNoBytesAreFilesToo) {
  rig.start();
  send_file({}, "empty.txt");
  rig.until("alice has it", [&] { return !alice.files().empty(); });
  EXPECT_THAT(opened(alice.files().at(0)), IsEmpty());
}

TEST_P(Files, AreUploadedAgainUnderAnotherKeyWhenTheServerFails) {
  web.refuses_puts = 1;
  rig.start();
  send_file(noise(1000), "a.bin");
  rig.until("the first try failed", [&] { return web.refuses_puts == 0 && rig.reason().find("500") != std::string::npos; });
  EXPECT_EQ(rig.state(), MessageState::accepted);
  rig.advance(1min);
  rig.until("alice has it", [&] { return !alice.files().empty(); });
  EXPECT_THAT(web.heads, SizeIs(2));
}

TEST_P(Files, EachMessageHasAKeyOfItsOwn) {
  rig.start();
  const Bytes content = noise(500);
  const std::string handle = hand_over(content, "a.bin");
  for (int i = 0; i < 2; ++i) rig.ask("send", {{"to", alice_jid}, {"file", handle}});
  rig.until("alice has both", [&] { return alice.files().size() == 2; });
  const auto &first = alice.files().at(0).sources.at(0), &second = alice.files().at(1).sources.at(0);
  EXPECT_NE(crypto::to_hex(first.key), crypto::to_hex(second.key));
  EXPECT_NE(first.iv, second.iv);
  EXPECT_EQ(opened(alice.files().at(1)), content);
}

TEST_P(Files, OutliveARestartBeforeTheyAreUploaded) {
  web.is_offered = true;
  rig.xmpp.interfere = [](const xml::Element& iq) -> std::optional<xml::Element> {
    const xml::Element* what = xmpp::payload(iq);
    if (what && what->is("query", xmpp::ns::disco_items)) return error_answer(iq, "wait", "internal-server-error");
    return std::nullopt;
  };
  rig.start();
  const Bytes content = noise(70'000);
  send_file(content, "a.bin");
  rig.until("nobody takes it", [&] { return rig.state() == MessageState::parked; });
  EXPECT_THAT(rig.reason(), HasSubstr("XEP-0363"));
  rig.xmpp.interfere = [this](const xml::Element& iq) { return web.answer(iq); };
  rig.restart();
  rig.ask("outbox.retry", {{"id", rig.outbox().at(0).id.value()}});
  rig.until("alice has it", [&] { return !alice.files().empty(); });
  EXPECT_EQ(opened(alice.files().at(0)), content);
}

TEST_P(Files, TooLargeForTheServerAreParkedWithTheReason) {
  web.max_size = 1000;
  rig.start();
  send_file(noise(985), "a.bin");
  rig.until_state(MessageState::parked);
  EXPECT_THAT(rig.reason(), HasSubstr("too large for the server"));
  EXPECT_THAT(rig.reason(), HasSubstr("1 kB"));
  EXPECT_THAT(web.heads, IsEmpty());
}

TEST_P(Files, AboveTheLimitsAreNotTaken) {
  rig.settings.files.max_size = 1000;
  rig.settings.files.max_total = 1500;
  rig.start();
  EXPECT_THROW(hand_over(noise(1001), "a.bin"), gateway::OperatorError);
  hand_over(noise(1000), "a.bin");
  EXPECT_THROW(hand_over(noise(600), "b.bin"), gateway::OperatorError);
  EXPECT_EQ(spooled(), 1u);
}

// A contact's file is here before a plugin hears of it.
TEST_P(Files, OfAContactAreReadByAPluginAndSentOn) {
  rig.settings.accounts.at(0).allow->push_back(bob_jid);
  rig.xmpp.roster[bob_jid] = "both";
  Contact bob{rig.xmpp, bob_jid, {GetParam()}};
  rig.start();
  const std::string text = "the content\nof the file";
  share(upload(as_bytes(text), "/up/told.txt"));
  EXPECT_EQ(answer(), "told.txt, text/plain, " + std::to_string(text.size()) + " bytes: " + text);
  rig.until("bob has it", [&] { return !bob.files().empty(); });
  EXPECT_EQ(as_text(opened(bob.files().at(0))), text);
  EXPECT_THAT(bob.heard(), ElementsAre("from " + alice_jid));
}

// case 103
TEST_P(Files, ThatWereAlteredAreDeletedAndSaidSo) {
  rig.start();
  const auto file = upload(noise(200'000), "/up/told.txt");
  web.files.at("/up/told.txt").at(100'000) ^= 1;
  share(file);
  EXPECT_THAT(answer(), testing::MatchesRegex("told.txt is failed: it was altered.*"));
  EXPECT_EQ(spooled(), 0u);
  EXPECT_EQ(only_state(), "failed");
}

// case 103
TEST_P(Files, AreCutOffAtTheLimitWhateverTheServerSays) {
  rig.settings.files.max_size = 50'000;
  rig.settings.files.max_total = 500'000;
  rig.start();
  auto file = upload(noise(60'000), "/up/told.txt");
  file.size.reset();
  share(file);
  EXPECT_THAT(answer(), HasSubstr("larger than it may be"));
  EXPECT_EQ(spooled(), 0u);
}

// case 103
TEST_P(Files, InTheOwnNetworkAreNotAskedFor) {
  rig.settings.files.private_hosts.clear();
  rig.start();
  share(upload(noise(10), "/up/told.txt"));
  EXPECT_THAT(answer(), HasSubstr("files.private_hosts"));
  EXPECT_THAT(web.heads, IsEmpty());
}

// case 103
TEST_P(Files, ARedirectOutOfTlsIsNotFollowed) {
  rig.start();
  const auto file = upload(noise(10), "/up/told.txt");
  web.status = "302 Found\r\nLocation: http://" + upload_host + ":" + std::to_string(web.port()) + "/up/told.txt";
  share(file);
  EXPECT_THAT(answer(), HasSubstr("told.txt is failed"));
  EXPECT_THAT(web.heads, SizeIs(1));
}

// case 103
TEST_P(Files, KeysStayOutOfRequestsAndWhatOperatorsAndPluginsSee) {
  rig.start();
  const auto file = upload(as_bytes("content"), "/up/told.txt");
  share(file);
  const std::string said = answer();
  const std::string key = crypto::to_hex(file.sources.at(0).key);
  ASSERT_THAT(web.heads, SizeIs(1));
  EXPECT_THAT(web.heads.at(0), testing::StartsWith("GET /up/told.txt HTTP/1.1\r\n"));
  EXPECT_THAT(web.heads.at(0), Not(HasSubstr(key)));
  EXPECT_THAT(json::serialize(rig.ask("file.list", {})), Not(HasSubstr(key)));
  EXPECT_THAT(json::serialize(rig.ask("inbox.list", {})), Not(HasSubstr(key)));
  EXPECT_THAT(said, Not(HasSubstr(key)));
}

TEST_P(Files, OfKeysTooLittleTrustedStayWhereTheyAreUntilAnOperatorWantsThem) {
  rig.settings.files.download = config::FileDownload::verified;
  rig.start();
  const Bytes content = noise(150'000);
  share(upload(content, "/up/told.txt"));
  EXPECT_THAT(answer(), HasSubstr("told.txt is offered"));
  EXPECT_THAT(web.heads, IsEmpty());
  const auto row = rig.ask("file.list", {}).at("rows").at(0);
  const std::string id = std::to_string(row.at("id").as_int64());
  EXPECT_EQ(rig.ask("file.fetch", {{"file", id}}).at("state").as_string(), "here");
  Bytes read;
  while (read.size() < content.size()) {
    const auto piece = rig.ask("file.read", {{"file", id}, {"offset", read.size()}});
    const auto bytes = crypto::from_base64(piece.at("data").as_string()).value();
    ASSERT_FALSE(bytes.empty());
    read.insert(read.end(), bytes.begin(), bytes.end());
  }
  EXPECT_EQ(read, content);
  EXPECT_EQ(spooled(), 1u);
  rig.ask("file.drop", {{"file", id}});
  EXPECT_EQ(spooled(), 0u);
}

TEST_P(Files, GoAfterTheirDaysAndWhatACrashLeftGoesAtTheStart) {
  rig.start();
  hand_over(noise(10), "a.bin");
  const auto begun = rig.ask("file.begin", {{"name", "b.bin"}});
  rig.ask("file.append", {{"token", begun.at("token")}, {"data", crypto::to_base64(noise(10))}});
  EXPECT_EQ(spooled(), 2u);
  const auto folder = std::filesystem::path(rig.store().path()).parent_path() / "files";
  std::ofstream(folder / "0123456789abcdef0123456789abcdef.part") << "left by a crash";
  rig.restart();
  EXPECT_EQ(spooled(), 1u);
  rig.advance(8 * 24h);
  rig.restart();  // the house is kept at the start, and each hour
  rig.until("it has expired", [&] { return spooled() == 0; });
  EXPECT_THAT(rig.ask("file.list", {}).at("rows").as_array(), IsEmpty());
}

TEST_P(Files, TheDoctorNamesTheServiceAndWhatItTakes) {
  web.max_size = 1'000'000;
  rig.start();
  rig.until("the doctor knows it", [&] {  // it is asked for after the login
    const std::string said = json::serialize(rig.ask("doctor", {}));
    return said.find("upload.example.org takes files up to 1 MB") != said.npos;
  });
}

}  // namespace
}  // namespace omegate::flow
