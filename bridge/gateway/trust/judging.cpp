#include "bridge/gateway/trust/judging.hpp"

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {

std::string event_id(store::InboxId row) { return "in-" + std::to_string(row.value()); }

std::string judged_now(store::Tables& tables, const JidOfAccount& jid_of, plugin::EventKind kind, std::string payload) {
  if (!plugin::is_said(kind)) return payload;
  const auto message = plugin::parse_message(payload);
  const auto key = message ? omemo::parse_fingerprint(message->fingerprint) : omemo::Error::bad_fingerprint;
  const auto account = message ? jid_of(message->account) : std::nullopt;
  if (!key || !account) return payload;
  const auto level = to_plugin(effective_level(tables.ledger.view(), *account, message->from, *key));
  return plugin::with_trust(payload, level).value();
}

}  // namespace omegate::gateway
