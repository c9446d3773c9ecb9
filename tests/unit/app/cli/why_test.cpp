#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/app/cli/command_line.hpp"

namespace omegate::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* partly = R"({"messages": [{"kind": "sent", "name": "17", "id": 17, "to": "alice@example.net",
  "account": "bot", "state": "delivered", "created_ms": 1789999940000, "readers": 1, "of": 2, "decided_ms": 1789999940000,
  "ledger_row": 43, "policy": "tofu", "message_rule": "partial", "devices": [
   {"jid": "alice@example.net", "own": false, "device": 1338402117, "version": "legacy",
    "fingerprint": "7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04", "listed": true, "bundle": "seen",
    "trust": "verified", "included": true, "delivered": "yes", "cause": "", "what": "encrypted to"},
   {"jid": "alice@example.net", "own": false, "device": 42, "version": "legacy",
    "fingerprint": "8a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04", "listed": true, "bundle": "seen",
    "trust": "undecided", "included": false, "delivered": "no", "cause": "undecided",
    "what": "left out: nobody has decided about its key", "to_do": "omegate trust approve alice@example.net 8a68"}]}]})";

TEST(Why, SaysPerDeviceWhoCanReadIt) {
  CommandLine line;
  line.answer = partly;
  EXPECT_EQ(line.ask({"why", "17"}), 4) << "one device was left out";
  const auto out = line.out.str();
  EXPECT_THAT(out, HasSubstr("message 17 to alice@example.net (account bot): delivered, written 1 min ago"));
  EXPECT_THAT(out, HasSubstr("1 of 2 devices of alice@example.net can read it"));
  EXPECT_THAT(out, HasSubstr("+ device 1338402117, verified: encrypted to"));
  EXPECT_THAT(out, HasSubstr("- device 42, undecided: left out: nobody has decided about its key"));
  EXPECT_THAT(out, HasSubstr("7a688b0b 47c0856d"));
  EXPECT_THAT(out, HasSubstr("to do  omegate trust approve"));
  EXPECT_THAT(out, HasSubstr("as of ledger row 43"));
  EXPECT_EQ(line.asked.at(0).verb, "why");
  EXPECT_EQ(line.asked.at(0).args.at("message").as_string(), "17");
}

TEST(Why, SaysOfAMessageThatCameInWhatTheSenderCanDo) {
  CommandLine line;
  line.answer = R"({"messages": [{"kind": "received", "name": "in-3", "account": "bot", "from": "alice@example.net",
    "message_id": "x", "received_ms": 1789999940000, "device": 42, "version": "legacy", "cause": "not_for_us",
    "what": "it was encrypted, but not for our device", "to_do": "the sender trusts our key"}]})";
  EXPECT_EQ(line.ask({"why", "in-3"}), 4);
  EXPECT_THAT(line.out.str(), HasSubstr("message in-3 from alice@example.net (account bot): not read, came 1 min ago"));
  EXPECT_THAT(line.out.str(), HasSubstr("reason  it was encrypted, but not for our device"));
  EXPECT_THAT(line.out.str(), HasSubstr("to do   the sender trusts our key"));
}

TEST(Why, IsContentWhenNobodyMissedAnything) {
  CommandLine line;
  line.answer = R"({"messages": []})";
  EXPECT_EQ(line.ask({"why"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("nobody missed anything"));
}

TEST(Why, GivesScriptsTheAnswerAsItIs) {
  CommandLine line;
  line.answer = partly;
  EXPECT_EQ(line.ask({"why", "17", "--json"}), 4);
  EXPECT_EQ(json::parse(line.out.str()), json::parse(partly));
}

TEST(Why, LetsNoForeignNameMoveTheCursor) {
  CommandLine line;
  line.answer = R"({"messages": [{"kind": "received", "name": "in-3", "account": "bot", "from": "a@b\u001b[2J",
    "received_ms": 1, "what": "x\ny", "to_do": "z"}]})";
  line.ask({"why"});
  EXPECT_THAT(line.out.str(), Not(HasSubstr("\x1b[2J")));
}

}  // namespace
}  // namespace omegate::app::test
