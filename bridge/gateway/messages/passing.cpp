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

/// A state that nobody keeps is a gap in the ratchet of whoever is away: so many that the next message is still read.
bool may_be_lost(const omemo::Session& session) {
  return session.is_confirmed() && session.state().sent < longest_lossy_chain;
}

}  // namespace

std::vector<std::string> passing_stanzas(store::Tables& tables, const Sender& sender, const Passing& passing,
                                         const std::optional<std::vector<std::string>>& members, Random& random, WallTime now) {
  std::vector<store::DeviceRef> sealed_for;
  bool is_plain = false;
  for (const Recipient& each : recipients(tables, sender, members.value_or(std::vector{passing.to}), now)) {
    if (each.decision != trust::Decision::allow || !each.session) continue;
    if (each.device.version == omemo::Version::legacy)
      is_plain = true;
    else if (!passing.state || may_be_lost(*each.session))
      sealed_for.push_back(each.device);
  }
  if (is_plain) return {in_the_clear(passing, members.has_value(), random)};
  std::vector<std::string> stanzas;
  if (members) return stanzas;  // one for each device of each member would cost more than it says
  for (const store::DeviceRef& device : sealed_for) {
    auto stanza = seal_passing_elements(tables, sender, device, meaning_of(passing), !passing.state, random, now);
    if (stanza) stanzas.push_back(std::move(*stanza));
  }
  return stanzas;
}

void PassingBox::hand_in(Passing passing) {
  asio::post(strand_, [self = shared_from_this(), passing = std::move(passing)] { self->add(passing); });
}

void PassingBox::add(Passing passing) {
  const auto same = [&](const Passing& each) { return each.to == passing.to && each.state.has_value() == passing.state.has_value(); };
  std::erase_if(waiting_, same);
  if (waiting_.size() >= max_passing) return;
  waiting_.push_back(std::move(passing));
  signal_.notify();
}

}  // namespace omegate::gateway
