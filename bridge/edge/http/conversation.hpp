// One connection of the server: requests one after the other, each answered before the next is read.
//
// The inside of server.hpp; nobody else uses it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "bridge/edge/http/server.hpp"

namespace omegate::http {

/// Kept alive by its own coroutine.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(asio::ip::tcp::socket socket, const Settings& settings, const Handler& handler);

  /// Until the client leaves, is too slow, breaks the protocol, or `stop`. Does not throw.
  static asio::awaitable<void> run(std::shared_ptr<Conversation> self);

  /// Answers the request that is being handled, takes no further one.
  void stop();

  /// Ends the connection now.
  void close();

  /// Its request is complete and not yet answered.
  bool is_handling() const { return handling_; }
  /// Since when it waits for a request, or for the rest of one.
  std::chrono::steady_clock::time_point waits_since() const { return waits_since_; }
  /// Ends, as if its time were over, so that somebody else comes in.
  void give_way();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Incoming = boost::beast::http::request<boost::beast::http::string_body>;
  using Outgoing = boost::beast::http::response<boost::beast::http::string_body>;

  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> wait_for_request();
  asio::awaitable<bool> read(Parser& parser);
  asio::awaitable<boost::system::error_code> read_head();
  asio::awaitable<boost::system::error_code> limit_body(Parser& parser);
  asio::awaitable<bool> write_pieces(Response answered, unsigned version, bool is_head);
  asio::awaitable<boost::system::error_code> write_piece(std::string_view before, std::string_view piece, std::string_view behind);
  asio::awaitable<bool> refuse(boost::system::error_code code);
  asio::awaitable<Response> answer(Request request);
  asio::awaitable<bool> write(Outgoing response);
  asio::awaitable<void> linger();
  Request head_of(const Incoming& message) const;
  Request take(Incoming message) const;

  void start_clock(std::chrono::milliseconds limit);
  void stop_clock();

  asio::ip::tcp::socket socket_;
  const Settings& settings_;
  const Handler& handler_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  asio::steady_timer clock_;
  std::chrono::steady_clock::time_point waits_since_ = std::chrono::steady_clock::now();
  bool too_slow_ = false, stopping_ = false, handling_ = false, in_body_ = false, gives_way_ = false;
};

}  // namespace omegate::http
