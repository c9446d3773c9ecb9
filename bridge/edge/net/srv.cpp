#include "bridge/edge/net/srv.hpp"

#include <algorithm>
#include <iterator>

#include "bridge/edge/net/limits.hpp"

namespace omegate::net {
namespace {

constexpr std::uint16_t default_port = 5222;

struct Offer {
  SrvRecord record;
  bool direct_tls;
};

bool says_not_offered(const SrvAnswer& answer) {
  return answer.records.size() == 1 && answer.records.front().target.empty();
}

void collect(const SrvAnswer& answer, bool direct_tls, std::vector<Offer>& offers) {
  if (answer.outcome != SrvAnswer::Outcome::found) return;
  for (const SrvRecord& record : answer.records) {
    if (!record.target.empty() && record.port != 0) offers.push_back({record, direct_tls});
  }
}

/// Uniform in [0, most]; the bias of the remainder is below 2^-40 for sums of 16-bit weights.
std::uint64_t draw(Random& random, std::uint64_t most) {
  std::uint64_t value = 0;
  random.fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value % (most + 1);
}

using Place = std::vector<Offer>::iterator;

/// RFC 2782: the first whose running sum of weights reaches the number drawn. Weight 0 stands in front, so
/// that it has a small chance and not none.
Place choose(Place begin, Place end, Random& random) {
  std::uint64_t sum = 0;
  for (Place at = begin; at != end; ++at) sum += at->record.weight;
  const std::uint64_t drawn = draw(random, sum);
  std::uint64_t running = 0;
  for (Place at = begin; at != end; ++at) {
    running += at->record.weight;
    if (running >= drawn) return at;
  }
  return std::prev(end);
}

void order(std::vector<Offer>& offers, Random& random) {
  std::stable_sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
    if (a.record.priority != b.record.priority) return a.record.priority < b.record.priority;
    return a.record.weight == 0 && b.record.weight != 0;
  });
  for (Place at = offers.begin(); at != offers.end(); ++at) {
    const Place group_end = std::find_if(
        at, offers.end(), [&](const Offer& other) { return other.record.priority != at->record.priority; });
    const Place chosen = choose(at, group_end, random);
    std::rotate(at, chosen, std::next(chosen));  // keeps the rest, weight 0 first
  }
}

bool allows_fallback(const SrvAnswer& starttls) {
  return starttls.outcome == SrvAnswer::Outcome::absent || starttls.outcome == SrvAnswer::Outcome::silent;
}

}  // namespace

Candidates order_targets(const std::string& domain, const SrvAnswer& direct_tls, const SrvAnswer& starttls,
                         Random& random) {
  std::vector<Offer> offers;
  collect(direct_tls, true, offers);
  collect(starttls, false, offers);
  order(offers, random);
  if (offers.size() > max_targets) offers.resize(max_targets);

  Candidates candidates;
  for (const Offer& offer : offers) {
    candidates.targets.push_back({offer.record.target, offer.record.port, offer.direct_tls});
  }
  if (!candidates.targets.empty()) return candidates;
  if (allows_fallback(starttls)) candidates.targets.push_back({domain, default_port, false});
  const bool direct_is_known =
      direct_tls.outcome == SrvAnswer::Outcome::absent || says_not_offered(direct_tls);
  candidates.not_offered = says_not_offered(starttls) && direct_is_known;
  return candidates;
}

}  // namespace omegate::net
