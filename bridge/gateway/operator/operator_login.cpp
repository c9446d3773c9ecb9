// How accounts log in: what is pinned, and lifting it.
#include <boost/json.hpp>

#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

json::object describe(const Account& account, const std::optional<store::LoginPin>& pin,
                      const std::optional<store::LoginToken>& token) {
  json::object answer{{"account", account.settings().name}, {"jid", account.self().jid}};
  if (pin) {
    answer["mechanism"] = pin->mechanism;
    answer["since_ms"] = to_ms(pin->since);
    if (!pin->binding.empty()) answer["binding"] = pin->binding;
  }
  if (token) {
    answer["token"] = json::object{
        {"mechanism", token->mechanism}, {"expires_ms", to_ms(token->expires)}, {"uses", token->uses}};
  }
  return answer;
}

}  // namespace

asio::awaitable<json::value> OperatorService::login_show(Call call) {
  json::array list;
  for (const Account* account : accounts_named(call.read())) {
    list.push_back(co_await all_.context.store.transact([&](store::Tables& tables) {
      const auto id = account->self().account;
      return describe(*account, tables.logins.pin(id), tables.logins.token(id));
    }));
  }
  co_return json::object{{"accounts", std::move(list)}};
}

asio::awaitable<json::value> OperatorService::login_unpin(Call call) {
  Account& account = account_named(call.read());
  const auto pin = co_await all_.context.store.transact(
      [&](store::Tables& tables) { return tables.logins.pin(account.self().account); });
  if (!pin) {
    throw OperatorError("conflict", "nothing is pinned for " + account.self().jid,
                        "the next login pins what it used");
  }
  co_await account.unpin();
  log_warning("login.unpinned", {{"account", account.self().jid},
                                 {"mechanism", pin->mechanism},
                                 {"binding", pin->binding},
                                 {"by", call.actor}});
  co_return describe(account, pin, std::nullopt);
}

}  // namespace omegate::gateway
