#include "bridge/edge/http/conversation.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <stdexcept>

#include "bridge/edge/http/head.hpp"

namespace omegate::http {
namespace {

namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::system::error_code;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

/// Beast's buffer holds a header and what came with it.
constexpr std::size_t buffer_size = std::size_t{64} * 1024;

/// After a refusal the client may still be sending; closing at once would reset the connection and the client
/// would never read why.
constexpr std::chrono::seconds linger_limit{2};
constexpr std::size_t most_lingering_bytes = std::size_t{4} * 1024 * 1024;

bool has_line_break(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// A value with a line break would be a header of its own.
void check_headers(const Response& response) {
  const bool bad = has_line_break(response.content_type) ||
                   std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
                     return has_line_break(header.first) || has_line_break(header.second);
                   });
  if (bad) throw std::runtime_error("a response header holds a line break");
}

Response refusal(const error_code& code, bool too_slow, bool in_body) {
  if (too_slow) return error_response(408, "The request did not arrive in time.");
  if (code == wire::error::body_limit) return error_response(413, "The body is too large.");
  if (!in_body && (code == wire::error::header_limit || code == wire::error::buffer_overflow)) {
    return error_response(431, "The headers are too large.");
  }
  return error_response(400, "This is no HTTP request: " + code.message() + ".");
}

}  // namespace

Conversation::Conversation(asio::ip::tcp::socket socket, const Settings& settings, const Handler& handler)
    : socket_(std::move(socket)),
      settings_(settings),
      handler_(handler),
      buffer_(buffer_size),
      clock_(socket_.get_executor()) {
  error_code ignored;
  peer_ = socket_.remote_endpoint(ignored).address().to_string();
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<void> Conversation::run(std::shared_ptr<Conversation> self) {
  bool more = true;
  while (more) more = co_await self->serve_one();
  self->close();
}

void Conversation::stop() {
  stopping_ = true;
  if (!handling_) close();
}

void Conversation::give_way() {
  gives_way_ = too_slow_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Conversation::close() {
  error_code ignored;
  socket_.close(ignored);
  clock_.cancel();
}

/// False: the connection is at its end.
asio::awaitable<bool> Conversation::serve_one() {
  waits_since_ = std::chrono::steady_clock::now();
  if (!co_await wait_for_request()) co_return false;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(max_header));
  parser.body_limit(settings_.body_limit ? greatest_body : settings_.max_body);
  if (!co_await read(parser)) co_return false;

  Incoming message = parser.release();
  const bool is_head = message.method() == wire::verb::head;
  const bool keep_alive = message.keep_alive();
  const unsigned version = message.version();
  handling_ = true;
  gives_way_ = too_slow_ = false;
  Response answered = co_await answer(take(std::move(message)));
  if (answered.pieces) {
    const bool more = co_await write_pieces(std::move(answered), version, is_head);
    handling_ = false;
    co_return more && keep_alive && !stopping_;
  }

  Outgoing response(wire::int_to_status(answered.status), version);
  response.result(answered.status);
  response.set(wire::field::content_type, answered.content_type);
  for (const auto& [name, value] : answered.headers) response.insert(name, value);
  response.keep_alive(keep_alive && !stopping_);
  response.body() = std::move(answered.body);
  response.prepare_payload();
  if (is_head) response.body().clear();  // Content-Length stays: it tells what a GET would bring
  const bool more = co_await write(std::move(response));
  handling_ = false;
  co_return more;
}

asio::awaitable<bool> Conversation::wait_for_request() {
  if (stopping_ || gives_way_) co_return false;
  if (buffer_.size() != 0) co_return true;  // it came together with the one before
  start_clock(settings_.idle_limit);
  const auto [failure] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, as_code);
  stop_clock();
  co_return !failure && !too_slow_;
}

/// False: refused, or the client has left.
asio::awaitable<bool> Conversation::read(Parser& parser) {
  start_clock(settings_.request_limit);
  in_body_ = false;
  error_code failure = co_await read_head();
  std::size_t size = 0;
  if (!failure) std::tie(failure, size) = co_await wire::async_read_header(socket_, buffer_, parser, as_code);
  if (!failure && !is_clear(parser.get(), parser.get().version())) failure = wire::error::bad_field;
  in_body_ = !failure;
  if (!failure && settings_.body_limit) failure = co_await limit_body(parser);
  if (!failure && beast::iequals(parser.get()[wire::field::expect], "100-continue")) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    std::tie(failure, size) =
        co_await asio::async_write(socket_, asio::buffer(go_on.data(), go_on.size()), as_code);
  }
  if (!failure) std::tie(failure, size) = co_await wire::async_read(socket_, buffer_, parser, as_code);
  stop_clock();
  if (!failure && !parser.get().target().starts_with('/')) failure = wire::error::bad_target;
  if (!failure) co_return true;
  co_return co_await refuse(failure);
}

/// Each request may have its own limit; the parser has only met the greatest so far.
asio::awaitable<error_code> Conversation::limit_body(Parser& parser) {
  const Request head = head_of(parser.get());
  const std::size_t limit = std::min(greatest_body, co_await settings_.body_limit(head));
  const auto said = parser.content_length();
  if (said && *said > limit) co_return wire::error::body_limit;
  parser.body_limit(limit);
  co_return error_code();
}

/// Until all of the head is in the buffer, and nothing in it that others could read differently.
asio::awaitable<error_code> Conversation::read_head() {
  constexpr std::size_t portion = 4096;
  for (;;) {
    const auto bytes = buffer_.cdata();
    const HeadScan scan = scan_head({static_cast<const char*>(bytes.data()), bytes.size()});
    if (scan.what == HeadScan::What::bad) co_return wire::error::bad_line_ending;
    const bool is_complete = scan.what == HeadScan::What::complete;
    if ((is_complete ? scan.size : bytes.size()) > max_header) co_return wire::error::header_limit;
    if (is_complete) co_return error_code();
    const auto [failure, size] = co_await socket_.async_read_some(buffer_.prepare(portion), as_code);
    if (failure == asio::error::eof)
      co_return bytes.size() == 0 ? wire::error::end_of_stream : wire::error::partial_message;
    if (failure) co_return failure;
    buffer_.commit(size);
  }
}

/// Always false: the connection ends.
asio::awaitable<bool> Conversation::refuse(error_code code) {
  const bool left = code == wire::error::end_of_stream ||
                    (code.category() != make_error_code(wire::error::bad_method).category() && !too_slow_);
  if (left) co_return false;
  const Response said = refusal(code, too_slow_, in_body_);
  too_slow_ = false;
  Outgoing response(wire::int_to_status(said.status), 11);
  response.set(wire::field::content_type, said.content_type);
  response.keep_alive(false);
  response.body() = said.body;
  response.prepare_payload();
  co_await write(std::move(response));
  if (!gives_way_) co_await linger();
  co_return false;
}

asio::awaitable<void> Conversation::linger() {
  error_code failure;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failure);
  std::array<char, 4096> unread{};
  start_clock(linger_limit);
  for (std::size_t total = 0; !failure && total < most_lingering_bytes;) {
    std::size_t size = 0;
    std::tie(failure, size) = co_await socket_.async_read_some(asio::buffer(unread), as_code);
    total += size;
  }
  stop_clock();
}

asio::awaitable<Response> Conversation::answer(Request request) {
  try {
    Response response = co_await handler_(std::move(request));
    check_headers(response);
    co_return response;
  } catch (...) {
    if (settings_.on_failure) settings_.on_failure(std::current_exception());
  }
  co_return error_response(500, "The request could not be handled.");
}

/// True: the next request may come.
asio::awaitable<bool> Conversation::write(Outgoing response) {
  start_clock(settings_.write_limit);
  const bool keep_alive = response.keep_alive();
  const auto [failure, size] = co_await wire::async_write(socket_, response, as_code);
  stop_clock();
  co_return !failure && keep_alive;
}

/// In chunks; for a client of HTTP/1.0 until the connection ends. True: it ended well, and another request may come.
asio::awaitable<bool> Conversation::write_pieces(Response answered, unsigned version, bool is_head) {
  const bool chunked = version >= 11;
  wire::response<wire::empty_body> head(wire::int_to_status(answered.status), version);
  head.result(answered.status);
  head.set(wire::field::content_type, answered.content_type);
  for (const auto& [name, value] : answered.headers) head.insert(name, value);
  head.keep_alive(chunked && !stopping_);
  if (chunked) head.chunked(true);
  wire::response_serializer<wire::empty_body> serializer(head);
  start_clock(settings_.write_limit);
  auto [failure, size] = co_await wire::async_write_header(socket_, serializer, as_code);
  stop_clock();
  if (failure || is_head) co_return !failure && chunked;
  try {
    for (;;) {
      const std::string piece = co_await answered.pieces();
      if (piece.empty()) break;
      std::array<char, 20> digits{};
      const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
      const std::string before = chunked ? std::string(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()))) + "\r\n" : std::string();
      failure = co_await write_piece(before, piece, chunked ? "\r\n" : "");
      if (failure) co_return false;
    }
  } catch (...) {
    if (settings_.on_failure) settings_.on_failure(std::current_exception());
    co_return false;
  }
  if (!chunked) co_return false;
  failure = co_await write_piece("0\r\n", "", "\r\n");
  co_return !failure;
}

asio::awaitable<error_code> Conversation::write_piece(std::string_view before, std::string_view piece, std::string_view behind) {
  const std::array<asio::const_buffer, 3> buffers{asio::buffer(before), asio::buffer(piece), asio::buffer(behind)};
  start_clock(settings_.write_limit);
  const auto [failure, size] = co_await asio::async_write(socket_, buffers, as_code);
  stop_clock();
  co_return failure;
}

Request Conversation::head_of(const Incoming& message) const {
  Request request;
  const std::string_view target(message.target().data(), message.target().size());
  const std::size_t mark = target.find('?');
  request.method = message.method_string();
  request.path = target.substr(0, mark);
  if (mark != target.npos) request.query = target.substr(mark + 1);
  for (const auto& header : message) request.headers.emplace_back(header.name_string(), header.value());
  request.peer = peer_;
  return request;
}

Request Conversation::take(Incoming message) const {
  Request request = head_of(message);
  request.body = std::move(message.body());
  return request;
}

/// When it runs out, the operation at work fails.
void Conversation::start_clock(std::chrono::milliseconds limit) {
  clock_.expires_after(limit);
  clock_.async_wait([self = shared_from_this()](const error_code& stopped) {
    const bool restarted = self->clock_.expiry() > std::chrono::steady_clock::now();
    if (stopped || restarted) return;
    self->too_slow_ = true;
    error_code ignored;
    self->socket_.cancel(ignored);
  });
}

void Conversation::stop_clock() { clock_.expires_at(asio::steady_timer::time_point::max()); }

}  // namespace omegate::http
