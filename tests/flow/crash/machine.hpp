// One machine with its disk: the real program lives and dies on it, the scripted world around it goes on.
//
// Not here: where it is killed, and what must be true then (the tests).
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/flow/world/child_gateway.hpp"
#include "tests/flow/world/contact.hpp"
#include "tests/support/key_uses.hpp"
#include "test_places.hpp"

namespace omegate::flow {

using namespace std::chrono_literals;
using omemo::Version;
using SteadyClock = std::chrono::steady_clock;

inline constexpr const char* child_token = "let me in";

inline void write_private(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// Looks at what the bot said since the last look. A stanza with a message key that was used before for another
/// text; empty: there is none.
class WireWatch {
 public:
  std::string reused(const std::vector<Said>& said) {
    for (; looked_at_ < said.size(); ++looked_at_) {
      if (uses_.uses_again(said[looked_at_].stanza))
        return "a message key was used twice: " + said[looked_at_].bytes;
    }
    return {};
  }

 private:
  test::KeyUses uses_;
  std::size_t looked_at_ = 0;
};

class Machine {
 public:
  /// `more_plugins`: lines below `plugins:` of its settings.
  explicit Machine(Version version, std::string more_plugins = {}) : version_(version), more_plugins_(std::move(more_plugins)) {
    write_private(dir_ / "password", "correct horse");
    write_private(dir_ / "token", child_token);
    write_private(dir_ / "key", std::string(32, 'k'));
    std::ofstream(dir_ / "omegate.yaml") << config();
  }
  ~Machine() {
    child_.kill_now();
    xmpp.stop();
    io.restart();
    io.run_for(5ms);
  }

  asio::io_context io;
  XmppWorld xmpp{io.get_executor()};
  std::optional<Contact> alice;

  bool until(const std::function<bool()>& holds, std::chrono::milliseconds limit = 30s) {
    const auto end = SteadyClock::now() + limit;
    io.restart();
    while (!holds()) {
      if (SteadyClock::now() > end) return false;
      io.run_one_for(5ms);
    }
    return true;
  }

  void start(const std::string& failpoint = {}, const std::string& program = "omegate",
             const std::vector<std::string>& environment = {}) {
    child_.start(failpoint, program, environment);
  }
  long most_memory() const { return child_.most_memory(); }  // kB
  std::string database() const { return dir_ / "data/omegate.db"; }
  bool is_running() { return child_.is_running(); }
  bool was_killed() const { return child_.was_killed(); }
  void kill_now() { child_.kill_now(); }
  void stop() {
    child_.ask_to_stop();
    EXPECT_TRUE(until([&] { return !child_.is_running(); })) << "it does not stop";
  }

  /// An order of the operator, as `omegate …` of the command line, while the gateway runs. Its exit code.
  int tell(const std::string& order) const {
    return std::system((std::string("ASAN_OPTIONS=detect_leaks=0 " OMEGATE_BINARY_DIR "/omegate --config ") + (dir_ / "omegate.yaml") + " " + order + " >> " +
                        (dir_ / "log") + " 2>&1").c_str());
  }

  void let_alice_in() {
    if (!alice) alice.emplace(xmpp, alice_jid, std::vector{version_});
  }

  /// Posts until it is accepted; a repetition carries the same key.
  void post(const std::string& text) {
    pending_ = text;
    posting_ = false;
  }
  bool is_accepted() {
    if (!pending_.empty() && !posting_ && child_.is_running()) {
      posting_ = true;
      asio::co_spawn(io, post_once(pending_), [this](std::exception_ptr, bool accepted) {
        posting_ = false;
        if (accepted) pending_.clear();
      });
    }
    return pending_.empty();
  }

  std::string log_path() const { return dir_ / "log"; }
  std::string log() const {
    std::ifstream file(dir_ / "log");
    std::string all{std::istreambuf_iterator<char>(file), {}};
    return all.substr(all.size() > 3000 ? all.size() - 3000 : 0);
  }

 private:
  std::string config() {
    const auto path = [&](const char* name) { return dir_ / name; };
    return "data_dir: " + path("data") + "\nkey: {file: " + path("key") +
           "}\naccounts:\n  bot:\n    jid: " + bot_jid + "\n    password: {file: " + path("password") +
           "}\n    host: 127.0.0.1\n    port: " + std::to_string(xmpp.port()) +
           "\n    ca_file: " + test::ScriptedServer::ca_file() + "\n    allow: [" + alice_jid +
           "]\nhttp:\n  listen: 127.0.0.1:" + std::to_string(http_port_) +
           "\nplugins:\n  webhook:\n    secrets:\n" + "      alerts: {file: " + path("token") +
           "}\n    config:\n      hooks:\n        alerts: {secret: alerts, to: [" + alice_jid +
           "]}\n  responder: {}\n" + more_plugins_;
  }

  asio::awaitable<bool> post_once(std::string text) {
    asio::ip::tcp::socket socket(io);
    const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), http_port_);
    const auto [refused] = co_await socket.async_connect(there, asio::as_tuple(asio::use_awaitable));
    if (refused) {
      asio::steady_timer pause(io, 20ms);
      co_await pause.async_wait(asio::use_awaitable);
      co_return false;
    }
    const std::string request =
        "POST /hooks/alerts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " +
        std::string(child_token) + "\r\nIdempotency-Key: " + text +
        "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
    co_await asio::async_write(socket, asio::buffer(request), asio::as_tuple(asio::use_awaitable));
    std::string heard;
    co_await asio::async_read(socket, asio::dynamic_buffer(heard), asio::as_tuple(asio::use_awaitable));
    co_return heard.starts_with("HTTP/1.1 202");
  }

  Version version_;
  std::string more_plugins_;
  gateway::test::TempDir dir_;
  std::uint16_t http_port_ = free_port();
  ChildGateway child_{dir_ / "omegate.yaml", dir_ / "log"};
  std::string pending_;
  bool posting_ = false;
};

}  // namespace omegate::flow
