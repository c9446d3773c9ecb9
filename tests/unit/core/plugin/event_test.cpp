#include "bridge/core/plugin/event.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/error.hpp"

namespace {

using namespace omegate::plugin;
using testing::HasSubstr;

const Message message{"bot",
                      "juliet@example.org",
                      "hello \"you\"",
                      TrustLevel::verified,
                      31415,
                      "0f0f",
                      true,
                      "urn:xmpp:omemo:2",
                      omegate::from_ms(1790000000123)};

TEST(Event, KeepsAMessage) {
  const Message kept = parse_message(payload(message)).value();
  EXPECT_EQ(kept.account, message.account);
  EXPECT_EQ(kept.from, message.from);
  EXPECT_EQ(kept.text, message.text);
  EXPECT_EQ(kept.trust, message.trust);
  EXPECT_EQ(kept.device, message.device);
  EXPECT_EQ(kept.fingerprint, message.fingerprint);
  EXPECT_EQ(kept.version, message.version);
  EXPECT_EQ(kept.time, message.time);
}

TEST(Event, KeepsFilesAndWhatBecameOfThem) {
  Message with = message;
  with.files = {{"h1", "a.txt", "text/plain", 7, "offered", {}}, {"h2", "b \"c\".png", "image/png", 1u << 31, "failed", "why"}};
  EXPECT_EQ(parse_message(payload(with)).value().files, with.files);
  EXPECT_EQ(payload(message).find("files"), std::string::npos) << "a message without is as it always was";
  with.files[0].state = "here";
  EXPECT_EQ(parse_message(with_files(payload(message), with.files).value()).value().files, with.files);
  EXPECT_FALSE(parse_message(R"({"files":[1],)" + payload(message).substr(1)));
  EXPECT_FALSE(parse_message(R"({"files":[{"handle":"h","name":"n","media_type":"m","size":-1}],)" + payload(message).substr(1)));
}

TEST(Event, SplitsACommandsWords) {
  EXPECT_THAT(payload(CommandCall{message, "deploy", " web  1.2\t-v "}),
              HasSubstr(R"("words":["web","1.2","-v"])"));
}

TEST(Event, MendsWhatIsNotUtf8) {
  const std::string text = payload(HookRequest{"/a", "POST", "text/plain", "", "caf\xe9", "r1", {}});
  EXPECT_THAT(text, HasSubstr("caf\xEF\xBF\xBD"));
}

TEST(Event, KnowsWhereARepliesGoes) {
  const auto of_message = origin({"1", EventKind::message, payload(message)}).value();
  EXPECT_EQ(of_message.account, "bot");
  EXPECT_EQ(of_message.from, "juliet@example.org");
  EXPECT_EQ(origin({"1", EventKind::hook, payload(HookRequest{})}).value().from, "");
}

TEST(Event, RefusesADamagedMessage) {
  EXPECT_EQ(parse_message("{").error(), Error::frame_not_json);
  EXPECT_EQ(parse_message("{}").error(), Error::missing_member);
  std::string negative = payload(message);
  negative.replace(negative.find("31415"), 5, "-3141");
  EXPECT_EQ(parse_message(negative).error(), Error::wrong_member);
}

TEST(TrustLevel, Rises) {
  EXPECT_TRUE(reaches(TrustLevel::verified, TrustLevel::tofu));
  EXPECT_TRUE(reaches(TrustLevel::tofu, TrustLevel::tofu));
  EXPECT_FALSE(reaches(TrustLevel::undecided, TrustLevel::tofu));
  EXPECT_FALSE(reaches(TrustLevel::revoked, TrustLevel::undecided));
  EXPECT_EQ(trust_level("trusted"), TrustLevel::trusted);
  EXPECT_EQ(trust_level("Trusted"), std::nullopt);
}

}  // namespace
