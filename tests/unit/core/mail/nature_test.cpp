#include "bridge/core/mail/nature.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace omegate::mail {
namespace {

Marks marks(const std::function<void(Marks&)>& change) {
  Marks marks;
  marks.author = "bob@example.net";
  change(marks);
  return marks;
}

TEST(MailNature, APersonWritesOrdinaryMail) {
  EXPECT_EQ(nature_of(marks([](Marks&) {})), Nature::ordinary);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.auto_submitted = "no"; })), Nature::ordinary);
}

TEST(MailNature, WhatAProgramReportsIsNoAnswer) {
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.auto_submitted = "auto-generated"; m.precedence = "bulk"; })), Nature::generated) << "cron";
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.null_sender = true; })), Nature::generated) << "printers";
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.precedence = "Bulk"; })), Nature::bulk);
}

// case 200
TEST(MailNature, AnswersOfMachinesBouncesAndOurOwnMailAreKnown) {
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.auto_submitted = "auto-replied; owner-email=x"; })), Nature::auto_reply);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.auto_submitted = " Auto-Replied (vacation)"; })), Nature::auto_reply);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.precedence = "auto_reply"; })), Nature::auto_reply);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.has_auto_reply_field = true; })), Nature::auto_reply);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.report_type = "disposition-notification"; })), Nature::auto_reply);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.report_type = "delivery-status"; })), Nature::bounce);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.author = "Mailer-Daemon@mx.example"; })), Nature::bounce);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.list_id = "<l.example>"; })), Nature::list);
  EXPECT_EQ(nature_of(marks([](Marks& m) { m.has_loop_field = true; m.list_id = "<l.example>"; })), Nature::own) << "through a list, too";
}

}  // namespace
}  // namespace omegate::mail
