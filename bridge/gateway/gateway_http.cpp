// The half of Gateway that is asked over HTTP.
#include <algorithm>

#include "bridge/gateway/gateway.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/log/metrics.hpp"

namespace omegate::gateway {
namespace {

/// Numbers are for this machine, whatever address HTTP listens on.
bool is_here(std::string_view peer) { return peer == "127.0.0.1" || peer == "::1" || peer == "::ffff:127.0.0.1"; }

}  // namespace

std::vector<HookOwner> Gateway::hook_owners() const {
  std::vector<HookOwner> owners;
  for (const OwnPlugin& plugin : plugins_) {
    owners.push_back({*plugin.host, plugin.prepared.secrets, first_account_of(plugin), [inbox = plugin.inbox.get()] { inbox->kick(); }});
  }
  return owners;
}

std::shared_ptr<Webhooks> Gateway::make_webhooks() const {
  if (!settings_.http) return nullptr;
  const HookLogRoom room{settings_.http->log_requests, settings_.http->log_bytes, history_.load()};
  return std::make_shared<Webhooks>(all_.context, hook_owners(), room);
}

void Gateway::set_api(const config::Settings& settings, std::shared_ptr<const api::Clients> clients) {
  api_.reset();
  if (!clients->empty()) {
    auto ask = [this](std::string actor, std::string verb, boost::json::object args) {
      return operators_->handle(std::move(actor), std::move(verb), std::move(args));
    };
    api_ = std::make_shared<api::Api>(api::ApiSurroundings{all_.context, actors_, *event_desk_, std::move(ask)}, clients, settings.api.hosts);
  }
  api_clients_ = std::move(clients);
}

void Gateway::make_http(const config::Settings& settings) {
  if (!settings.http) return;
  http::Settings http{settings.http->address, settings.http->port};
  http.max_body = settings.http->max_body;
  http.body_limit = [this, usual = http.max_body](const http::Request& head) -> asio::awaitable<std::size_t> {
    const auto actors = actors_.get();
    const auto larger = co_await actors->endpoints->body_limit(head);
    co_return std::max(usual, larger.value_or(0));
  };
  http.on_failure = [](std::exception_ptr failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& what) {
      log_error("http.failed", {{"reason", what.what()}});
    }
  };
  http_ = std::make_unique<http::Server>(http_strand_, std::move(http),
                                         [this](http::Request request) { return answer_http(std::move(request)); });
}

/// Ready is who can do its work: the accounts are online, no plugin is given up, the database answers, the canary sings.
asio::awaitable<http::Response> Gateway::answer_ready() {
  co_await all_.context.store.transact([](store::Tables&) {});
  const auto actors = actors_.get();
  std::string waiting;
  for (Account* account : actors->accounts) {
    const AccountStatus status = co_await account->status();
    if (status.state != AccountStatus::State::online) waiting += account->settings().name + " is not online; ";
  }
  for (const RunningPlugin& plugin : actors->plugins) {
    const PluginStatus status = co_await plugin.host->status();
    if (status.state == PluginStatus::State::quarantined) waiting += plugin.host->name() + " does not run; ";
  }
  if (canary_ && canary_->is_silent()) waiting += "no test message has come back for " + std::to_string(canary_->age() / 1s) + " s; ";
  if (!waiting.empty()) co_return http::error_response(503, waiting);
  co_return http::Response{200, R"({"ready":true})"};
}

asio::awaitable<http::Response> Gateway::answer_metrics() {
  std::vector<std::shared_ptr<Mailbox>> all = mail_places_.load()->mailboxes;
  auto actors = actors_.get();
  std::string page = co_await metrics_text(all_.context, std::move(actors), canary_.get(), std::move(all));
  co_return http::Response{200, std::move(page), std::string(metrics_content_type)};
}

asio::awaitable<http::Response> Gateway::answer_http(http::Request request) {
  if (request.path == "/health/live") co_return http::Response{200, R"({"alive":true})"};
  if (request.path == "/health/ready") co_return co_await answer_ready();
  if (request.path == "/metrics" && is_here(request.peer)) co_return co_await answer_metrics();
  const auto actors = actors_.get();
  // The address that clients of signal-cli-rest-api ask is a hook's.
  const bool is_for_api = request.path.starts_with(api::prefix) && request.path != "/v1/about";
  if (is_for_api && actors->api) co_return co_await actors->api->handle(std::move(request));
  auto by_plugin = co_await actors->endpoints->handle(request);
  if (by_plugin) co_return std::move(*by_plugin);
  co_return co_await actors->webhooks->handle(std::move(request));
}

}  // namespace omegate::gateway
