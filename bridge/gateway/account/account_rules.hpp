// What an account's settings mean for contacts: who is heard, which policy and message rule count.
//
// Not here: the decision about a key (core/trust).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bridge/core/trust/policy.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/roster.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

using RosterByJid = std::map<std::string, xmpp::RosterItem, std::less<>>;

/// Whether the bot listens to this bare JID: admins, the allow-list, or without one the roster. A stranger's
/// messages are not even decrypted: they cost neither prekeys nor rows.
bool is_heard(const config::AccountSettings& settings, const RosterByJid& roster, const xmpp::Jid& bare);

/// Whether this bare JID may see our presence without a person's decision: those the settings name.
bool may_subscribe(const config::AccountSettings& settings, const xmpp::Jid& bare);

/// The operator's word for the contact, else the settings for it, its domain, the account.
trust::MessageRule message_rule(store::Tables& tables, const config::AccountSettings& settings,
                                store::AccountId account, std::string_view peer);
void set_message_rule(store::Tables& tables, store::AccountId account, std::string_view peer,
                      trust::MessageRule rule);

void forget_message_rule(store::Tables& tables, store::AccountId account, std::string_view peer);

/// Brings policies and fingerprints of the settings into the ledger, and wipes contents that they do not want kept (any
/// more). Only what changed in the settings since the
/// last start: an operator's later word stays.
void record_settings(store::Tables& tables, const config::AccountSettings& settings, store::AccountId account,
                     WallTime now);

}  // namespace omegate::gateway
