#include "bridge/edge/net/dns.hpp"

#include <ares.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>

namespace omegate::net {
namespace {

using Clock = std::chrono::steady_clock;

/// One c-ares channel driven by Asio. The sockets c-ares opens live in an epoll set of our own; the set is
/// itself a descriptor, readable when one of them has something to say: one thing to wait for.
class Channel {
 public:
  Channel(const asio::any_io_executor& executor, const Dns::Settings& settings)
      : sockets_(executor, open_epoll()), timer_(executor), limit_(settings.limit) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options options{};
    options.timeout = static_cast<int>(settings.limit.count() * 2 / 5);  // two tries and a little
    options.tries = 2;
    options.sock_state_cb = &Channel::watch;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    const int status = library ? library : ares_init_options(&channel_, &options, mask);
    if (status != ARES_SUCCESS) throw std::runtime_error(std::string("DNS: ") + ares_strerror(status));
    if (!settings.servers.empty()) ares_set_servers_ports_csv(channel_, settings.servers.c_str());
  }
  Channel(const Channel&) = delete;
  ~Channel() { ares_destroy(channel_); }  // unfinished lookups end with ARES_EDESTRUCTION

  ares_channel get() { return channel_; }

  /// Until `done` or the lookup's limit.
  asio::awaitable<void> drive(const bool& done) {
    const Clock::time_point end = Clock::now() + limit_;
    while (!done && Clock::now() < end) {
      timer_.expires_at(std::min(end, next_retry()));
      co_await asio::experimental::make_parallel_group(
          sockets_.async_wait(asio::posix::stream_descriptor::wait_read, asio::deferred),
          timer_.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
      process();
    }
  }

 private:
  static int open_epoll() {
    const int descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    return descriptor;
  }

  static void watch(void* self, ares_socket_t socket, int readable, int writable) {
    const int set = static_cast<Channel*>(self)->sockets_.native_handle();
    epoll_event event{};
    event.data.fd = socket;
    event.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
    if (event.events == 0) {
      epoll_ctl(set, EPOLL_CTL_DEL, socket, nullptr);
    } else if (epoll_ctl(set, EPOLL_CTL_MOD, socket, &event) != 0) {
      epoll_ctl(set, EPOLL_CTL_ADD, socket, &event);
    }
  }

  Clock::time_point next_retry() {
    timeval most{1, 0};
    timeval wait{};
    ares_timeout(channel_, &most, &wait);
    return Clock::now() + std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec);
  }

  void process() {
    std::array<epoll_event, 8> events{};
    const int count = epoll_wait(sockets_.native_handle(), events.data(), int{events.size()}, 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      ares_process_fd(channel_, (event.events & ~EPOLLOUT) ? event.data.fd : ARES_SOCKET_BAD,
                      (event.events & EPOLLOUT) ? event.data.fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // retries that are due
  }

  asio::posix::stream_descriptor sockets_;
  asio::steady_timer timer_;
  std::chrono::milliseconds limit_;
  ares_channel channel_ = nullptr;
};

struct ServiceLookup {
  bool done = false;
  SrvAnswer answer{SrvAnswer::Outcome::silent, {}};
};

SrvAnswer::Outcome outcome_of(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return SrvAnswer::Outcome::found;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
      return SrvAnswer::Outcome::absent;
    case ARES_ETIMEOUT:
      return SrvAnswer::Outcome::silent;
    default:  // ARES_ECONNREFUSED, too: so ends SERVFAIL of every resolver
      return SrvAnswer::Outcome::failed;
  }
}

std::string without_root_dot(std::string name) {
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name;
}

void on_service(void* lookup, int status, int, unsigned char* reply, int size) {
  if (status == ARES_EDESTRUCTION) return;
  auto& [done, answer] = *static_cast<ServiceLookup*>(lookup);
  done = true;
  ares_srv_reply* records = nullptr;
  if (status == ARES_SUCCESS) status = ares_parse_srv_reply(reply, size, &records);
  answer.outcome = outcome_of(status);
  for (const ares_srv_reply* at = records; at; at = at->next) {
    answer.records.push_back({at->priority, at->weight, at->port, without_root_dot(at->host)});
  }
  if (records) ares_free_data(records);
}

struct AddressLookup {
  bool done = false;
  std::vector<asio::ip::address> addresses;
};

void on_addresses(void* lookup, int status, int, ares_addrinfo* info) {
  if (status == ARES_EDESTRUCTION) return;
  auto& [done, addresses] = *static_cast<AddressLookup*>(lookup);
  done = true;
  for (const ares_addrinfo_node* node = info ? info->nodes : nullptr; node; node = node->ai_next) {
    if (addresses.size() == max_addresses) break;
    if (node->ai_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      addresses.push_back(asio::ip::address_v4(ntohl(v4->sin_addr.s_addr)));
    } else if (node->ai_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
      asio::ip::address_v6::bytes_type bytes{};
      std::copy_n(v6->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      addresses.push_back(asio::ip::address_v6(bytes, v6->sin6_scope_id));
    }
  }
  if (info) ares_freeaddrinfo(info);
}

}  // namespace

asio::awaitable<SrvAnswer> Dns::services(std::string service) {
  ServiceLookup lookup;  // before the channel, which may call back until its end
  Channel channel(co_await asio::this_coro::executor, settings_);
  ares_query(channel.get(), service.c_str(), 1 /* IN */, 33 /* SRV */, &on_service, &lookup);
  co_await channel.drive(lookup.done);
  co_return std::move(lookup.answer);
}

asio::awaitable<std::vector<asio::ip::address>> Dns::addresses(std::string host) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return std::vector{literal};

  AddressLookup lookup;
  Channel channel(co_await asio::this_coro::executor, settings_);
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, &on_addresses, &lookup);
  co_await channel.drive(lookup.done);
  co_return std::move(lookup.addresses);
}

asio::awaitable<Candidates> find_targets(Names& names, std::string domain, Random& random) {
  SrvAnswer direct_tls, starttls;
  const auto ask = [](Names& from, std::string service, SrvAnswer& answer) -> asio::awaitable<void> {
    answer = co_await from.services(std::move(service));
  };
  const auto executor = co_await asio::this_coro::executor;
  const auto [order, first, second] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, ask(names, "_xmpps-client._tcp." + domain, direct_tls), asio::deferred),
          asio::co_spawn(executor, ask(names, "_xmpp-client._tcp." + domain, starttls), asio::deferred))
          .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  if (first) std::rethrow_exception(first);
  if (second) std::rethrow_exception(second);
  co_return order_targets(domain, direct_tls, starttls, random);
}

}  // namespace omegate::net
