#include "bridge/core/xmpp/mechanism.hpp"

#include <algorithm>

namespace omegate::xmpp {
namespace {

struct Mechanism {
  std::string_view name, bound_name;
  crypto::Hash hash;
};

// Strongest first. DIGEST-MD5 and CRAM-MD5 are not here and never will be.
constexpr Mechanism mechanisms[] = {
    {"SCRAM-SHA-512", "SCRAM-SHA-512-PLUS", crypto::Hash::sha512},
    {"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", crypto::Hash::sha256},
    {"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", crypto::Hash::sha1},
};

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::optional<SaslChoice> strongest(const SaslOffer& offer, Binding binding, std::string_view reason) {
  const bool bound = !binding_name(binding).empty();
  for (const Mechanism& mechanism : mechanisms) {
    const std::string_view name = bound ? mechanism.bound_name : mechanism.name;
    if (contains(offer.mechanisms, name))
      return SaslChoice{std::string(name), mechanism.hash, binding, false, reason};
  }
  return std::nullopt;
}

bool offers_bound(const SaslOffer& offer) {
  return std::any_of(std::begin(mechanisms), std::end(mechanisms),
                     [&](const Mechanism& m) { return contains(offer.mechanisms, m.bound_name); });
}

bool can_bind(const SaslAbility& ability) { return ability.tls_exporter || ability.tls_server_end_point; }

/// The strongest binding that both sides name; `none` if there is no such.
Binding common_binding(const SaslOffer& offer, const SaslAbility& ability) {
  if (ability.tls_exporter && contains(*offer.channel_bindings, "tls-exporter")) return Binding::exporter;
  if (ability.tls_server_end_point && contains(*offer.channel_bindings, "tls-server-end-point")) {
    return Binding::server_end_point;
  }
  return Binding::none;
}

Result<SaslChoice> or_refuse(std::optional<SaslChoice> choice, Error error) {
  if (!choice) return error;
  return *std::move(choice);
}

/// -PLUS is offered, but no type that both know.
Result<SaslChoice> without_common_binding(const SaslOffer& offer) {
  auto choice = strongest(offer, Binding::none, "no channel binding in common");
  if (!choice) return Error::no_usable_mechanism;
  choice->needs_proof_of_offers = true;
  return *choice;
}

/// -PLUS is offered by a server that does not name its types (it knows no XEP-0440). What worked last time
/// will work again, the login without a binding, too: a server that refuses all we have counts them as failures.
Result<SaslChoice> guess_binding(const SaslOffer& offer, const SaslAbility& ability,
                                 const std::optional<Binding>& last) {
  if (last && binding_name(*last).empty())
    return or_refuse(strongest(offer, Binding::none, "no login was bound so far"), Error::no_usable_mechanism);
  const bool use_last = last == Binding::exporter && ability.tls_exporter;
  if (ability.tls_server_end_point && !use_last) {
    return or_refuse(strongest(offer, Binding::server_end_point, "server does not name its channel bindings"),
                     Error::no_usable_mechanism);
  }
  return or_refuse(strongest(offer, Binding::exporter, "server does not name its channel bindings"),
                   Error::no_usable_mechanism);
}

/// The table of XEP-0440.
Result<SaslChoice> choose_scram(const SaslOffer& offer, const SaslAbility& ability,
                                const std::optional<Binding>& last) {
  if (!can_bind(ability)) {
    return or_refuse(strongest(offer, Binding::none, "this connection has no channel binding"),
                     Error::no_usable_mechanism);
  }
  const bool plus = offers_bound(offer), types = offer.channel_bindings && !offer.channel_bindings->empty();
  if (!plus && !types) {
    return or_refuse(strongest(offer, Binding::not_offered, "server offers no channel binding"),
                     Error::no_usable_mechanism);
  }
  if (!plus) return Error::downgrade_suspected;  // types without -PLUS: somebody cut it out
  if (!offer.channel_bindings) return guess_binding(offer, ability, last);
  const Binding common = common_binding(offer, ability);
  if (common == Binding::none) return without_common_binding(offer);
  return or_refuse(strongest(offer, common, "channel binding in common"), Error::no_usable_mechanism);
}

/// Higher is stronger. A binding counts more than any hash.
int strength(std::string_view mechanism) {
  int rank = static_cast<int>(std::size(mechanisms));
  for (const Mechanism& m : mechanisms) {
    if (mechanism == m.bound_name) return rank + 100;
    if (mechanism == m.name) return rank;
    --rank;
  }
  return 0;
}

bool is_weaker(const SaslChoice& choice, const SaslPin& pin) {
  if (strength(choice.binding) < strength(pin.binding)) return true;
  return strength(choice.mechanism) < strength(pin.mechanism);
}

}  // namespace

std::string_view binding_name(Binding binding) {
  switch (binding) {
    case Binding::exporter:
      return "tls-exporter";
    case Binding::server_end_point:
      return "tls-server-end-point";
    case Binding::none:
    case Binding::not_offered:
      break;
  }
  return {};
}

Binding binding_named(std::string_view name) {
  for (const Binding binding : {Binding::exporter, Binding::server_end_point}) {
    if (binding_name(binding) == name) return binding;
  }
  return Binding::none;
}

int strength(Binding binding) {
  if (binding == Binding::exporter) return 2;
  return binding == Binding::server_end_point ? 1 : 0;
}

Result<SaslChoice> choose_mechanism(const SaslOffer& offer, const SaslAbility& ability,
                                    const std::optional<SaslPin>& pin) {
  auto choice = choose_scram(offer, ability, pin ? std::optional(pin->binding) : std::nullopt);
  if (!choice && choice.error() == Error::no_usable_mechanism && ability.allow_plain &&
      contains(offer.mechanisms, "PLAIN")) {
    choice = SaslChoice{"PLAIN", std::nullopt, Binding::none, false,
                        "PLAIN is allowed and nothing better offered"};
  }
  if (choice && pin && is_weaker(*choice, *pin)) return Error::downgrade_suspected;
  return choice;
}

std::optional<SaslChoice> next_binding(const SaslChoice& refused, const SaslOffer& offer, const SaslAbility& ability,
                                       const std::optional<SaslPin>& pin) {
  if (offer.channel_bindings) return std::nullopt;  // the server named its types: there is nothing to guess
  if (refused.binding == Binding::server_end_point && ability.tls_exporter) {
    return strongest(offer, Binding::exporter, "server refused tls-server-end-point");
  }
  const bool was_bound_before = pin && !binding_name(pin->binding).empty();
  if (was_bound_before || binding_name(refused.binding).empty()) return std::nullopt;
  return strongest(offer, Binding::none, "the server refused every channel binding");
}

}  // namespace omegate::xmpp
