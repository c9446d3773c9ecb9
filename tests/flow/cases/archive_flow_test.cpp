// A server that keeps an archive, and what it may do wrong: what waits there is read, and nothing is read for ever.
#include "bridge/core/xmpp/archive.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/gateway/account/catch_up.hpp"
#include "tests/flow/world/contact.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

namespace ns = xmpp::ns;
using omemo::Version;
using testing::ElementsAre;
using xml::Element;

class ArchiveFlow : public testing::TestWithParam<Version> {
 protected:
  ArchiveFlow() {
    alice.sends_receipts = false;  // a live message would move the position, by an id of its own
    rig.xmpp.interfere = [this](const Element& iq) { return answer(iq); };
    rig.start();
    rig.until("the empty archive is read", [&] { return queries.size() == 2; });
    EXPECT_THAT(queries, ElementsAre("newest", ""));
    EXPECT_THAT(rig.xmpp.published(), testing::Not(testing::IsEmpty()));
    rig.stop();
    queries.clear();
  }

  /// Puts a result into the archive: alice's words as the bot's server would hand them out, or something broken.
  void keep(std::optional<std::string> words) {
    Element forwarded("forwarded", ns::forward);
    if (words) {
      Element message = alice.encrypt(*words);
      message.set("from", alice_jid + "/phone").set("to", bot_jid);
      forwarded.add(Element("delay", ns::delay).set("stamp", "2026-03-01T11:00:00Z"));
      forwarded.add(std::move(message));
    }
    archive.push_back(std::move(forwarded));
  }

  /// A message without any content.
  void keep_silence() {
    Element message("message", ns::client);
    message.set("from", alice_jid + "/phone").set("to", bot_jid);
    Element forwarded("forwarded", ns::forward);
    forwarded.add(Element("delay", ns::delay).set("stamp", "2026-03-01T11:00:00Z"));
    archive.push_back(std::move(forwarded).with(std::move(message)));
  }

  std::optional<Element> answer(const Element& iq) {
    const Element* what = xmpp::payload(iq);
    if (what && what->is("query", ns::disco_info)) {
      Element query("query", ns::disco_info);
      query.add(Element("feature", ns::disco_info).set("var", ns::archive));
      return xmpp::iq_result(iq, std::move(query));
    }
    if (!what || !what->is("query", ns::archive)) return std::nullopt;
    const Element* set = what->child("set", ns::result_set);
    const bool newest = set->child("before", ns::result_set) != nullptr;
    if (newest && queries.empty()) {  // the first one says where reading begins: before anybody can write to us
      EXPECT_THAT(rig.xmpp.published(), testing::Each(testing::Not(testing::HasSubstr("bundles"))));
    }
    if (newest && refuses_newest) return error_answer(iq, "wait", "resource-constraint");
    queries.push_back(newest ? "newest" : set->child_text("after", ns::result_set));
    return page(iq, *what);
  }

  Element page(const Element& iq, const Element& query) {
    const std::size_t first = queries.back().empty() || queries.back() == "newest" ? 0 : std::stoul(queries.back());
    const std::size_t last = std::min(archive.size(), first + page_size);
    for (std::size_t i = first; i < last; ++i) {
      Element result("result", ns::archive);
      result.set("queryid", std::string(*query.attr("queryid"))).set("id", std::to_string(i + 1));
      Element message("message", ns::client);
      message.set("from", bot_jid).set("to", bot_jid + "/x");
      rig.xmpp.send(std::move(message).with(std::move(result).with(archive[i])));
    }
    Element fin("fin", ns::archive);
    if (last == archive.size() && ends) fin.set("complete", "true");
    Element set("set", ns::result_set);
    const std::size_t named = repeats ? std::min<std::size_t>(1, last) : last;
    if (first < last || (repeats && last > 0)) set.add(xml::text_element("last", ns::result_set, std::to_string(named)));
    return xmpp::iq_result(iq, std::move(fin).with(std::move(set)));
  }

  void alice_is_answered(const std::string& text) {
    rig.until("alice is answered", [&] { return alice.times_heard(text) == 1; });
  }

  std::string position() {
    return rig.store().run([&](store::Tables& tables) {
      const auto stored = gateway::archive_position(tables, tables.accounts.id_of(bot_jid));
      return stored ? stored->id : std::string("none");
    });
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
  std::vector<Element> archive;
  std::vector<std::string> queries;  // where each began
  std::size_t page_size = 2;
  bool ends = true;       // says when it is complete
  bool refuses_newest = false;
  bool repeats = false;   // names the first message as the last of each page
};
INSTANTIATE_TEST_SUITE_P(Versions, ArchiveFlow, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

TEST_P(ArchiveFlow, IsReadPageByPageAndOnce) {
  for (const char* word : {"one", "two", "three"}) keep(std::string("echo ") + word);
  rig.start();
  alice_is_answered("three");
  EXPECT_THAT(alice.heard(), ElementsAre("one", "two", "three"));
  EXPECT_THAT(queries, ElementsAre("", "2"));
  rig.restart();
  rig.until("it asks where it stopped", [&] { return queries.size() == 3; });
  EXPECT_EQ(queries.back(), "3");
  EXPECT_THAT(alice.heard(), ElementsAre("one", "two", "three"));
}

/// What breaks our limits, or says not what it must, is gone; what is behind it is not.
TEST_P(ArchiveFlow, ABrokenMessageAtTheEndOfAPageHoldsUpNothing) {
  keep("echo one");
  keep(std::nullopt);
  keep("echo two");
  keep(std::nullopt);
  rig.start();
  alice_is_answered("two");
  rig.until("the end is asked for", [&] { return queries.size() == 2; });
  EXPECT_THAT(queries, ElementsAre("", "2"));
  rig.restart();
  rig.until("it asks behind the last", [&] { return queries.size() == 3; });
  EXPECT_EQ(queries.back(), "4");
}

/// What is above the bound is not lost: the next page begins there.
// case 29
TEST_P(ArchiveFlow, APageWithMoreThanWasAskedForIsReadInParts) {
  page_size = 10'000;
  for (int i = 0; i < 600; ++i) keep_silence();
  keep("echo one");
  rig.start();
  alice_is_answered("one");
  EXPECT_THAT(queries, ElementsAre("", "250", "500"));
}

// case 29
TEST_P(ArchiveFlow, AServerThatNeverSaysThatItIsCompleteIsAskedUntilAPageIsEmpty) {
  ends = false;
  keep("echo one");
  rig.start();
  alice_is_answered("one");
  rig.until("an empty page ends it", [&] { return queries.size() == 2; });
  rig.let_pass(50ms);
  EXPECT_THAT(queries, ElementsAre("", "1"));
}

/// A bot that only sends: its own messages are in the archive, and are not read again by the next session.
TEST_P(ArchiveFlow, WhatWeSendMovesThePosition) {
  rig.pace.archive_follow = 20ms;
  rig.pace.archive_doubt = 20ms;
  rig.start();
  rig.until("the archive is read", [&] { return queries.size() == 1; });
  keep_silence();  // the copy of what is sent, and one more
  keep_silence();
  rig.hook("disk full");
  rig.until_state(MessageState::sent);
  rig.until("the newest is asked for", [&] { return queries.back() == "newest"; });
  rig.until("the position moves", [&] { return position() == "2"; });
  const std::size_t asked = queries.size();
  rig.let_pass(100ms);
  EXPECT_EQ(queries.size(), asked) << "nothing more was sent";
  rig.xmpp.resumes = false;
  rig.restart();
  rig.until("the next session asks", [&] { return queries.size() == asked + 1; });
  EXPECT_EQ(queries.back(), "2");
}

/// What the archive says may be ahead of what we have: a message that comes meanwhile has the last word.
TEST_P(ArchiveFlow, ThePositionFollowsOurMessagesOnlyWhereNothingComesIn) {
  rig.pace.archive_follow = 20ms;
  rig.pace.archive_doubt = 300ms;
  rig.start();
  rig.until("the archive is read", [&] { return queries.size() == 1; });
  keep_silence();
  rig.hook("disk full");
  rig.until("the newest is asked for", [&] { return queries.back() == "newest"; });
  refuses_newest = true;  // only this answer
  alice.say("echo one");
  alice_is_answered("one");
  const std::string after = position();
  EXPECT_THAT(after, testing::StartsWith("archive-"));
  rig.let_pass(400ms);
  EXPECT_EQ(position(), after);
}

// case 29
TEST_P(ArchiveFlow, AServerThatDoesNotGetOnIsLeftAlone) {
  ends = false;
  repeats = true;
  keep("echo one");
  rig.start();
  alice_is_answered("one");
  rig.let_pass(50ms);
  EXPECT_THAT(queries, ElementsAre("", "1")) << "the second page ends where it began";
}

}  // namespace
}  // namespace omegate::flow
