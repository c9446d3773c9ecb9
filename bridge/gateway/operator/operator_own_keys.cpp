// Our own OMEMO keys, as an operator sees and changes them.
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/devices/rotation.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

json::object key_row(const store::Identity& identity) {
  return {{"device", identity.device.value()},
          {"fingerprint", omemo::fingerprint(identity.keys.curve(), omemo::FingerprintStyle::plain)},
          {"ed25519", crypto::to_hex(identity.keys.ed())}};
}

}  // namespace

asio::awaitable<json::value> OperatorService::keys(Call call) {
  const auto accounts = accounts_named(call.read());
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::array list;
    for (const Account* account : accounts) {
      json::object own = key_row(*tables.identities.load(account->self().account));
      own["account"] = account->settings().name;
      own["jid"] = account->self().jid;
      if (const auto rotation = rotation_under_way(tables, account->self().account)) own["next"] = key_row(rotation->next);
      list.push_back(std::move(own));
    }
    return json::object{{"accounts", std::move(list)}};
  });
}

asio::awaitable<json::value> OperatorService::keys_rotate(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const RotationOrder order{call.actor, args.text("why").value_or(""), args.flag("stolen")};
  json::value answer = co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    const Rotation rotation = begin_rotation(tables, account.self(), account.settings().language, order,
                                             all_.context.random, all_.context.now());
    return json::object{{"account", account.settings().name},
                        {"jid", account.self().jid},
                        {"next", key_row(rotation.next)},
                        {"told", rotation.notices.size()}};
  });
  log_warning("omemo.key_changing", {{"account", account.self().jid}, {"by", call.actor}, {"stolen", order.stolen}});
  account.rotate();
  co_return answer;
}

}  // namespace omegate::gateway
