// The whole of trust against a second, independent telling of product rules: random operations, then every
// decision is compared. The model keeps a list of everything that happened and answers each question by
// reading it from the start; it shares no code with the view.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>

#include "bridge/core/trust/sight.hpp"

namespace omegate::trust {
namespace {

constexpr int contacts = 3, keys_of_contact = 4;  // contact 0 is the account itself
const std::string account = "bot@a.example";
const std::array<std::string, contacts> peers{account, "x@a.example", "y@b.example"};

struct Event {
  enum Kind { shown, wrote, we_wrote, approved, verified, revoked, taken_back, policy } kind;
  int contact = 0, key = 0;
  std::vector<int> listed;       // we_wrote
  int scope = 0;                 // policy: 0 account, 1 domain, 2 contact
  std::optional<Policy> chosen;  // policy
};

class Model {
 public:
  void add(const Event& event) {
    const bool lets_in = policy_of(event.contact) == Policy::tofu && !contact_is_used_up(event.contact);
    history_.push_back(event);
    if (event.kind == Event::wrote && lets_in) let_in_.insert({event.contact, event.key});
    if (event.kind == Event::we_wrote && lets_in)
      for (const int key : event.listed) let_in_.insert({event.contact, key});
  }

  Decision decision(int contact, int key) const {
    std::optional<Event::Kind> said;  // by a person, last
    bool verified_before = false, seen = false, seen_in_time = false;
    for (const Event& event : history_) {
      if (event.contact != contact || event.kind == Event::policy) continue;
      const bool shows = event.key == key || std::count(event.listed.begin(), event.listed.end(), key) > 0;
      const bool is_list = event.kind == Event::we_wrote;
      if (!seen && (is_list ? std::count(event.listed.begin(), event.listed.end(), key) > 0 : shows)) {
        seen = true;
        seen_in_time = !verified_before;
      }
      if (!is_list && event.key == key && event.kind >= Event::approved) said = event.kind;
      if (event.kind == Event::verified) verified_before = true;
    }
    if (said == Event::revoked) return Decision::refuse;
    if (said == Event::approved || said == Event::verified) return Decision::allow;
    if (said == Event::taken_back || contact == 0) return Decision::undecided;
    const Policy policy = policy_of(contact);
    const bool on_sight = policy == Policy::tofu || policy == Policy::blind;
    if (let_in_.count({contact, key})) return on_sight ? Decision::allow : Decision::undecided;
    const bool blind = policy == Policy::blind && (seen ? seen_in_time : !verified_before);
    return blind ? Decision::allow : Decision::undecided;
  }

 private:
  Policy policy_of(int contact) const {
    if (contact == 0) return Policy::manual;
    for (int scope = 2; scope >= 0; --scope) {
      std::optional<Policy> last;
      for (const Event& event : history_) {
        const bool same = scope == 0 || event.contact == contact;  // each contact has a domain of its own
        if (event.kind == Event::policy && event.scope == scope && same) last = event.chosen;
      }
      if (last) return *last;
    }
    return Policy::manual;
  }
  bool contact_is_used_up(int contact) const {
    const auto decided = [&](const Event& e) {
      return e.contact == contact && e.kind >= Event::approved && e.kind != Event::policy;
    };
    const auto let_in = [&](const auto& pair) { return pair.first == contact; };
    return std::any_of(history_.begin(), history_.end(), decided) ||
           std::any_of(let_in_.begin(), let_in_.end(), let_in);
  }

  std::vector<Event> history_;
  std::set<std::pair<int, int>> let_in_;
};

/// The real thing, driven by the same events.
class Subject {
 public:
  void add(const Event& event) {
    const std::string& peer = peers.at(static_cast<std::size_t>(event.contact));
    switch (event.kind) {
      case Event::shown:
        return store(on_key_seen(view_, account, peer, device(event.key)));
      case Event::wrote:
        return store(on_authentic_message(view_, account, peer, device(event.key)));
      case Event::we_wrote: {
        std::vector<DeviceKey> listed;
        for (const int key : event.listed) listed.push_back(device(key));
        return store(on_first_send(view_, account, peer, listed));
      }
      case Event::policy: {
        const std::string domain = peer.substr(peer.find('@') + 1);
        const std::array<std::string, 3> scopes{"", domain, peer};
        return store(
            on_policy(view_, account, scopes.at(static_cast<std::size_t>(event.scope)), event.chosen, "x"));
      }
      default:
        return store({decided(event, peer)});
    }
  }
  Decision decision(int contact, int key) const {
    return view_.decide(account, peers.at(static_cast<std::size_t>(contact)), device(key).key);
  }

 private:
  static DeviceKey device(int key) {
    DeviceKey made{static_cast<std::uint32_t>(key + 1), {}};
    made.key.fill(static_cast<Byte>(key + 1));
    return made;
  }
  static Entry decided(const Event& event, const std::string& peer) {
    Entry entry;
    entry.actor = "person";
    entry.account = account;
    entry.peer = peer;
    entry.key = device(event.key).key;
    entry.fact = event.kind == Event::approved   ? Fact::trusted
                 : event.kind == Event::verified ? Fact::verified
                 : event.kind == Event::revoked  ? Fact::revoked
                                                 : Fact::undecided;
    return entry;
  }
  void store(std::vector<Entry> entries) {
    for (Entry& entry : entries) {
      entry.seq = view_.seq() + 1;
      view_.apply(decode(encode(entry)).value());  // as it comes back from the disk
    }
  }

  View view_;
};

Event random_event(std::mt19937& random) {
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  Event event;
  event.kind = static_cast<Event::Kind>(below(8));
  event.contact = below(contacts);
  event.key = below(keys_of_contact);
  if (event.kind == Event::we_wrote) {
    event.key = -1;
    for (int key = 0; key < keys_of_contact; ++key)
      if (below(2)) event.listed.push_back(key);
  }
  if (event.kind == Event::policy) {
    event.contact = 1 + below(contacts - 1);
    event.key = -1;
    event.scope = below(3);
    if (below(5)) event.chosen = static_cast<Policy>(below(4));
  }
  return event;
}

int runs() {
  const char* const asked = std::getenv("OMEGATE_TRUST_RUNS");
  return asked ? std::atoi(asked) : 5000;
}

// case 130
TEST(TrustModel, AgreesWithTheViewAfterEveryRandomOperation) {
  const char* const asked = std::getenv("OMEGATE_TRUST_SEED");
  const unsigned first_seed = asked ? static_cast<unsigned>(std::atoi(asked)) : std::random_device()();
  for (int run = 0; run < runs(); ++run) {
    const unsigned seed = first_seed + static_cast<unsigned>(run);
    std::mt19937 random(seed);
    Model model;
    Subject subject;
    for (int step = 0; step < 20; ++step) {
      const Event event = random_event(random);
      model.add(event);
      subject.add(event);
      for (int contact = 0; contact < contacts; ++contact)
        for (int key = 0; key < keys_of_contact; ++key)
          ASSERT_EQ(subject.decision(contact, key), model.decision(contact, key))
              << "OMEGATE_TRUST_SEED=" << seed << " step " << step << " contact " << contact << " key "
              << key;
    }
  }
}

}  // namespace
}  // namespace omegate::trust
