// Laws: how the bytes of a connection are cut changes neither requests nor answers; a request that reaches a
// handler is within limits and says one thing only; whatever comes, the answers are HTTP, one a request.
//
// The first byte says how to cut.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <optional>

#include "bridge/edge/http/conversation.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

namespace asio = boost::asio;
namespace wire = boost::beast::http;

constexpr std::size_t max_body = 300;

struct Heard {
  std::vector<http::Request> requests;
  std::string answers;
};

/// A client that says `bytes`, so many at once, and then no more. The server's socket is the other end of a
/// pair: it takes neither ports nor time.
class Client {
 public:
  Client() {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
            "sockets");
    here_ = ends[0];
    asio::ip::tcp::socket there(context_);
    there.assign(asio::ip::tcp::v4(), ends[1]);
    asio::co_spawn(
        context_,
        http::Conversation::run(std::make_shared<http::Conversation>(std::move(there), settings_, handler_)),
        [this](std::exception_ptr failed) {
          require(!failed, "a connection does not throw");
          over_ = true;
        });
    turn();
  }
  ~Client() { ::close(here_); }

  Heard say(ByteView bytes, std::size_t piece) {
    while (!bytes.empty() && !over_) {
      const ssize_t size = ::send(here_, bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL);
      if (size > 0) bytes = bytes.subspan(static_cast<std::size_t>(size));
      turn();
    }
    ::shutdown(here_, SHUT_WR);
    while (!over_) turn();
    listen();
    return std::move(heard_);
  }

 private:
  void turn() {
    context_.restart();
    context_.poll();
    listen();
  }

  void listen() {
    std::array<char, 4096> some{};
    for (;;) {
      const ssize_t size = ::recv(here_, some.data(), some.size(), 0);
      if (size <= 0) return;
      heard_.answers.append(some.data(), static_cast<std::size_t>(size));
    }
  }

  asio::awaitable<http::Response> answer(http::Request request) {
    http::Response response{.status = 202, .body = "{\"n\":" + std::to_string(heard_.requests.size()) + "}"};
    heard_.requests.push_back(std::move(request));
    co_return response;
  }

  asio::io_context context_{1};
  http::Settings settings_{.max_body = max_body};
  http::Handler handler_ = [this](http::Request request) { return answer(std::move(request)); };
  Heard heard_;
  int here_ = -1;
  bool over_ = false;
};

bool same(const http::Request& a, const http::Request& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.headers == b.headers &&
         a.body == b.body;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check(const http::Request& request) {
  require(request.body.size() <= max_body, "a body is within its limit");
  require(request.path.starts_with('/'), "a path begins with a slash");
  require(!request.method.empty(), "there is a method");
  require(is_one_line(request.path) && is_one_line(request.query) && is_one_line(request.method),
          "a request line is one line");
  std::size_t size = request.method.size() + request.path.size() + request.query.size();
  for (const auto& [name, value] : request.headers) {
    require(!name.empty() && is_one_line(name) && is_one_line(value), "a header is one line");
    size += name.size() + value.size();
  }
  require(size <= http::max_header, "headers are within their limit");
  const auto length = request.header("content-length");
  if (length.empty()) return;
  require(request.header("transfer-encoding").empty(), "a body has one length");
  std::size_t claimed = 0;
  std::from_chars(length.data(), length.data() + length.size(), claimed);
  require(claimed == request.body.size(), "a body has the length it claims");
}

/// Reads answer by answer; `requests` says which was a HEAD.
void check_answers(std::string_view bytes, const std::vector<http::Request>& requests) {
  std::size_t final = 0;
  while (!bytes.empty()) {
    wire::response_parser<wire::string_body> parser;
    parser.eager(true);
    parser.skip(final < requests.size() && requests[final].method == "HEAD");
    boost::system::error_code error;
    const std::size_t size = parser.put(asio::buffer(bytes.data(), bytes.size()), error);
    require(!error && parser.is_done() && size > 0, "an answer is HTTP");
    bytes.remove_prefix(size);
    if (parser.get().result_int() == 100) continue;
    require((parser.get().result_int() == 202) == (final < requests.size()), "each request has its answer");
    ++final;
  }
  require(final >= requests.size() && final <= requests.size() + 1, "and after a refusal comes nothing");
}

}  // namespace

void fuzz_http(ByteView input) {
  if (input.empty()) return;
  const ByteView bytes = input.subspan(1);
  const Heard whole = Client().say(bytes, bytes.size());
  for (const http::Request& request : whole.requests) check(request);
  check_answers(whole.answers, whole.requests);
  const Heard pieces = Client().say(bytes, std::size_t{1} + input[0] % 64);
  require(std::equal(whole.requests.begin(), whole.requests.end(), pieces.requests.begin(),
                     pieces.requests.end(), same),
          "cutting does not matter to requests");
  require(whole.answers == pieces.answers, "cutting does not matter to answers");
}

}  // namespace omegate::fuzz
