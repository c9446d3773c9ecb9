#include "bridge/gateway/http/hook_expiry.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "bridge/gateway/http/hook_urls.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/trust/notice.hpp"

namespace omegate::gateway {
namespace {

std::string words_for(const std::string& hook, const HookUrl& url, WallTime now) {
  const auto left = std::max(*url.expires - now, std::chrono::milliseconds(0));
  const auto days = std::chrono::ceil<std::chrono::days>(left).count();
  const std::string when = left.count() == 0 ? "has expired" : "expires within " + std::to_string(days) + (days == 1 ? " day" : " days");
  return "The unguessable address of the hook " + hook + " " + when + ". `omegate hook rotate " + hook +
         "` makes another one; --grace says how long the old one works, too.";
}

void tell_admins(store::Tables& tables, const Account& account, const std::string& text, Context& context) {
  for (const std::string& admin : account.settings().admins)
    add_notice(tables, account.self(), admin, text, context.random, context.now());
}

}  // namespace

boost::asio::awaitable<void> tell_of_expiring_urls(Context& context, std::shared_ptr<const Actors> actors) {
  if (!actors->webhooks) co_return;
  const std::vector<ServedHook> hooks = co_await actors->webhooks->served();
  const auto told = co_await context.store.transact([&](store::Tables& tables) {
    auto ending = expiring_urls(tables, context.now());
    for (auto& [path, url] : ending) {
      url.told = true;
      put_hook_url(tables, path, url);
      const auto hook = std::ranges::find(hooks, path, [](const ServedHook& each) { return each.hook.path; });
      const Account* const account = hook == hooks.end() ? nullptr : actors->account(hook->owner->account);
      if (account != nullptr) tell_admins(tables, *account, words_for(path.substr(1), url, context.now()), context);
    }
    return ending;
  });
  for (const auto& [path, url] : told)
    log_warning("hook.address_expires", {{"path", std::string(hooks_prefix) + path}, {"expires_ms", to_ms(*url.expires)}});
  if (told.empty()) co_return;
  for (Account* account : actors->accounts) account->kick();
}

}  // namespace omegate::gateway
