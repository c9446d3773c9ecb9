#include "bridge/core/xmpp/entity_time.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xmpp/iq.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;

xml::Element answer(const std::string& inside, const std::string& type = "result") {
  return xmpp::stanza("<iq type='" + type + "' id='1'>" + inside + "</iq>");
}

// XEP-0202, example 2
TEST(EntityTime, IsReadInUtcWhateverTheZone) {
  const auto time = xmpp::parse_entity_time(
      answer("<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>"));
  ASSERT_TRUE(time);
  EXPECT_EQ(to_ms(*time), 1'166'551'115'000);
}

TEST(EntityTime, AnythingElseIsNoTime) {
  for (const char* inside :
       {"", "<time xmlns='urn:xmpp:time'/>", "<time xmlns='urn:xmpp:time'><utc>soon</utc></time>",
        "<time xmlns='other'><utc>2006-12-19T17:58:35Z</utc></time>"})
    EXPECT_FALSE(xmpp::parse_entity_time(answer(inside))) << inside;
  EXPECT_FALSE(xmpp::parse_entity_time(
      answer("<time xmlns='urn:xmpp:time'><utc>2006-12-19T17:58:35Z</utc></time>", "error")));
}

}  // namespace
