#include "bridge/edge/net/srv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "bridge/edge/net/limits.hpp"

namespace {

using namespace omegate;
using namespace omegate::net;
using Outcome = SrvAnswer::Outcome;

/// Counts up: every draw differs, every run is the same.
class Counting : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out)
      byte = static_cast<std::uint8_t>((state_ = state_ * 1664525u + 1013904223u) >> 24);
  }

 private:
  std::uint32_t state_ = 1;
};

SrvAnswer found(std::vector<SrvRecord> records) { return {Outcome::found, std::move(records)}; }
SrvAnswer not_offered() { return found({{0, 0, 0, ""}}); }
const SrvAnswer absent{Outcome::absent, {}};
const SrvAnswer failed{Outcome::failed, {}};
const SrvAnswer silent{Outcome::silent, {}};

Candidates order(const SrvAnswer& direct_tls, const SrvAnswer& starttls) {
  Counting random;
  return order_targets("example.org", direct_tls, starttls, random);
}

std::vector<std::string> hosts(const Candidates& candidates) {
  std::vector<std::string> names;
  for (const Target& target : candidates.targets) names.push_back(target.host);
  return names;
}

using Hosts = std::vector<std::string>;
const Target fallback{"example.org", 5222, false};

TEST(Targets, MergesBothServicesByPriority) {
  const auto candidates = order(found({{10, 1, 5223, "tls-late"}, {1, 1, 443, "tls-early"}}),
                                found({{5, 1, 5222, "plain-middle"}, {20, 1, 5222, "plain-last"}}));
  EXPECT_EQ(hosts(candidates), (Hosts{"tls-early", "plain-middle", "tls-late", "plain-last"}));
  EXPECT_EQ(candidates.targets[0], (Target{"tls-early", 443, true}));
  EXPECT_EQ(candidates.targets[1], (Target{"plain-middle", 5222, false}));
}

TEST(Targets, SharesOnePriorityByWeight) {
  Counting random;
  const auto records = found({{1, 80, 1, "heavy"}, {1, 20, 2, "light"}, {1, 0, 3, "spare"}});
  std::map<std::string, int> first;
  for (int i = 0; i < 2000; ++i) ++first[order_targets("d", absent, records, random).targets[0].host];
  EXPECT_NEAR(first["heavy"], 1600, 120);
  EXPECT_NEAR(first["light"], 400, 120);
  EXPECT_GT(first["spare"], 0);  // a small chance, not none
}

TEST(Targets, KeepsEveryTargetOfAPriority) {
  auto names = hosts(order(absent, found({{1, 5, 1, "a"}, {1, 0, 1, "b"}, {1, 9, 1, "c"}})));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (Hosts{"a", "b", "c"}));
}

// case 2
TEST(Targets, FallBackToTheDomainOnlyIfTheDnsSaysThereIsNoRecord) {
  EXPECT_EQ(order(absent, absent).targets, std::vector{fallback});
  EXPECT_EQ(order(not_offered(), absent).targets, std::vector{fallback});
  EXPECT_TRUE(order(absent, failed).targets.empty());
  EXPECT_TRUE(order(failed, failed).targets.empty());
  EXPECT_FALSE(order(failed, failed).not_offered);  // a broken resolver says nothing about the domain
}

TEST(Targets, FallBackToTheDomainWhereTheNetworkDropsSrvQueries) {
  EXPECT_EQ(order(silent, silent).targets, std::vector{fallback});
}

// case 2
TEST(Targets, RespectADomainThatOffersNothing) {
  for (const auto& direct : {absent, not_offered()}) {
    const auto candidates = order(direct, not_offered());
    EXPECT_TRUE(candidates.targets.empty());
    EXPECT_TRUE(candidates.not_offered);
  }
}

TEST(Targets, UseTheOneServiceThatIsOffered) {
  EXPECT_EQ(hosts(order(found({{1, 1, 5223, "tls"}}), not_offered())), Hosts{"tls"});
  EXPECT_EQ(hosts(order(not_offered(), found({{1, 1, 5222, "plain"}}))), Hosts{"plain"});
  EXPECT_EQ(hosts(order(failed, found({{1, 1, 5222, "plain"}}))), Hosts{"plain"});
  EXPECT_FALSE(order(failed, not_offered()).not_offered);
}

// case 2
TEST(Targets, StopAtSixteenOfTwoHundred) {
  std::vector<SrvRecord> many;
  for (std::uint16_t i = 0; i < 200; ++i) many.push_back({i, 1, 5222, "host" + std::to_string(i)});
  const auto candidates = order(absent, found(many));
  ASSERT_EQ(candidates.targets.size(), max_targets);
  EXPECT_EQ(candidates.targets.front().host, "host0");
}

}  // namespace
