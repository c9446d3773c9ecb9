// Devices that seem dead, as an operator sees them and sets them aside.
#include <boost/json.hpp>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/devices/stale_devices.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::string plain(const crypto::PublicKey& key) { return omemo::fingerprint(key, omemo::FingerprintStyle::plain); }

json::object stale_row(const Account& account, const StaleDevice& device) {
  json::object row{{"account", account.settings().name},
                   {"jid", device.peer},
                   {"own", device.peer == account.self().jid},
                   {"device", device.device},
                   {"fingerprint", plain(device.key.key)},
                   {"level", trust::name(device.key.level)},
                   {"first_seen_ms", to_ms(device.first_seen)},
                   {"unanswered", device.unanswered},
                   {"evidence", evidence(device)}};
  if (device.last_message) row["last_message_ms"] = to_ms(*device.last_message);
  if (device.last_receipt) row["last_receipt_ms"] = to_ms(*device.last_receipt);
  return row;
}

std::chrono::milliseconds silence(const OperatorArgs& args) {
  const auto given = args.number("silent_ms");
  if (given && *given < 0) throw OperatorError("bad_argument", "the argument 'silent_ms' must be a time");
  return given ? std::chrono::milliseconds(*given) : std::chrono::milliseconds(stale_after);
}

}  // namespace

asio::awaitable<json::value> OperatorService::trust_stale(Call call) {
  const OperatorArgs args = call.read();
  const auto jid = args.jid("jid");
  const std::string peer = jid ? jid->to_string() : std::string();
  const auto silent = silence(args);
  const auto accounts = accounts_named(args);
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::array devices;
    for (const Account* account : accounts)
      for (const StaleDevice& device : stale_devices(tables, account->self(), peer, silent, all_.context.now()))
        devices.push_back(stale_row(*account, device));
    return json::object{{"devices", std::move(devices)}, {"silent_ms", silent.count()}};
  });
}

asio::awaitable<json::value> OperatorService::trust_purge(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const bool undo = args.flag("undo");
  const SettingAside order{args.needed_jid("jid").to_string(), args.needed("which"), call.actor, args.text("why").value_or(""),
                           silence(args)};
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const WallTime now = all_.context.now();
    const auto keys = undo ? take_back(tables, account.self(), order, now) : set_aside(tables, account.self(), order, now);
    json::array rows = key_rows_of(tables, account, order.peer, keys);
    return json::object{{"account", account.settings().name}, {"jid", order.peer}, {"keys", std::move(rows)}};
  });
  const LogFields fields{{"account", account.self().jid}, {"peer", order.peer}, {"which", order.which}, {"by", call.actor}};
  undo ? log_info("trust.taken_back", fields) : log_info("trust.set_aside", fields);
  account.kick();
  co_return answer;
}

}  // namespace omegate::gateway
