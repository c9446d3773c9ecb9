#include "bridge/gateway/plugins/plugin_fetch.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/json/parse.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/http/retry_after.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/http/hook_signature.hpp"
#include "bridge/gateway/http/http_connect.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {

/// A request that could not be made, or one that was.
struct PluginFetch::Attempt {
  plugin::Fetched fetched;
  bool was_sent = true;     // something of it may have reached the server
  bool may_repeat = false;  // another attempt may go better
  std::optional<std::chrono::seconds> wanted_pause = {};
};

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Reason = http::ClientError::Reason;

/// Shorter ones are found in ordinary text.
constexpr std::size_t shortest_hidden_secret = 6;

bool same_name(std::string_view one, std::string_view other) {
  return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

/// Its value, or null.
const std::string* find(const plugin::FetchHeaders& headers, std::string_view name) {
  const auto found = std::ranges::find_if(headers, [&](const auto& header) { return same_name(header.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

bool has(const plugin::FetchHeaders& headers, std::string_view name) { return find(headers, name) != nullptr; }

plugin::Fetched refused(std::string why) {
  plugin::Fetched fetched;
  fetched.error = std::move(why);
  fetched.refused = true;
  return fetched;
}

plugin::Fetched failed(std::string why) {
  plugin::Fetched fetched;
  fetched.error = std::move(why);
  return fetched;
}

void hide(std::string& text, std::string_view secret) {
  if (secret.size() < shortest_hidden_secret) return;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + 3)) text.replace(at, secret.size(), "***");
}

/// A server may send back what it was sent.
void hide_secrets(plugin::Fetched& fetched, const FetchHost& host) {
  const std::string_view value = host.value.reveal();
  const std::string_view credentials = value.substr(value.rfind(' ') + 1);
  for (const std::string_view secret : {host.secret.reveal(), credentials}) {
    hide(fetched.body, secret);
    hide(fetched.error, secret);
    for (auto& header : fetched.headers) hide(header.second, secret);
  }
}

/// Below the host's URL, whose last slash does not count.
std::string target_of(const FetchHost& host, const std::string& path) {
  if (path.empty()) return host.base.target;
  std::string base = host.base.target;
  if (path[0] == '/' && base.ends_with('/')) base.pop_back();
  return base + path;
}

constexpr const char* signing_headers[] = {"webhook-id", "webhook-timestamp", "webhook-signature", "X-Hub-Signature-256"};

/// By each active secret, so that the receiver may change over when it likes. The id is the same at each attempt.
void sign(http::ClientRequest& request, const FetchHost& host, const std::string& id, WallTime now) {
  const std::string stamp = std::to_string(to_ms(now) / 1000);
  std::string signatures;
  for (const config::SecretText& secret : host.signing)
    signatures += (signatures.empty() ? "" : " ") + standard_signature(secret.reveal(), id, stamp, request.body);
  request.headers.emplace_back("webhook-id", id);
  request.headers.emplace_back("webhook-timestamp", stamp);
  request.headers.emplace_back("webhook-signature", signatures);
  request.headers.emplace_back("X-Hub-Signature-256", github_signature(host.signing.front().reveal(), request.body));
}

http::ClientRequest request_of(const FetchAsk& ask, const FetchHost& host, WallTime now) {
  const plugin::Fetch& fetch = ask.fetch;
  http::ClientRequest request;
  request.method = fetch.method;
  request.url = {host.base.origin, target_of(host, fetch.path)};
  request.headers = fetch.headers;
  request.body = fetch.body;
  if (!has(fetch.headers, "User-Agent")) request.headers.emplace_back("User-Agent", "omegate");
  const std::string* const own_key = find(fetch.headers, "Idempotency-Key");
  if (!plugin::is_safe_method(fetch.method) && own_key == nullptr)
    request.headers.emplace_back("Idempotency-Key", ask.key);
  if (!host.header.empty()) request.headers.emplace_back(host.header, std::string(host.value.reveal()));
  if (!host.signing.empty() && !plugin::is_safe_method(fetch.method)) sign(request, host, "msg_" + (own_key != nullptr ? *own_key : ask.key), now);
  return request;
}

bool asks_to_repeat(unsigned status) { return status == 429 || status == 502 || status == 503 || status == 504; }

plugin::Fetched fetched_of(http::ClientResponse response) {
  plugin::Fetched fetched;
  fetched.status = response.status;
  for (auto& [name, value] : response.headers) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    fetched.headers.emplace_back(std::move(lower), std::move(value));
  }
  fetched.body = std::move(response.body);
  return fetched;
}

WallTime clock_now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

/// How often it may be repeated. What never reached the server may be, whatever it was.
int repetitions(const plugin::Fetch& fetch, bool was_sent) {
  constexpr int usual = 2;
  if (fetch.retries) return *fetch.retries;
  return !was_sent || plugin::is_idempotent_method(fetch.method) ? usual : 0;
}

/// By which a transfer is known when its handler runs again; empty: it is none.
std::string transfer_of(const FetchAsk& ask) {
  const plugin::Fetch& fetch = ask.fetch;
  if (fetch.body_file.empty() && !fetch.save_as) return {};
  const std::string kind = fetch.save_as ? "save" : "send";
  return ask.key + "\n" + kind + "\n" + fetch.host + "\n" + fetch.method + "\n" + fetch.path + "\n" + fetch.body_file;
}

plugin::Fetched failed_for_good(std::string why) {
  plugin::Fetched fetched = failed(std::move(why));
  fetched.final = true;
  return fetched;
}

milliseconds with_jitter(milliseconds pause, Random& random) {
  std::array<std::uint8_t, 1> dice{};
  random.fill(dice);
  return pause + pause * dice[0] / 512;
}

asio::awaitable<void> sleep(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

std::string idempotency_key(const std::string& plugin, const plugin::Event& event, int number) {
  boost::system::error_code damaged;
  const auto payload = boost::json::parse(event.payload, damaged);
  const auto* const object = payload.if_object();
  const auto* const time = object != nullptr ? object->if_contains("time_ms") : nullptr;
  const std::string when = time != nullptr && time->is_int64() ? std::to_string(time->as_int64()) : "";
  const std::string text = "omegate fetch\n" + plugin + "\n" + event.id + "\n" + when + "\n" + std::to_string(number);
  return crypto::to_hex(crypto::digest(crypto::Hash::sha256, as_bytes(text))).substr(0, 32);
}

PluginFetch::PluginFetch(std::string plugin, net::Names& names, Random& random, FetchHosts hosts, FetchPace pace, FetchFiles files)
    : plugin_(std::move(plugin)), names_(names), random_(random), pace_(pace), files_(std::move(files)) {
  publish(std::move(hosts));
}

bool PluginFetch::may_go_on(std::size_t rate) {
  const auto now = steady_clock::now();
  while (!recent_.empty() && recent_.front() < now - std::chrono::minutes(1)) recent_.pop_front();
  if (recent_.size() >= rate) return false;
  recent_.push_back(now);
  return true;
}

asio::awaitable<plugin::Fetched> PluginFetch::fetch(FetchAsk ask) {
  const auto hosts = hosts_.load();
  const auto found = hosts->find(ask.fetch.host);
  if (found == hosts->end()) co_return refused("the operator gave it no host \"" + ask.fetch.host + "\"");
  const FetchHost& host = found->second;
  const std::string header = host.header.empty() ? "Authorization" : host.header;
  if (!host.header.empty() && has(ask.fetch.headers, header))
    co_return refused("the header " + header + " carries the secret of " + ask.fetch.host + " and is not the plugin's");
  for (const char* name : signing_headers) {
    if (!host.signing.empty() && has(ask.fetch.headers, name))
      co_return refused("the header " + std::string(name) + " is the gateway's, which signs what goes to " + ask.fetch.host);
  }
  const std::string transfer = transfer_of(ask);
  if (const plugin::Fetched* const known = remembered(transfer)) co_return *known;
  std::optional<store::StoredFile> body;
  if (!ask.fetch.body_file.empty()) {
    if (!host.signing.empty()) co_return refused("what goes to " + ask.fetch.host + " is signed, and a file cannot be");
    try {
      body = co_await find_file(ask.fetch.body_file);
    } catch (const store::StoreError& failure) {
      co_return failed(failure.what());
    }
    if (!body) co_return failed_for_good("the file " + ask.fetch.body_file + " is not here (any more)");
  }
  plugin::Fetched fetched = co_await make(ask, host, std::move(body));
  hide_secrets(fetched, host);
  if (!transfer.empty() && fetched.status / 100 == 2) remember(transfer, fetched);
  if (fetched.status == 0)
    log_warning("plugin.fetch_failed", {{"plugin", plugin_}, {"host", ask.fetch.host}, {"reason", fetched.error}});
  co_return fetched;
}

asio::awaitable<plugin::Fetched> PluginFetch::make(const FetchAsk& ask, const FetchHost& host, std::optional<store::StoredFile> body) {
  const auto end = steady_clock::now() + std::min(ask.fetch.timeout, ask.left);
  const http::Connect connect = http_connect(names_, *host.trust, net::AddressGuard(host.allow_private));
  milliseconds pause = pace_.first_pause;
  Attempt made;
  for (int repeated = 0;; ++repeated) {
    if (!may_go_on(ask.rate)) {
      made.fetched = failed("the plugin has made " + std::to_string(ask.rate) + " requests within a minute");
      break;
    }
    http::ClientLimits limits;
    limits.whole = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(end - steady_clock::now()));
    limits.max_response = std::min(ask.fetch.max_size, plugin::max_fetch_size);
    limits.max_sent = body ? body->size : plugin::max_fetch_size;
    http::ClientRequest request = request_of(ask, host, clock_now());
    made = co_await attempt(ask, connect, std::move(request), limits, body);
    if (!made.may_repeat || repeated >= repetitions(ask.fetch, made.was_sent)) break;
    const milliseconds wait = made.wanted_pause ? milliseconds(*made.wanted_pause) : with_jitter(pause, random_);
    if (steady_clock::now() + wait >= end) break;
    co_await sleep(wait);
    pause *= 2;
  }
  co_return std::move(made.fetched);
}

/// Each attempt reads the file anew, and begins a file of its own.
asio::awaitable<PluginFetch::Attempt> PluginFetch::attempt(const FetchAsk& ask, const http::Connect& connect, http::ClientRequest request,
                                                           http::ClientLimits limits, const std::optional<store::StoredFile>& body) {
  Attempt made;
  std::optional<FileBody> sent;
  std::optional<ResponseFile> saved;
  if (body) {
    sent.emplace(*files_.desk, *body);
    request.source = sent->source();
  }
  if (ask.fetch.save_as) {
    const auto account = files_.desk != nullptr && files_.account ? files_.account() : std::nullopt;
    if (!account) made.fetched = failed_for_good("there is nowhere to keep a file");
    if (!account) co_return made;
    saved.emplace(*files_.desk, "plugin:" + plugin_, *account, *ask.fetch.save_as);
    request.sink = saved->sink();
    limits.max_streamed = std::min<std::uint64_t>(ask.fetch.max_size, files_.desk->settings().max_size);
  }
  std::optional<http::ClientResponse> response;
  try {
    response = co_await http::request(connect, std::move(request), limits);
    if (saved && response->status / 100 == 2) made.fetched.file = co_await saved->end();
  } catch (const http::ClientError& failure) {
    const Reason reason = failure.reason();
    made.fetched = failed(failure.what());
    made.fetched.refused = reason == Reason::bad_request && !body;  // with a file: it is shorter than it was
    made.fetched.final = reason == Reason::too_large || reason == Reason::forbidden || reason == Reason::bad_request;
    made.was_sent = reason != Reason::no_connection;
    made.may_repeat = reason == Reason::no_connection || reason == Reason::cut_off;
    response.reset();
  } catch (const FileRefused& failure) {
    made.fetched = failed_for_good(failure.what());
    response.reset();
  } catch (const files::SpoolFailure& failure) {
    made.fetched = failed(failure.what());
    response.reset();
  } catch (const store::StoreError& failure) {
    made.fetched = failed(failure.what());
    response.reset();
  }
  try {
    if (saved && !made.fetched.file) co_await saved->abandon();
  } catch (const store::StoreError& failure) {
    if (made.fetched.error.empty()) made.fetched = failed(failure.what());
    response.reset();
  }
  if (!response) co_return made;
  made.may_repeat = asks_to_repeat(response->status);
  if (made.may_repeat) made.wanted_pause = http::parse_retry_after(response->header("Retry-After"), clock_now());
  auto file = std::move(made.fetched.file);
  made.fetched = fetched_of(std::move(*response));
  made.fetched.file = std::move(file);
  co_return made;
}

asio::awaitable<std::optional<store::StoredFile>> PluginFetch::find_file(std::string handle) {
  if (files_.desk == nullptr) co_return std::nullopt;
  auto found = co_await files_.store->transact([&](store::Tables& tables) { return tables.files.find(handle); });
  if (found && found->state != store::FileState::here) found.reset();
  co_return found;
}

const plugin::Fetched* PluginFetch::remembered(const std::string& what) const {
  const auto found = std::ranges::find(transfers_, what, &Transfer::what);
  return what.empty() || found == transfers_.end() ? nullptr : &found->fetched;
}

void PluginFetch::remember(std::string what, const plugin::Fetched& fetched) {
  if (transfers_.size() >= remembered_transfers) transfers_.pop_front();
  transfers_.push_back({std::move(what), fetched});
}

Fetcher make_fetcher(std::shared_ptr<PluginFetch> fetch) {
  return [fetch = std::move(fetch)](FetchAsk ask) { return fetch->fetch(std::move(ask)); };
}

}  // namespace omegate::gateway
