// A small HTTP/1.1 server: requests in, responses out.
//
// Not here: which path does what (the handler), TLS (a reverse proxy's work), files.
// Source: RFC 9110, RFC 9112.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/edge/http/limits.hpp"

namespace omegate::http {

namespace asio = boost::asio;

struct Request {
  std::string method;  // "POST"
  std::string path;    // "/hooks/ci", as sent: not decoded
  std::string query;   // without '?', as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // the raw bytes, as signatures need them
  std::string peer;  // address of the other end, for the log

  /// The first header of that name, upper and lower case alike; empty if there is none.
  std::string_view header(std::string_view name) const;
};

/// What follows the headers, as long as it takes: asked for the next piece when the one before is written, so a slow
/// reader costs one piece; a piece that is not taken within `write_limit` ends the connection. An empty one is the end.
using Pieces = std::function<asio::awaitable<std::string>()>;

struct Response {
  unsigned status = 200;
  std::string body;  // empty if there are pieces
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  Pieces pieces = {};
};

/// `{"error": text}` with that status. `text` is for a person.
Response error_response(unsigned status, std::string_view text);

/// Answers one request. If it throws, the client gets 500 and `Settings::on_failure` the exception.
using Handler = std::function<asio::awaitable<Response>(Request)>;

struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  std::size_t max_body = default_max_body;
  /// What the body of one request may have, at most `greatest_body`; asked when its head is here, and `Request` has no
  /// body yet. Nothing: `max_body`. Runs on the server's executor.
  std::function<asio::awaitable<std::size_t>(const Request&)> body_limit = {};
  std::size_t max_connections = default_max_connections;
  std::chrono::milliseconds request_limit = default_request_limit;  // first to last byte of one request
  std::chrono::milliseconds idle_limit = default_idle_limit;        // between two requests
  std::chrono::milliseconds write_limit = default_write_limit;      // for one response, or one piece of it
  std::function<void(std::exception_ptr)> on_failure = {};
};

/// Everything runs on `executor`, which must be one thread or a strand; so does the handler.
class Server {
 public:
  /// Listens at once. Throws `std::runtime_error` naming address and port if it cannot.
  Server(asio::any_io_executor executor, Settings settings, Handler handler);
  ~Server();  // drops what is still open; on the executor

  std::uint16_t port() const;

  /// Serves until `stop`; returns when the requests that were being handled are answered.
  asio::awaitable<void> run();

  /// No new connections or requests. Call on the executor.
  void stop();

 private:
  class Listener;
  std::shared_ptr<Listener> listener_;
};

}  // namespace omegate::http
