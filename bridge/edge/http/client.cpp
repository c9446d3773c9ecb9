#include "bridge/edge/http/client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <exception>

#include "bridge/edge/http/response_reader.hpp"

namespace omegate::http {
namespace {

using boost::system::error_code;
using boost::system::system_error;
using std::chrono::milliseconds;
using Reason = ClientError::Reason;

bool same_name(std::string_view one, std::string_view other) {
  return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

std::string in_seconds(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s" : std::to_string(time.count()) + " ms";
}

/// Runs `work`; true if it did not end in time. It is cancelled then.
asio::awaitable<bool> took_too_long(milliseconds limit, asio::awaitable<void> work) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  const auto [order, failure, timer_failure] =
      co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred),
                                                       timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 1 && !timer_failure) co_return true;
  if (failure) std::rethrow_exception(failure);
  co_return false;
}

// ---- the request

bool is_token(std::string_view text) {
  static constexpr std::string_view signs = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || signs.find(c) != signs.npos;
  });
}

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'); });
}

/// What only the client itself can say rightly.
bool is_ours(std::string_view name) {
  static constexpr std::string_view ours[] = {"Host",       "Content-Length", "Transfer-Encoding", "Accept-Encoding",
                                              "Connection", "Upgrade",        "TE",                "Trailer",
                                              "Expect",     "Keep-Alive"};
  return std::any_of(std::begin(ours), std::end(ours), [&](std::string_view each) { return same_name(each, name); });
}

std::uint64_t size_of_body(const ClientRequest& what) {
  return what.source.read_some ? what.source.size : what.body.size();
}

std::string head_of(const ClientRequest& what) {
  if (!is_token(what.method)) throw ClientError(Reason::bad_request, "The method of a request is no word.");
  if (!is_target(what.url.target) || what.url.target.size() > max_url) {
    throw ClientError(Reason::bad_request, "The path of a request to " + what.url.origin.authority() +
                                               " is too long or holds a character that has to be percent-encoded.");
  }
  std::string head = what.method + " " + what.url.target + " HTTP/1.1\r\nHost: " + what.url.origin.authority() + "\r\n";
  for (const auto& [name, value] : what.headers) {
    if (is_ours(name)) throw ClientError(Reason::bad_request, "The header " + name + " is not for the caller to set.");
    if (!is_token(name)) throw ClientError(Reason::bad_request, "A header of a request has a name that is no word.");
    if (!is_value(value)) {
      throw ClientError(Reason::bad_request, "The header " + name + " holds a line break or another control character.");
    }
    head += name + ": " + value + "\r\n";
  }
  const std::uint64_t size = size_of_body(what);
  const bool has_body = size != 0 || what.method == "POST" || what.method == "PUT" || what.method == "PATCH";
  if (has_body) head += "Content-Length: " + std::to_string(size) + "\r\n";
  head += "Accept-Encoding: identity\r\nConnection: close\r\n\r\n";
  if (head.size() > max_sent_header) {
    throw ClientError(Reason::bad_request, "The headers of a request to " + what.url.origin.authority() + " have " +
                                               std::to_string(head.size()) + " bytes; " +
                                               std::to_string(max_sent_header) + " are allowed.");
  }
  return head;
}

asio::awaitable<void> send_source(Link& link, const Source& source) {
  std::array<char, transfer_piece> piece;
  for (std::uint64_t left = source.size; left != 0;) {
    const std::size_t room = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    const std::size_t size = co_await source.read_some(std::span<char>(piece.data(), room));
    if (size == 0 || size > room) {
      throw ClientError(Reason::bad_request, "The source of a body ended before its length.");
    }
    co_await link.write({piece.data(), size});
    left -= size;
  }
}

/// False: the server does not read any more; it may have said why.
asio::awaitable<bool> send(Link& link, const ClientRequest& what, std::string head) {
  const bool together = !what.source.read_some && what.body.size() <= transfer_piece;
  if (together) head += what.body;
  error_code failed;
  try {
    co_await link.write(head);
    if (what.source.read_some) {
      co_await send_source(link, what.source);
    } else if (!together) {
      co_await link.write(what.body);
    }
  } catch (const system_error& failure) {
    if (failure.code() != asio::error::broken_pipe && failure.code() != asio::error::connection_reset) throw;
    failed = failure.code();
  }
  co_return !failed;
}

// ---- the exchange

asio::awaitable<void> open(const Connect& connect, const Origin& origin, std::unique_ptr<Link>& link) {
  link = co_await connect(origin);
}

asio::awaitable<ClientResponse> exchange(const Connect& connect, const ClientRequest& what,
                                         const ClientLimits& limits) {
  const std::string whom = what.url.origin.authority();
  if (size_of_body(what) > limits.max_sent) {
    throw ClientError(Reason::bad_request, "The body for " + whom + " has " + std::to_string(size_of_body(what)) +
                                               " bytes; " + std::to_string(limits.max_sent) + " are allowed.");
  }
  std::string head = head_of(what);  // before anybody is connected to
  std::unique_ptr<Link> link;
  const bool late = co_await took_too_long(limits.connect, open(connect, what.url.origin, link));
  if (late) {
    throw ClientError(Reason::too_slow, "Connecting to " + whom + " took longer than " + in_seconds(limits.connect) + ".");
  }
  ClientResponse response;
  std::string fault;
  try {
    const bool sent = co_await send(*link, what, std::move(head));
    ResponseReader reader(*link, what, limits);
    response = co_await reader.read();
    if (!sent && response.status < 400) fault = "it took only a part of the request";
  } catch (const system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
    fault = failure.code().message();
  }
  if (!fault.empty()) throw ClientError(Reason::cut_off, "The connection to " + whom + " was cut off: " + fault + ".");
  co_return response;
}

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Only what says nothing about us.
bool may_travel(const std::pair<std::string, std::string>& header) {
  return same_name(header.first, "Accept") || same_name(header.first, "User-Agent");
}

void follow(ClientRequest& what, const ClientResponse& response) {
  const std::string from = what.url.origin.authority();
  Url next;
  try {
    next = resolve(what.url, response.header("Location"));
  } catch (const std::invalid_argument& failure) {
    throw ClientError(Reason::redirect, from + " redirects to something that is no URL: " + failure.what() + ".");
  }
  if (what.url.origin.secure && !next.origin.secure) {
    throw ClientError(Reason::redirect, from + " redirects from https to http, which is not followed.");
  }
  if (next.origin != what.url.origin) {
    what.headers.erase(std::remove_if(what.headers.begin(), what.headers.end(), std::not_fn(may_travel)),
                       what.headers.end());
  }
  const bool becomes_get = (response.status == 303 && what.method != "HEAD") ||
                           (response.status < 303 && what.method == "POST");
  if (becomes_get) {
    what.method = "GET";
    what.body.clear();
    what.source = {};
  } else if (what.source.read_some || (!what.body.empty() && next.origin != what.url.origin)) {
    throw ClientError(Reason::redirect, from + " redirects a request with a body, which is not followed.");
  }
  what.url = next;
}

asio::awaitable<void> run(const Connect& connect, ClientRequest& what, const ClientLimits& limits,
                          ClientResponse& response) {
  for (unsigned followed = 0;; ++followed) {
    response = co_await exchange(connect, what, limits);
    if (limits.redirects == 0 || !is_redirect(response.status) || response.header("Location").empty()) co_return;
    if (followed == limits.redirects) {
      throw ClientError(Reason::redirect, what.url.origin.authority() + " redirects again; " +
                                              std::to_string(limits.redirects) + " times are allowed.");
    }
    follow(what, response);
  }
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& each) { return same_name(each.first, name); });
  return found == headers.end() ? std::string_view() : found->second;
}

asio::awaitable<ClientResponse> request(Connect connect, ClientRequest what, ClientLimits limits) {
  ClientResponse response;
  const std::string whom = what.url.origin.authority();
  const bool late = co_await took_too_long(limits.whole, run(connect, what, limits, response));
  if (late) throw ClientError(Reason::too_slow, whom + " did not answer within " + in_seconds(limits.whole) + ".");
  co_return response;
}

}  // namespace omegate::http
