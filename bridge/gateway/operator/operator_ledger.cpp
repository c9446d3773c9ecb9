// The trust ledger as an operator reads it, argues with it, carries it elsewhere and lets it forget.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/trust/explain.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::string plain(const crypto::PublicKey& key) {
  return omemo::fingerprint(key, omemo::FingerprintStyle::plain);
}

json::object fact_row(const trust::Entry& entry) {
  json::object row{{"row", entry.seq},   {"at_ms", to_ms(entry.time)},      {"account", entry.account},
                   {"jid", entry.peer},  {"fact", trust::name(entry.fact)}, {"by", entry.actor},
                   {"why", entry.reason}};
  if (entry.key != crypto::PublicKey{}) row["fingerprint"] = plain(entry.key);
  if (entry.device != 0) row["device"] = entry.device;
  if (!entry.value.empty()) row["value"] = entry.value;
  return row;
}

std::optional<WallTime> time_arg(const OperatorArgs& args, std::string_view name) {
  const auto ms = args.number(name);
  return ms ? std::optional(from_ms(*ms)) : std::nullopt;
}

std::optional<crypto::PublicKey> key_arg(const OperatorArgs& args) {
  const auto text = args.text("key");
  if (!text) return std::nullopt;
  const auto key = omemo::parse_fingerprint(*text);
  if (!key) throw OperatorError("bad_argument", "'" + *text + "' is no fingerprint", "64 hex digits");
  return *key;
}

std::optional<trust::Fact> fact_arg(const OperatorArgs& args) {
  const auto text = args.text("fact");
  if (!text) return std::nullopt;
  const auto fact =
      *text == trust::name(trust::Fact::forgotten) ? trust::Fact::forgotten : trust::fact_named(*text);
  if (!fact)
    throw OperatorError("bad_argument", "there is no fact '" + *text + "'", "see `omegate help trust log`");
  return fact;
}

/// The one key of the account's contacts that `which` names.
std::pair<std::string, crypto::PublicKey> find_key(const trust::View& view, const std::string& account,
                                                   const std::optional<xmpp::Jid>& owner,
                                                   const std::string& which) {
  const auto named = omemo::parse_fingerprint(which);
  std::vector<std::pair<std::string, crypto::PublicKey>> found;
  for (const std::string& peer : view.peers(account)) {
    if (owner && owner->to_string() != peer) continue;
    for (const auto& known : view.keys(account, peer)) {
      const auto has = [&](std::uint32_t device) { return std::to_string(device) == which; };
      if (named ? known.key == *named : std::any_of(known.devices.begin(), known.devices.end(), has))
        found.emplace_back(peer, known.key);
    }
  }
  if (found.empty())
    throw OperatorError("not_found", "the ledger knows no key '" + which + "'", "see `omegate trust list`");
  if (found.size() > 1)
    throw OperatorError("ambiguous", "several keys are meant by '" + which + "'",
                        "give the fingerprint, and its owner with --jid");
  return found.front();
}

json::object step_row(const trust::Step& step) {
  json::object row = fact_row(step.entry);
  row["level"] = trust::name(step.level);
  row["policy"] = trust::name(step.policy);
  row["decision"] = trust::name(step.decision);
  row["because"] = step.because;
  return row;
}

json::object ledger_row(std::uint64_t seq, const trust::Row& row) {
  json::object line{{"row", seq}};
  if (!row.entry.empty()) {
    const auto entry = trust::decode(row.entry);
    if (entry) line = fact_row(*entry);
    line["entry"] = crypto::to_base64(row.entry);
  } else {
    line["fact"] = trust::name(trust::Fact::forgotten);
  }
  if (row.salt) line["salt"] = crypto::to_base64(*row.salt);
  if (row.commitment) line["commitment"] = crypto::to_base64(*row.commitment);
  line["hash"] = crypto::to_hex(row.hash);
  line["signature"] = crypto::to_base64(row.signature);
  return line;
}

}  // namespace

asio::awaitable<json::value> OperatorService::trust_log(Call call) {
  const OperatorArgs args = call.read();
  const auto jid = args.jid("jid");
  store::LedgerFilter filter;
  if (args.text("account")) filter.account = account_named(args).self().jid;
  if (jid) filter.peer = jid->to_string();
  filter.key = key_arg(args);
  filter.fact = fact_arg(args);
  filter.since = time_arg(args, "since_ms");
  filter.until = time_arg(args, "until_ms");
  filter.before = static_cast<std::uint64_t>(std::max<std::int64_t>(args.number("before").value_or(0), 0));
  const std::size_t limit = args.limit();
  filter.limit = limit + 1;
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::array rows;
    const auto entries = tables.ledger.history(filter);
    for (const auto& entry : entries)
      if (rows.size() < limit) rows.push_back(fact_row(entry));
    return json::object{{"rows", std::move(rows)}, {"more", entries.size() > limit}};
  });
}

asio::awaitable<json::value> OperatorService::trust_explain(Call call) {
  const OperatorArgs args = call.read();
  const Account& account = account_named(args);
  const auto owner = args.jid("jid");
  const std::string which = args.needed("which");
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const std::string& own = account.self().jid;
    const trust::View& view = tables.ledger.view();
    const auto [peer, key] = find_key(view, own, owner, which);
    store::LedgerFilter all;
    all.account = own;
    all.limit = explained_rows;
    std::vector<trust::Entry> entries;
    const std::array<std::string, 3> scopes{peer, std::string(xmpp::Jid::parse(peer).value().domain()), std::string()};
    for (const std::string& scope : scopes) {
      all.peer = scope;
      if (scope.empty()) all.fact = trust::Fact::policy;  // of the account
      for (auto& entry : tables.ledger.history(all))
        if (entry.peer == scope) entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    json::array steps;
    for (const trust::Step& step : trust::explain(entries, own, peer, key)) steps.push_back(step_row(step));
    const auto facts = view.facts(own, peer, key);
    const auto policy = view.policy(own, peer);
    return json::object{
        {"account", account.settings().name}, {"jid", peer},
        {"fingerprint", plain(key)},          {"level", trust::name(facts.key)},
        {"policy", trust::name(policy)},      {"decision", trust::name(trust::decide(policy, facts))},
        {"rule", trust::rule(policy, facts)}, {"steps", std::move(steps)}};
  });
}

asio::awaitable<json::value> OperatorService::trust_verify(Call call) {
  const OperatorArgs args = call.read();
  const auto kept_row = args.number("row");
  const auto kept_hash = args.text("hash");
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const auto report = tables.ledger.verify();
    json::array went_back(report.clock_regressions.begin(), report.clock_regressions.end());
    json::object answer{{"ok", !report.fault.has_value()},
                        {"rows", report.rows},
                        {"forgotten", report.forgotten},
                        {"head", crypto::to_hex(tables.ledger.head().hash)},
                        {"signed_by", crypto::to_hex(tables.ledger.public_key())},
                        {"clock_went_back", std::move(went_back)}};
    if (report.fault) {
      answer["first_bad"] =
          json::object{{"row", report.fault->seq}, {"what", trust::describe(*report.fault)}};
    }
    if (kept_row && kept_hash) {
      const auto hash = tables.ledger.hash_of(static_cast<std::uint64_t>(*kept_row));
      const bool same = hash && crypto::to_hex(*hash) == *kept_hash;
      answer["checkpoint"] = same ? "kept" : hash ? "other" : "missing";
      if (!same) answer["ok"] = false;
    }
    return answer;
  });
}

asio::awaitable<json::value> OperatorService::trust_export(Call call) {
  const OperatorArgs args = call.read();
  const auto after = static_cast<std::uint64_t>(std::max<std::int64_t>(args.number("after").value_or(0), 0));
  const std::size_t limit = args.limit();
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::array rows;
    std::uint64_t seq = after;
    for (const trust::Row& row : tables.ledger.rows(after, limit)) rows.push_back(ledger_row(++seq, row));
    return json::object{{"rows", std::move(rows)},
                        {"more", seq < tables.ledger.head().seq},
                        {"signed_by", crypto::to_hex(tables.ledger.first_public_key())}};
  });
}

asio::awaitable<json::value> OperatorService::trust_checkpoint(Call) {
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const trust::Checkpoint made = tables.ledger.checkpoint();
    return json::object{{"row", made.head.seq},
                        {"hash", crypto::to_hex(made.head.hash)},
                        {"signed_by", crypto::to_hex(made.signed_by)},
                        {"signature", crypto::to_base64(made.signature)}};
  });
}

asio::awaitable<json::value> OperatorService::trust_rotate(Call call) {
  const std::string why = call.read().text("why").value_or("");
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::object row = fact_row(tables.ledger.rotate_key(call.actor, why, all_.context.now()));
    row["signed_by"] = crypto::to_hex(tables.ledger.public_key());
    return row;
  });
  log_warning("trust.signing_key",
              {{"by", call.actor}, {"signed_by", std::string(answer.at("signed_by").as_string())}});
  co_return answer;
}

/// The settings would bring a contact back that they name, without its decisions.
asio::awaitable<json::value> OperatorService::trust_forget(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const std::string peer = args.needed_jid("jid").to_string();
  const std::string why = args.text("why").value_or("");
  if (peer == account.self().jid) throw OperatorError("bad_argument", peer + " is the account itself");
  for (const auto& contact : account.settings().contacts) {
    if (contact.address == peer)
      throw OperatorError("conflict", peer + " stands in the configuration",
                          "take it out under contacts:, restart, then forget it");
  }
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const bool known = tables.ledger.view().find(account.self().jid, peer) != nullptr;
    const auto forgotten =
        tables.ledger.forget(account.self().jid, peer, call.actor, why, all_.context.now());
    const std::size_t devices = tables.devices.forget_peer(account.self().account, peer);
    tables.unread.forget_peer(account.self().account, peer);
    tables.questions.forget_peer(account.self().account, peer);
    tables.trust_statements.forget_peer(account.self().account, peer);
    forget_message_rule(tables, account.self().account, peer);
    if (!known && devices == 0 && forgotten.rows == 0)
      throw OperatorError("not_found", "nothing is known of " + peer, "see `omegate trust list`");
    return json::object{{"account", account.settings().name},
                        {"rows", forgotten.rows},
                        {"in_clear", forgotten.in_clear},
                        {"devices", devices}};
  });
  // Not whom: that is the point.
  log_info("trust.forgot", {{"account", account.self().jid}, {"by", call.actor}});
  co_return answer;
}

}  // namespace omegate::gateway
