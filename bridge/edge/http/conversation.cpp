#include "bridge/edge/http/conversation.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <stdexcept>

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

Response refusal(const error_code& code, bool too_slow) {
  if (too_slow) return error_response(408, "The request did not arrive in time.");
  if (code == wire::error::body_limit) return error_response(413, "The body is too large.");
  if (code == wire::error::header_limit || code == wire::error::buffer_overflow) {
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

void Conversation::close() {
  error_code ignored;
  socket_.close(ignored);
  clock_.cancel();
}

/// False: the connection is at its end.
asio::awaitable<bool> Conversation::serve_one() {
  if (!co_await wait_for_request()) co_return false;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(max_header));
  parser.body_limit(settings_.max_body);
  if (!co_await read(parser)) co_return false;

  Incoming message = parser.release();
  const bool is_head = message.method() == wire::verb::head;
  const bool keep_alive = message.keep_alive();
  const unsigned version = message.version();
  handling_ = true;
  Response answered = co_await answer(take(std::move(message)));
  handling_ = false;

  Outgoing response(wire::int_to_status(answered.status), version);
  response.result(answered.status);
  response.set(wire::field::content_type, answered.content_type);
  for (const auto& [name, value] : answered.headers) response.insert(name, value);
  response.keep_alive(keep_alive && !stopping_);
  response.body() = std::move(answered.body);
  response.prepare_payload();
  if (is_head) response.body().clear();  // Content-Length stays: it tells what a GET would bring
  co_return co_await write(std::move(response));
}

asio::awaitable<bool> Conversation::wait_for_request() {
  if (stopping_) co_return false;
  if (buffer_.size() != 0) co_return true;  // it came together with the one before
  start_clock(settings_.idle_limit);
  const auto [failure] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, as_code);
  stop_clock();
  co_return !failure && !too_slow_;
}

/// False: refused, or the client has left.
asio::awaitable<bool> Conversation::read(Parser& parser) {
  start_clock(settings_.request_limit);
  auto [failure, size] = co_await wire::async_read_header(socket_, buffer_, parser, as_code);
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

/// Always false: the connection ends.
asio::awaitable<bool> Conversation::refuse(error_code code) {
  const bool left = code == wire::error::end_of_stream ||
                    (code.category() != make_error_code(wire::error::bad_method).category() && !too_slow_);
  if (left) co_return false;
  const Response said = refusal(code, too_slow_);
  too_slow_ = false;
  Outgoing response(wire::int_to_status(said.status), 11);
  response.set(wire::field::content_type, said.content_type);
  response.keep_alive(false);
  response.body() = said.body;
  response.prepare_payload();
  co_await write(std::move(response));
  co_await linger();
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
  start_clock(write_limit);
  const bool keep_alive = response.keep_alive();
  const auto [failure, size] = co_await wire::async_write(socket_, response, as_code);
  stop_clock();
  co_return !failure && keep_alive;
}

Request Conversation::take(Incoming message) const {
  Request request;
  const std::string_view target(message.target().data(), message.target().size());
  const std::size_t mark = target.find('?');
  request.method = message.method_string();
  request.path = target.substr(0, mark);
  if (mark != target.npos) request.query = target.substr(mark + 1);
  for (const auto& header : message) request.headers.emplace_back(header.name_string(), header.value());
  request.body = std::move(message.body());
  request.peer = peer_;
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
