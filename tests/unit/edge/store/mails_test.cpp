// Mails that wait to be sent: in their order, counted before they are tried, sealed, and with their files.
#include "bridge/edge/store/mails.hpp"

#include "bridge/core/crypto/random.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct MailTable : StoreTest {
  AccountId account = in([](Tables& t) { return t.accounts.id_of("bot@example.org"); });

  bool add(const std::string& name, const std::string& body = "private words", std::vector<FileId> files = {}) {
    return in([&](Tables& t) { return t.mails.add({"mailer", account, name, to_bytes(body), std::move(files)}, now); });
  }
  std::optional<StoredMail> take(WallTime when) {
    return in([&](Tables& t) {
      auto mail = t.mails.take_due(when);
      if (mail) t.mails.set_due(mail->id, when + 1min);
      return mail;
    });
  }
};

TEST_F(MailTable, OneComesAtATimeInTheirOrder) {
  EXPECT_TRUE(add("a", "first"));
  EXPECT_TRUE(add("b", "second"));
  EXPECT_FALSE(add("a", "again")) << "an effect is written once";
  const auto first = take(now), second = take(now);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(as_text(first->body), "first");
  EXPECT_EQ(first->plugin, "mailer");
  EXPECT_EQ(first->attempts, 1);
  EXPECT_EQ(as_text(second->body), "second");
  EXPECT_FALSE(take(now)) << "both are under way";
  EXPECT_EQ(in([](Tables& t) { return t.mails.next_due(); }), now + 1min);
}

TEST_F(MailTable, AnAttemptIsCountedBeforeItIsMade) {
  add("a");
  take(now);
  open();
  const auto again = take(now + 1min);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->attempts, 2);
  EXPECT_EQ(again->created, now);
}

TEST_F(MailTable, WhatIsLeftOfItWaitsWithItsReason) {
  add("a");
  const auto mail = take(now);
  in([&](Tables& t) { t.mails.postpone(mail->id, as_bytes("fewer"), "451 later", now + 1h); });
  EXPECT_FALSE(take(now + 59min));
  const auto later = take(now + 1h);
  ASSERT_TRUE(later);
  EXPECT_EQ(as_text(later->body), "fewer");
  EXPECT_EQ(later->reason, "451 later");
  in([&](Tables& t) { t.mails.erase(mail->id); });
  EXPECT_EQ(in([](Tables& t) { return t.mails.count("mailer"); }), 0u);
  EXPECT_TRUE(add("a")) << "a later one may be called the same";
}

TEST_F(MailTable, ListsOneAccountsMailsAndNoMoreThanAsked) {
  const AccountId other = in([](Tables& t) { return t.accounts.id_of("other@example.org"); });
  add("a", "first");
  in([&](Tables& t) { return t.mails.add({"mailer", other, "b", to_bytes(std::string_view("hers")), {}}, now); });
  add("c", "second");
  const auto texts = [&](std::size_t limit, std::optional<AccountId> whose) {
    std::vector<std::string> found;
    for (const StoredMail& mail : in([&](Tables& t) { return t.mails.list(limit, whose); })) found.emplace_back(as_text(mail.body));
    return found;
  };
  EXPECT_EQ(texts(10, std::nullopt), (std::vector<std::string>{"first", "hers", "second"}));
  EXPECT_EQ(texts(2, account), (std::vector<std::string>{"first", "second"})) << "the limit counts what is asked for, and nothing between";
  EXPECT_EQ(texts(1, account), (std::vector<std::string>{"first"}));
  EXPECT_EQ(texts(10, other), (std::vector<std::string>{"hers"}));
}

TEST_F(MailTable, WhatIsInItIsSealed) {
  add("the dedupe key", "private words");
  const auto mail = take(now);
  in([&](Tables& t) { t.mails.postpone(mail->id, mail->body, "550 private reason", now); });
  store.reset();
  for (const char* word : {"private words", "private reason", "the dedupe key"})
    EXPECT_EQ(read_file(path).find(word), std::string::npos) << word;
}

TEST_F(MailTable, ItsFilesStayAsLongAsItDoes) {
  const auto file = in([&](Tables& t) {
    NewFile row{account, FileState::here, std::nullopt, 1, {}, now};
    row.content.emplace(SpooledContent{std::string(32, 'a'), crypto::Secret<32>::random(crypto::system_random())});
    return t.files.add(row, now);
  });
  add("a", "x", {file, file});
  std::size_t rows = 0;
  in([&](Tables& t) { t.files.expire(now + 1h, 10, rows); });
  EXPECT_EQ(rows, 0u);
  const auto mail = take(now);
  in([&](Tables& t) { t.mails.erase(mail->id); });
  in([&](Tables& t) { t.files.expire(now + 1h, 10, rows); });
  EXPECT_EQ(rows, 1u);
}

}  // namespace
}  // namespace omegate::store
