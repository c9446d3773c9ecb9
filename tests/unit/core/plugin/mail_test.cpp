// Mails that plugins write: whom they may write to, the frame, the type of addresses in settings.
#include <gmock/gmock.h>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/frame_reader.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/core/plugin/schema.hpp"

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

WriteMail mail_to(std::vector<std::string> to) { return {std::move(to), "subject", "text", "<1@example.org>"}; }

std::optional<std::string> judged(const WriteMail& mail, const Installed& installed) {
  std::vector<Effect> effects{mail};
  return settle(effects, installed, {"bot", "juliet@example.org"});
}

// case 217
TEST(MailGrants, AreOfTheManifestAndOfTheOperator) {
  Installed installed{{}, {}, {}, {"bot"}, {}};
  installed.mail_from = "bot@example.org";
  EXPECT_THAT(judged(mail_to({"juliet@example.net"}), installed), Optional(HasSubstr("does not grant writing mails")));
  installed.manifest.grants.mail_to_config = true;
  EXPECT_TRUE(judged(mail_to({"juliet@example.net"}), installed));
  installed.config.mail_to = {"Juliet@example.net", "*@example.com"};
  EXPECT_EQ(judged(mail_to({"juliet@EXAMPLE.net", "anyone@example.com"}), installed), std::nullopt);
  EXPECT_THAT(judged(mail_to({"juliet@example.net", "romeo@example.net"}), installed), Optional(HasSubstr("to romeo@example.net")));
  for (const char* other : {"x@sub.example.com", "x@notexample.com", "example.com", "x@example.com.evil", "x@example.com>"})
    EXPECT_TRUE(judged(mail_to({other}), installed)) << other;
  installed.manifest.grants.mail_to = {"*"};
  EXPECT_EQ(judged(mail_to({"anyone@anywhere"}), installed), std::nullopt);
  WriteMail empty = mail_to({"a@b"});
  empty.text.clear();
  EXPECT_TRUE(judged(empty, installed));
  installed.mail_from.clear();
  EXPECT_THAT(judged(mail_to({"a@b"}), installed), Optional(HasSubstr("mail.submission")));
}

TEST(MailFrame, CarriesAMail) {
  WriteMail mail = mail_to({"a@b", "c@d"});
  mail.from_name = "Jürgen";
  mail.in_reply_to = "<0@b>";
  mail.references = {"<-1@b>", "<0@b>"};
  mail.files = {"h1"};
  mail.by_hand = mail.tell_sent = true;
  FrameReader reader;
  reader.feed(encode(ToGateway(Done{"in-1", {mail}})).value());
  const auto done = std::get<Done>(parse_to_gateway(std::string(reader.next().value().value())).value());
  EXPECT_EQ(done.effects, std::vector<Effect>{mail});
}

TEST(MailFrame, IsBounded) {
  const auto parse = [](const std::string& members) {
    return parse_to_gateway(R"({"type":"done","id":"in-1","effects":[{"type":"mail",)" + members + "}]}").has_value();
  };
  EXPECT_TRUE(parse(R"("to":["a@b"],"subject":"x","text":"y","message_id":"<1@b>")"));
  EXPECT_FALSE(parse(R"("to":[],"subject":"x","text":"y","message_id":"<1@b>")"));
  EXPECT_FALSE(parse(R"("to":["a@b"],"text":"y","message_id":"<1@b>")"));
  EXPECT_FALSE(parse(R"("to":["a@b"],"text":"y","message_id":"<1@b>","subject":")" + std::string(901, 'x') + "\""));
  std::string many;
  for (int i = 0; i < 101; ++i) many += R"("a@b",)";
  many.pop_back();
  EXPECT_FALSE(parse(R"("to":[)" + many + R"(],"subject":"x","text":"y","message_id":"<1@b>")"));
}

TEST(MailEvent, SaysWhatBecameOfIt) {
  const MailFate fate{"bot", "juliet@example.org", "<1@b>", "x", {{"a@b", "550 no"}}, 3, omegate::from_ms(5)};
  const std::string text = payload(fate);
  EXPECT_THAT(text, HasSubstr(R"("recipients":[{"address":"a@b","reason":"550 no"}])"));
  EXPECT_EQ(origin({"in-1", EventKind::mail_failed, text}).value().from, "juliet@example.org");
  EXPECT_FALSE(is_said(EventKind::mail_failed));
}

TEST(MailSetting, IsAnAddressADomainOrAll) {
  Field address, list;
  address.type = FieldType::mail_to;
  list.name = "to";
  list.type = FieldType::list;
  list.of.push_back(address);
  const std::vector<Field> schema{list};
  const auto good = check_config(schema, R"({"to": ["a@b", "*@example.org", "*"]})");
  EXPECT_THAT(good.problems, ElementsAre());
  EXPECT_THAT(good.mail_to, ElementsAre("a@b", "*@example.org", "*"));
  for (const char* bad : {"a", "a*@b", "*@*", "@b", "a@b c", "**", "a@b\\r\\nx"})
    EXPECT_EQ(check_config(schema, R"({"to": [")" + std::string(bad) + "\"]}").problems.size(), 1u) << bad;
}

}  // namespace
