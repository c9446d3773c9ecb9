// Makes the HTTP requests of one plugin: to hosts that the operator named, with secrets that the plugin never sees
// (a server that sends them back in an answer that is kept as a file is believed), repeated where that does no harm.
//
// Not here: whether the plugin may (core/plugin/grants, called by plugin_host), the protocol (edge/http/client).
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "bridge/edge/config/load.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/http/client.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/plugins/fetch_ask.hpp"
#include "bridge/gateway/plugins/fetch_files.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// A host as the operator wrote it, with its secret.
struct FetchHost {
  http::Url base;
  std::string header;         // that carries the secret; empty: none
  config::SecretText value;   // of that header
  config::SecretText secret;  // as it was read: not to be found in what comes back
  std::vector<config::SecretText> signing = {};  // of webhooks, the present one first
  bool allow_private = false;
  std::shared_ptr<net::TlsTrust> trust;
};
using FetchHosts = std::map<std::string, FetchHost>;

/// The hosts of one plugin; secrets are read. Every mistake is added to `faults`.
FetchHosts prepare_hosts(const config::PluginSettings& plugin, std::vector<config::ConfigFault>& faults);

/// One host of the name `host` at that URL, without a secret, wherever it is. Throws `std::invalid_argument`.
FetchHost plain_host(const std::string& url);

/// Pauses between attempts; tests shorten them.
struct FetchPace {
  std::chrono::milliseconds first_pause{500};  // doubles, with up to a half more of jitter
};

class PluginFetch {
 public:
  /// `names`, `random` and what `files` names outlive it.
  PluginFetch(std::string plugin, net::Names& names, Random& random, FetchHosts hosts, FetchPace pace = {}, FetchFiles files = {});

  /// Does not throw but for what cancels it.
  asio::awaitable<plugin::Fetched> fetch(FetchAsk ask);

  /// After a reload, from any thread.
  void publish(FetchHosts hosts) { hosts_.store(std::make_shared<const FetchHosts>(std::move(hosts))); }

 private:
  struct Attempt;
  struct Transfer {
    std::string what;  // of which request of which event, from where, of what
    plugin::Fetched fetched;
  };

  bool may_go_on(std::size_t rate);
  asio::awaitable<plugin::Fetched> make(const FetchAsk& ask, const FetchHost& host, std::optional<store::StoredFile> body);
  asio::awaitable<Attempt> attempt(const FetchAsk& ask, const http::Connect& connect, http::ClientRequest request,
                                   http::ClientLimits limits, const std::optional<store::StoredFile>& body);
  asio::awaitable<std::optional<store::StoredFile>> find_file(std::string handle);
  const plugin::Fetched* remembered(const std::string& what) const;
  void remember(std::string what, const plugin::Fetched& fetched);

  const std::string plugin_;
  net::Names& names_;
  Random& random_;
  const FetchPace pace_;
  const FetchFiles files_;
  std::atomic<std::shared_ptr<const FetchHosts>> hosts_;
  std::deque<std::chrono::steady_clock::time_point> recent_;  // requests of the last minute
  std::deque<Transfer> transfers_;                            // of files, that went well; the oldest first
};

/// A fetcher that keeps it alive.
Fetcher make_fetcher(std::shared_ptr<PluginFetch> fetch);

}  // namespace omegate::gateway
