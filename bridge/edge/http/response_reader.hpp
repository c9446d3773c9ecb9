// Reads one response from a link. The inside of client.hpp; nobody else uses it.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

#include "bridge/edge/http/client.hpp"

namespace omegate::http {

class ResponseReader {
 public:
  ResponseReader(Link& link, const ClientRequest& request, const ClientLimits& limits)
      : link_(link), request_(request), limits_(limits) {}

  /// Throws `ClientError`, `boost::system::system_error` of the link, and what the sink throws.
  asio::awaitable<ClientResponse> read();

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

  void begin();
  asio::awaitable<void> read_header();
  asio::awaitable<void> read_body(ClientResponse& response);
  asio::awaitable<void> take(std::string_view piece, bool to_sink, ClientResponse& response);
  asio::awaitable<bool> read_more();
  void parse(boost::system::error_code& failure);

  Link& link_;
  const ClientRequest& request_;
  const ClientLimits& limits_;
  std::optional<Parser> parser_;
  boost::beast::flat_buffer buffer_;
  std::uint64_t received_ = 0;
};

}  // namespace omegate::http
