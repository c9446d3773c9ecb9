// Trust as an operator sees it and decides about it.
#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"
#include "bridge/gateway/trust/trust_decisions.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::string plain(const crypto::PublicKey& key) { return omemo::fingerprint(key, omemo::FingerprintStyle::plain); }

bool is_active(store::Tables& tables, store::AccountId account, const std::string& peer, std::uint32_t device) {
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    const auto known = tables.devices.find({account, peer, version, omemo::DeviceId(device)});
    if (known && known->active) return true;
  }
  return false;
}

json::object key_row(store::Tables& tables, const Account& account, const std::string& peer,
                     const trust::KnownKey& key) {
  const std::string& own = account.self().jid;
  json::array devices;
  for (const std::uint32_t device : key.devices) {
    devices.push_back(
        json::object{{"id", device}, {"active", is_active(tables, account.self().account, peer, device)}});
  }
  json::object row{{"account", account.settings().name},
                   {"jid", peer},
                   {"fingerprint", plain(key.key)},
                   {"devices", std::move(devices)},
                   {"own", peer == own},
                   {"level", trust::name(key.level)},
                   {"decision", trust::name(tables.ledger.view().decide(own, peer, key.key))},
                   {"first_seen_ms", to_ms(key.first_seen)}};
  if (key.aside) row["aside"] = true;
  if (!key.changed_by.empty()) {
    row["by"] = key.changed_by;
    row["why"] = key.reason;
    row["decided_ms"] = to_ms(key.changed);
  }
  return row;
}

json::array key_rows(store::Tables& tables, const Account& account, const std::string& peer) {
  json::array rows;
  for (const auto& key : tables.ledger.view().keys(account.self().jid, peer)) {
    rows.push_back(key_row(tables, account, peer, key));
  }
  return rows;
}

}  // namespace

json::array OperatorService::key_rows_of(store::Tables& tables, const Account& account, const std::string& peer,
                                         const std::vector<crypto::PublicKey>& keys) {
  json::array rows;
  for (const auto& key : keys) {
    rows.push_back(key_row(tables, account, peer, *tables.ledger.view().find(account.self().jid, peer, key)));
  }
  return rows;
}

asio::awaitable<json::value> OperatorService::trust_list(Call call) {
  const OperatorArgs args = call.read();
  const auto jid = args.jid("jid");
  const auto level = args.text("level");
  if (level && !trust::level_named(*level)) {
    throw OperatorError("bad_argument", "unknown level '" + *level + "'",
                        "undecided, tofu, trusted, verified or revoked");
  }
  const auto accounts = accounts_named(args);
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::array keys;
    for (const Account* account : accounts) {
      for (const std::string& peer : tables.ledger.view().peers(account->self().jid)) {
        if (jid && jid->to_string() != peer) continue;
        for (json::value& row : key_rows(tables, *account, peer)) {
          if (!level || row.at("level").as_string() == *level) keys.push_back(std::move(row));
        }
      }
    }
    return json::object{{"keys", std::move(keys)}};
  });
}

asio::awaitable<json::value> OperatorService::trust_show(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const xmpp::Jid jid = args.needed_jid("jid");
  const bool heard = co_await asio::co_spawn(
      account.executor(),
      [](const Account& self, xmpp::Jid peer) -> asio::awaitable<bool> {
        co_return is_heard(self.settings(), self.roster(), peer);
      }(account, jid),
      asio::use_awaitable);
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const std::string& own = account.self().jid;
    const std::string peer = jid.to_string();
    const trust::View& view = tables.ledger.view();
    const auto* contact = view.find(own, peer);
    const auto* domain = view.find(own, jid.domain());
    const std::string_view from = contact && contact->policy ? "contact" : domain && domain->policy ? "domain" : "account";
    const auto held = tables.outbox.list({account.self().account, store::MessageState::held, peer, {}, 1000});
    return json::object{{"account", account.settings().name},
                        {"jid", peer},
                        {"policy", trust::name(view.policy(own, peer))},
                        {"message_rule",
                         trust::name(message_rule(tables, account.settings(), account.self().account, peer))},
                        {"from", from},
                        {"heard", heard},
                        {"held", held.size()},
                        {"keys", key_rows(tables, account, peer)}};
  });
}

asio::awaitable<json::value> OperatorService::trust_approve(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const std::string peer = args.needed_jid("jid").to_string();
  const std::string which = args.needed("which");
  const std::string level = args.text("level").value_or("trusted");
  if (level != "trusted" && level != "verified") {
    throw OperatorError("bad_argument", "the level must be trusted or verified, not '" + level + "'");
  }
  const auto fact = level == "verified" ? trust::Fact::verified : trust::Fact::trusted;
  const KeyDecision decision{peer, which, fact, call.actor, args.text("why").value_or("")};
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const Decided decided = decide_keys(tables, account.self(), decision, all_.context.now());
    return json::object{{"account", account.settings().name},
                        {"jid", peer},
                        {"keys", key_rows_of(tables, account, peer, decided.keys)},
                        {"released", decided.released}};
  });
  log_info("trust.approved", {{"account", account.self().jid}, {"peer", peer}, {"which", which}, {"by", call.actor}});
  account.kick();
  const auto actors = all_.actors.get();
  for (const RunningPlugin& plugin : actors->plugins) plugin.inbox->kick();
  if (actors->api) actors->api->kick();
  co_return answer;
}

asio::awaitable<json::value> OperatorService::trust_revoke(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const std::string peer = args.needed_jid("jid").to_string();
  const std::string which = args.needed("which");
  const KeyDecision decision{peer, which, trust::Fact::revoked, call.actor, args.text("why").value_or("")};
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const Decided decided = decide_keys(tables, account.self(), decision, all_.context.now());
    return json::object{{"account", account.settings().name},
                        {"jid", peer},
                        {"keys", key_rows_of(tables, account, peer, decided.keys)}};
  });
  log_info("trust.revoked", {{"account", account.self().jid}, {"peer", peer}, {"which", which}, {"by", call.actor}});
  account.kick();
  co_return answer;
}

asio::awaitable<json::value> OperatorService::trust_policy(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const auto jid = args.jid("jid");
  const std::string peer = jid ? jid->to_string() : std::string();
  const auto wanted_policy = args.text("policy"), wanted_rule = args.text("message_rule");
  const auto policy = wanted_policy ? trust::policy_named(*wanted_policy) : std::nullopt;
  const auto rule = wanted_rule ? trust::message_rule_named(*wanted_rule) : std::nullopt;
  if (wanted_policy && !policy) throw OperatorError("bad_argument", "unknown policy '" + *wanted_policy + "'",
                                                    "tofu, blind, configured or manual");
  if (wanted_rule && !rule) throw OperatorError("bad_argument", "unknown message rule '" + *wanted_rule + "'",
                                                "partial, hold or refuse");
  if (rule && peer.empty()) throw OperatorError("bad_argument", "a message rule is set for one contact",
                                                "the account's own stands in the configuration");
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const WallTime now = all_.context.now();
    const store::AccountId id = account.self().account;
    if (policy) {
      tables.ledger.append(trust::on_policy(tables.ledger.view(), account.self().jid, peer, policy, call.actor), now);
    }
    if (rule) set_message_rule(tables, id, peer, *rule);
    if (policy || rule) {
      peer.empty() ? tables.outbox.release_all_held(id, now) : tables.outbox.release_held(id, peer, now);
    }
    const auto* contact = tables.ledger.view().find(account.self().jid, peer);
    json::object result{{"account", account.settings().name},
                        {"policy", trust::name(tables.ledger.view().policy(account.self().jid, peer))},
                        {"message_rule", trust::name(message_rule(tables, account.settings(), id, peer))},
                        {"from", !peer.empty() && contact && contact->policy ? "contact" : "account"},
                        {"changed", policy.has_value() || rule.has_value()}};
    if (!peer.empty()) result["jid"] = peer;
    return result;
  });
  account.kick();
  co_return answer;
}

}  // namespace omegate::gateway
