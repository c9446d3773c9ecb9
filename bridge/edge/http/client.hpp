// A small HTTP/1.1 client: one request, one response, one connection for it.
//
// Not here: finding and opening the connection, TLS, which addresses are allowed (the caller hands in a `Connect`; the
// program's is gateway/http/http_connect.hpp), repeating what failed, decompression (none is offered), cookies, keep-alive.
// Source: RFC 9110, RFC 9112.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/edge/http/limits.hpp"
#include "bridge/edge/http/url.hpp"

namespace omegate::http {

namespace asio = boost::asio;

/// Why there is no response. `what()` is a sentence for a person: what went wrong, where, and what to do if we know.
class ClientError : public std::runtime_error {
 public:
  enum class Reason {
    bad_request,   // it cannot be sent at all: a header with a line break, a body that is too large
    forbidden,     // the address is not allowed
    no_connection, // no address, nobody listens, no TLS
    too_slow,      // a deadline passed
    cut_off,       // the connection ended before the response did
    bad_response,  // it breaks the protocol
    too_large,     // the response is larger than it may be
    redirect,      // a redirect that we do not follow
  };
  ClientError(Reason reason, const std::string& text) : runtime_error(text), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

/// A connection for one request. Used on the caller's executor only.
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;  // closes it

  /// At least one byte. Throws `boost::system::system_error`; `asio::error::eof` only where the server said that this
  /// is the end, with TLS by a `close_notify`.
  virtual asio::awaitable<std::size_t> read_some(std::span<char> into) = 0;

  /// All of `bytes`. Throws `boost::system::system_error`.
  virtual asio::awaitable<void> write(std::string_view bytes) = 0;
};

/// Opens a connection to that origin, with TLS and a certificate that names its host if it is `secure`. Throws
/// `ClientError`. Its time is bounded by `ClientLimits::connect`.
using Connect = std::function<asio::awaitable<std::unique_ptr<Link>>(Origin)>;

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A body that is not held in memory: its length, and a function that fills in at least one byte more of it. What it
/// throws ends the exchange and is thrown on.
struct Source {
  std::uint64_t size = 0;
  std::function<asio::awaitable<std::size_t>(std::span<char>)> read_some;
};

/// Gets the body piece by piece, if the status is 2xx; the body of another one is kept as usual. What it throws ends the
/// exchange and is thrown on.
using Sink = std::function<asio::awaitable<void>(std::string_view)>;

struct ClientRequest {
  std::string method = "GET";
  Url url;
  Headers headers = {};         // besides Host, Content-Length, Accept-Encoding, Connection, which are ours
  std::string body = {};
  Source source = {};           // instead of `body`, if it has a function
  Sink sink = {};               // none: the body is kept in `ClientResponse::body`
};

struct ClientLimits {
  std::chrono::milliseconds connect = default_client_connect_limit;
  std::chrono::milliseconds whole = default_client_limit;
  std::size_t max_response = default_max_response;  // bytes of body in memory
  std::uint64_t max_streamed = default_max_sent;    // bytes of body through the sink
  std::uint64_t max_sent = default_max_sent;        // bytes of the request's body
  unsigned redirects = 0;                           // followed at most; never from https to http
};

struct ClientResponse {
  unsigned status = 0;
  Headers headers = {};  // names as sent
  std::string body = {};
  Url url = {};  // that answered: another one after a redirect

  /// The first header of that name, upper and lower case alike; empty if there is none.
  std::string_view header(std::string_view name) const;
};

/// One exchange. Without `redirects` a 3xx is a response as any other. A redirect to another origin loses all headers
/// but `Accept` and `User-Agent`, so no secret follows it; 303, and 301 and 302 after a POST, become a GET; one that
/// would need a `source` again is refused.
/// Throws `ClientError`, and what source and sink throw. Cost: one coroutine, a connection, two buffers.
/// Runs on the caller's executor, which must be one thread or a strand.
asio::awaitable<ClientResponse> request(Connect connect, ClientRequest what, ClientLimits limits = {});

}  // namespace omegate::http
