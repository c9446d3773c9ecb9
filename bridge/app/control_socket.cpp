#include "bridge/app/control_socket.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "bridge/app/limits.hpp"
#include "bridge/app/verbs.hpp"
#include "bridge/edge/net/local_socket.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Protocol = asio::local::stream_protocol;
using gateway::OperatorError;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::string user_name(uid_t uid) {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return entry.pw_name;
  return std::to_string(uid);
}

Caller caller_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) fail(errno, "SO_PEERCRED");
  return {credentials.uid, credentials.pid, user_name(credentials.uid)};
}

struct Request {
  std::string verb;
  json::object args;
};

Request parse_request(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* verb = object == nullptr ? nullptr : object->if_contains("verb");
  if (verb == nullptr || !verb->is_string())
    throw OperatorError("bad_argument", "not a request", R"(send one line, {"verb": "status", "args": {}})");
  Request request{std::string(verb->get_string()), {}};
  if (const json::value* args = object->if_contains("args")) {
    if (!args->is_object()) throw OperatorError("bad_argument", "args is no object");
    request.args = args->get_object();
  }
  return request;
}

void check_verb(const std::string& name, bool send_only) {
  const auto verb = find_verb(name);
  if (!verb)
    throw OperatorError("unknown_verb", "there is no verb \"" + name + "\"",
                        "is omegate newer than its gateway?");
  if (send_only && !verb->on_send_socket)
    throw OperatorError("not_allowed", "this socket may only send",
                        "use the control socket, as omegate's user or root");
}

json::object failure(const OperatorError& error) {
  json::object body{{"code", error.code()}, {"text", error.what()}};
  if (!error.hint().empty()) body["hint"] = error.hint();
  return {{"ok", false}, {"error", std::move(body)}};
}

}  // namespace

std::string Caller::to_string() const { return "operator " + name; }

/// What connections need; the last of them lets it go.
struct ControlSocket::Shared {
  Shared(asio::any_io_executor executor, fs::path file, Access access_, Dispatcher dispatcher,
         ControlLog log_)
      : path(std::move(file)),
        access(std::move(access_)),
        dispatch(std::move(dispatcher)),
        log(std::move(log_)),
        acceptor(std::move(executor)) {}

  void listen() {
    Protocol::endpoint endpoint(path.string());
    net::clear_the_way(path);
    acceptor.open();
    acceptor.bind(endpoint);
    net::set_mode(path, access.send_only ? 0660 : 0600, access.group);
    acceptor.listen();
  }

  void close() {
    if (!acceptor.is_open()) return;
    acceptor.close();
    for (Protocol::socket* connection : connections) connection->close();
    std::error_code ignored;
    fs::remove(path, ignored);
  }

  static asio::awaitable<void> accept(std::shared_ptr<Shared> self) {
    while (self->acceptor.is_open()) {
      boost::system::error_code error;
      auto connection =
          co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error) {  // out of descriptors, most likely: they come back
        if (self->acceptor.is_open()) co_await pause();
        continue;
      }
      if (self->connections.size() >= max_control_connections) continue;  // dropped
      asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(connection)), asio::detached);
    }
  }

  static asio::awaitable<void> pause() {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(100));
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  static asio::awaitable<void> serve(std::shared_ptr<Shared> self, Protocol::socket connection) {
    self->connections.insert(&connection);
    try {
      const Caller caller = caller_of(connection.native_handle());
      std::string received;
      for (;;) {
        co_await net::within(control_idle_limit, read_line(connection, received));
        const auto end = received.find('\n');
        const std::string line = received.substr(0, end);
        received.erase(0, end + 1);
        const std::string reply = co_await answer(self, caller, line);
        co_await net::within(control_idle_limit, write(connection, reply));
      }
    } catch (const std::exception&) {
      // It left, said too much, was silent too long, or we are closing: the connection is over in any case.
    }
    self->connections.erase(&connection);
  }

  static asio::awaitable<void> read_line(Protocol::socket& connection, std::string& received) {
    co_await asio::async_read_until(connection, asio::dynamic_buffer(received, max_control_request), '\n',
                                    asio::use_awaitable);
  }

  static asio::awaitable<void> write(Protocol::socket& connection, const std::string& reply) {
    co_await asio::async_write(connection, asio::buffer(reply), asio::use_awaitable);
  }

  /// The answer's line. Never throws for what the request holds.
  static asio::awaitable<std::string> answer(std::shared_ptr<Shared> self, Caller caller, std::string line) {
    ControlRecord record{caller, "", ""};
    json::object reply;
    try {
      Request request = parse_request(line);
      record.verb = request.verb;
      check_verb(request.verb, self->access.send_only);
      json::value data = co_await self->dispatch(caller, request.verb, std::move(request.args));
      reply["ok"] = true;
      reply["data"] = std::move(data);
    } catch (const OperatorError& error) {
      record.error = error.code();
      reply = failure(error);
    } catch (const std::exception& error) {
      record.error = "failed";
      reply = failure(OperatorError("failed", error.what()));
    }
    std::string text = json::serialize(reply);
    if (text.size() > max_control_answer) {
      record.error = "failed";
      text = json::serialize(
          failure(OperatorError("failed", "the answer is too long", "ask for fewer rows: --limit")));
    }
    if (const auto verb = find_verb(record.verb); !verb || verb->is_logged || !record.error.empty()) self->log(record);
    co_return text + '\n';
  }

  fs::path path;
  Access access;
  Dispatcher dispatch;
  ControlLog log;
  Protocol::acceptor acceptor;
  std::set<Protocol::socket*> connections;
};

ControlSocket::ControlSocket(asio::any_io_executor executor, fs::path path, Access access,
                             Dispatcher dispatch, ControlLog log)
    : shared_(std::make_shared<Shared>(executor, std::move(path), std::move(access), std::move(dispatch),
                                       std::move(log))) {
  shared_->listen();
  asio::co_spawn(executor, Shared::accept(shared_), asio::detached);
}

ControlSocket::~ControlSocket() { close(); }

void ControlSocket::close() { shared_->close(); }

}  // namespace omegate::app
