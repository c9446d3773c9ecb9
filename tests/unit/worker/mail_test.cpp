// P.mail, as plugins see it.
#include <gmock/gmock.h>

#include "bridge/worker/plugin.hpp"

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using Worker = omegate::worker::Plugin;

struct WritesMail : testing::Test {
  std::variant<Done, Failed> run(const std::string& body, const std::string& domain = "example.org", const std::string& seed = "s") {
    Load load{"test", 1, {{"init.lua", "local P = ...\nP.on('message', function(ev)\n" + body + "\nend)"}}, "{}", {}, {"bot"}};
    load.mail_domain = domain;
    load.mail_seed = seed;
    worker.emplace(std::move(load), [](const Log&) {});
    EXPECT_TRUE(std::holds_alternative<Ready>(worker->load()));
    const Message said{"bot", "juliet@example.org", "hi", TrustLevel::tofu, 7, "0f", true, "2", omegate::from_ms(123)};
    return worker->handle({"in-7", EventKind::message, payload(said)});
  }
  std::string failure(const std::string& body, const std::string& domain = "example.org") {
    const auto result = run(body, domain);
    return std::holds_alternative<Failed>(result) ? std::get<Failed>(result).error : "none";
  }
  std::vector<WriteMail> mails(const std::string& body, const std::string& seed = "s") {
    std::vector<WriteMail> found;
    const auto result = run(body, "example.org", seed);
    for (const auto& effect : std::get<Done>(result).effects) found.push_back(std::get<WriteMail>(effect));
    return found;
  }
  std::optional<Worker> worker;
};

TEST_F(WritesMail, AndHasItsIdAtOnce) {
  const auto made = mails("local id = P.mail { to = 'a@b', subject = 'x', text = 'y' } "
                          "P.mail { to = {'c@d', 'e@f'}, text = id, in_reply_to = id, references = { id }, files = { { handle = 'h' } }, by_hand = true }");
  ASSERT_EQ(made.size(), 2u);
  EXPECT_THAT(made[0].message_id, MatchesRegex("<[^@<>]+[.]0@example.org>"));
  EXPECT_EQ(made[1].text, made[0].message_id);
  EXPECT_NE(made[1].message_id, made[0].message_id);
  EXPECT_THAT(made[1].to, ElementsAre("c@d", "e@f"));
  EXPECT_THAT(made[1].references, ElementsAre(made[0].message_id));
  EXPECT_THAT(made[1].files, ElementsAre("h"));
  EXPECT_TRUE(made[1].by_hand);
  EXPECT_NE(mails("P.mail { to = 'a@b', text = 'y' }", "another start")[0].message_id,
            mails("P.mail { to = 'a@b', text = 'y' }", "one start")[0].message_id);
}

TEST_F(WritesMail, AndIsToldWhatIsWrong) {
  EXPECT_THAT(failure("P.mail { to = 'a@b', text = 'x' }", ""), HasSubstr("mail.submission"));
  EXPECT_THAT(failure("P.mail { text = 'x' }"), HasSubstr("option 'to'"));
  EXPECT_THAT(failure("P.mail { to = {}, text = 'x' }"), HasSubstr("option 'to'"));
  EXPECT_THAT(failure("P.mail { to = 'a@b' }"), HasSubstr("nothing in the mail"));
  EXPECT_THAT(failure("P.mail { to = 'a@b', text = 'x', bcc = 'c@d' }"), HasSubstr("unknown option 'bcc'"));
  EXPECT_THAT(failure("P.mail { to = { 1, {} }, text = 'x' }"), HasSubstr("expected texts"));
  EXPECT_THAT(failure("P.mail { to = 'a@b', text = 'x', subject = ('x'):rep(901) }"), HasSubstr("900"));
  EXPECT_THAT(failure("P.mail 'a@b'"), HasSubstr("table expected"));
}

TEST_F(WritesMail, AStrangersIdsOfAnyLengthDoNotStopAnAnswer) {
  const auto made = mails("P.mail { to = 'a@b', text = 'x', in_reply_to = ('<' .. ('x'):rep(5000) .. '>'), references = { ('y'):rep(5000), '<z@b>' } }");
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].in_reply_to, "");
  EXPECT_THAT(made[0].references, ElementsAre("<z@b>"));
}

TEST_F(WritesMail, AndHearsWhatBecameOfIt) {
  Load load{"test", 1, {{"init.lua", "local P = ...\nP.on('mail_failed', function(ev) ev:reply(ev.recipients[1].reason) end)"}}, "{}", {}, {"bot"}};
  worker.emplace(std::move(load), [](const Log&) {});
  EXPECT_THAT(std::get<Ready>(worker->load()).subscriptions, ElementsAre(EventKind::mail_failed));
  const MailFate fate{"bot", "juliet@example.org", "<1@b>", "x", {{"a@b", "550 no"}}, 3, omegate::from_ms(5)};
  const auto result = worker->handle({"in-1", EventKind::mail_failed, payload(fate)});
  ASSERT_TRUE(std::holds_alternative<Done>(result)) << std::get<Failed>(result).error;
  EXPECT_EQ(std::get<Send>(std::get<Done>(result).effects.at(0)).text, "550 no");
}

}  // namespace
