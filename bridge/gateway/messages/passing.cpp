#include "bridge/gateway/messages/passing.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway {
namespace {

namespace ns = xmpp::ns;

std::vector<xml::Element> meaning_of(const Passing& passing) {
  std::vector<xml::Element> elements;
  elements.push_back(passing.state ? xmpp::state_element(*passing.state) : xmpp::displayed_element(passing.displayed));
  if (passing.bridged) elements.push_back(xmpp::bridged_element());
  return elements;
}

std::string in_the_clear(const Passing& passing, bool to_room, Random& random) {
  std::array<Byte, 16> id{};
  random.fill(id);
  xml::Element message("message", ns::client);
  message.set("to", passing.to).set("type", to_room ? "groupchat" : "chat").set("id", crypto::to_hex(id));
  for (xml::Element& element : meaning_of(passing)) message.add(std::move(element));
  message.add(xml::Element(passing.state ? "no-store" : "store", ns::hints));
  return message.to_string("jabber:client");
}

/// A state that nobody keeps is a gap in the ratchet of whoever is away: so many that the next message is still read. The last of
/// them ends what the one before it began.
bool may_be_lost(const omemo::Session& session, xmpp::ChatState state) {
  const std::uint32_t longest = longest_lossy_chain + (state == xmpp::ChatState::composing ? 0 : 1);
  return session.is_confirmed() && session.state().sent < longest;
}

}  // namespace

std::vector<std::string> passing_stanzas(store::Tables& tables, const Sender& sender, const Passing& passing,
                                         const std::optional<std::vector<std::string>>& members, trust::MessageRule rule,
                                         Random& random, WallTime now) {
  std::vector<store::DeviceRef> sealed_for;
  trust::Tally tally;
  bool is_plain = false;
  for (const Recipient& each : recipients(tables, sender, members.value_or(std::vector{passing.to}), now)) {
    tally.add(each.key ? each.decision : trust::Decision::undecided);
    if (!each.key || each.decision != trust::Decision::allow) continue;
    const auto session = session_with(tables, each);
    if (!session) continue;
    if (each.device.version == omemo::Version::legacy)
      is_plain = true;
    else if (!passing.state || may_be_lost(*session, *passing.state))
      sealed_for.push_back(each.device);
  }
  if (trust::judge(rule, tally) != trust::Verdict::send) return {};
  if (is_plain) return {in_the_clear(passing, members.has_value(), random)};
  if (members || sealed_for.empty()) return {};  // a key for each device of each member would cost more than it says
  auto stanza = seal_passing_elements(tables, sender, passing.to, sealed_for, meaning_of(passing), !passing.state, random, now);
  if (!stanza) return {};
  return {std::move(*stanza)};
}

void PassingBox::hand_in(Passing passing) {
  asio::post(strand_, [self = shared_from_this(), passing = std::move(passing)] { self->add(passing); });
}

void PassingBox::add(Passing passing) {
  const auto same = [&](const Passing& each) { return each.to == passing.to && each.state.has_value() == passing.state.has_value(); };
  if (!is_news(passing)) return;
  const auto before = std::ranges::find_if(waiting_, same);
  if (before != waiting_.end() && !passing.state && before->order > passing.order) return;
  std::erase_if(waiting_, same);
  if (waiting_.size() >= max_passing) return;
  waiting_.push_back(std::move(passing));
  signal_.notify();
}

/// Whoever has read a message has read those before it.
bool PassingBox::is_news(const Passing& passing) const {
  if (passing.state) return true;
  const auto last = std::ranges::find(said_, passing.to, &Said::to);
  return last == said_.end() || passing.order > last->order;
}

void PassingBox::note_said(const Passing& passing) {
  if (passing.state) return;
  std::erase_if(said_, [&](const Said& each) { return each.to == passing.to; });
  if (said_.size() >= max_passing_said) said_.pop_front();
  said_.push_back({passing.to, passing.order});
  std::erase_if(waiting_, [&](const Passing& each) { return !is_news(each); });
}

}  // namespace omegate::gateway
