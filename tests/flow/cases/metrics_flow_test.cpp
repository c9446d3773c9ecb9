// What monitoring reads of a running gateway.
#include <gmock/gmock.h>

#include <set>
#include <sstream>

#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using testing::HasSubstr;
using testing::Not;

struct MetricsFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {omemo::Version::omemo2}};
  std::string page() {
    const Answer answer = rig.http("GET", "/metrics", {});
    EXPECT_EQ(answer.status, 200u);
    return answer.body;
  }
};

TEST_F(MetricsFlow, TellWhatHappensToMessages) {
  rig.start();
  rig.hook("the disk is full");
  rig.until_state(MessageState::delivered);
  const std::string seen = page();
  EXPECT_THAT(seen, HasSubstr("omegate_account_state{account=\"bot\",state=\"online\"} 1\n"));
  EXPECT_THAT(seen, HasSubstr("omegate_outbox_messages{state=\"delivered\"} 1\n"));
  EXPECT_THAT(seen, HasSubstr("omegate_outbox_messages{state=\"held\"} 0\n"));
  EXPECT_THAT(seen, HasSubstr("omegate_plugin_state{plugin=\"webhook\",state=\"running\"} 1\n"));
  EXPECT_THAT(seen, HasSubstr("omegate_events_total{event=\"hook.accepted\",cause=\"\"} "));
  EXPECT_THAT(seen, HasSubstr("omegate_prekeys{account=\"bot\"} "));
  const auto number = [&](const std::string& line) { return std::stod(seen.substr(seen.find('\n' + line + ' ') + line.size() + 2)); };
  for (const std::string span : {"message_sent", "message_delivered", "store_commit"}) {
    EXPECT_GE(number("omegate_" + span + "_seconds_count"), 1) << span;
    EXPECT_EQ(number("omegate_" + span + "_seconds_bucket{le=\"+Inf\"}"), number("omegate_" + span + "_seconds_count")) << span;
  }
}

// Addresses would make the number of series a matter of who writes to us, and tell monitoring who that is.
// case 192
TEST_F(MetricsFlow, NameNoContactAndNoText) {
  rig.start();
  rig.hook("a secret of ours");
  rig.until_state(MessageState::delivered);
  EXPECT_THAT(page(), Not(HasSubstr("@")));
  EXPECT_THAT(page(), Not(HasSubstr("secret")));
}

TEST_F(MetricsFlow, SayEachFamilyOnce) {
  rig.start();
  std::istringstream lines(page());
  std::set<std::string> families;
  std::string line, current;
  while (std::getline(lines, line)) {
    if (line.starts_with("# TYPE ")) {
      current = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(current).second) << current;
    } else if (!line.starts_with('#')) {
      EXPECT_THAT(line.substr(0, line.find_first_of("{ ")), testing::StartsWith(current)) << line;
    }
  }
  EXPECT_GT(families.size(), 15u);
}

}  // namespace
}  // namespace omegate::flow
