#include "bridge/edge/http/response_reader.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace omegate::http {
namespace {

namespace wire = boost::beast::http;
using boost::system::error_code;
using Reason = ClientError::Reason;

[[noreturn]] void refuse(const error_code& code, const std::string& whom) {
  if (code == wire::error::header_limit || code == wire::error::buffer_overflow) {
    throw ClientError(Reason::too_large, "The response of " + whom + " has more than " +
                                             std::to_string(max_response_header) + " bytes of headers.");
  }
  if (code == wire::error::partial_message || code == wire::error::end_of_stream) {
    throw ClientError(Reason::cut_off, "The connection to " + whom + " ended in the middle of the response.");
  }
  throw ClientError(Reason::bad_response, "What " + whom + " answered is no HTTP response: " + code.message() + ".");
}

}  // namespace

asio::awaitable<ClientResponse> ResponseReader::read() {
  ClientResponse response;
  for (unsigned interim = 0;; ++interim) {
    begin();
    co_await read_header();
    const unsigned status = parser_->get().result_int();
    if (status >= 200) break;
    if (status == 101 || interim == max_interim_responses) {
      throw ClientError(Reason::bad_response, request_.url.origin.authority() + " answered " + std::to_string(status) +
                                                  (status == 101 ? ", which nobody asked for." : " again and again."));
    }
  }
  response.status = parser_->get().result_int();
  for (const auto& header : parser_->get()) response.headers.emplace_back(header.name_string(), header.value());
  response.url = request_.url;
  co_await read_body(response);
  co_return response;
}

void ResponseReader::begin() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(max_response_header));
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // counted here, by where it goes
  parser_->eager(true);
  if (request_.method == "HEAD") parser_->skip(true);
}

void ResponseReader::parse(error_code& failure) {
  const std::size_t used = parser_->put(buffer_.data(), failure);
  buffer_.consume(used);
}

/// False: the server has ended the connection.
asio::awaitable<bool> ResponseReader::read_more() {
  const auto room = buffer_.prepare(transfer_piece);
  error_code end;
  std::size_t size = 0;
  try {
    size = co_await link_.read_some({static_cast<char*>(room.data()), room.size()});
  } catch (const boost::system::system_error& failure) {
    if (failure.code() != asio::error::eof) throw;
    end = failure.code();
  }
  buffer_.commit(size);
  co_return !end;
}

asio::awaitable<void> ResponseReader::read_header() {
  parser_->get().body().data = nullptr;
  parser_->get().body().size = 0;
  parser_->eager(false);  // stops behind the header
  bool open = true;
  while (!parser_->is_header_done()) {
    error_code failure = wire::error::need_more;
    if (buffer_.size() != 0) parse(failure);
    if (!failure) continue;
    if (failure != wire::error::need_more) refuse(failure, request_.url.origin.authority());
    if (!open) refuse(wire::error::partial_message, request_.url.origin.authority());
    if (buffer_.size() > max_response_header) refuse(wire::error::header_limit, request_.url.origin.authority());
    open = co_await read_more();
  }
  parser_->eager(true);
}

asio::awaitable<void> ResponseReader::read_body(ClientResponse& response) {
  const bool to_sink = request_.sink && response.status / 100 == 2;
  std::array<char, transfer_piece> piece;
  bool open = true;
  while (!parser_->is_done()) {
    auto& body = parser_->get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    error_code failure = wire::error::need_more;
    if (buffer_.size() != 0) parse(failure);
    const std::size_t filled = piece.size() - body.size;
    if (filled != 0) co_await take({piece.data(), filled}, to_sink, response);
    if (!failure || failure == wire::error::need_buffer) continue;
    if (failure != wire::error::need_more) refuse(failure, request_.url.origin.authority());
    // What is left unread is the head of a chunk or the trailer.
    if (buffer_.size() > max_response_header) refuse(wire::error::header_limit, request_.url.origin.authority());
    if (open) {
      open = co_await read_more();
      continue;
    }
    error_code cut;
    parser_->put_eof(cut);
    if (cut) refuse(cut, request_.url.origin.authority());
  }
}

asio::awaitable<void> ResponseReader::take(std::string_view piece, bool to_sink, ClientResponse& response) {
  received_ += piece.size();
  const std::uint64_t most = to_sink ? limits_.max_streamed : limits_.max_response;
  if (received_ > most) {
    throw ClientError(Reason::too_large, "The response of " + request_.url.origin.authority() + " is larger than the " +
                                             std::to_string(most) + " bytes that were allowed.");
  }
  if (to_sink) {
    co_await request_.sink(piece);
  } else {
    response.body.append(piece);
  }
}

}  // namespace omegate::http
