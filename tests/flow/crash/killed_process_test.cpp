// SIGKILL at every commit of a conversation, before it and after it: each alert arrives once, each command is
// answered once, and no message key is used for two texts. The controls: a program that acknowledges before
// its commit, and one that sends before its commit, are caught by the same checks.
//
// Much slower than the other flows: a few hundred lives of a process.
#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <tuple>

#include "bridge/core/omemo/message.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/flow/world/child_gateway.hpp"
#include "tests/flow/world/contact.hpp"

namespace omegate::flow {
namespace {

using namespace std::chrono_literals;
using omemo::Version;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* hook_token = "let me in";

void write_private(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// Which text each message key on the wire was used for.
class KeyUses {
 public:
  /// What came since the last look. One key with two texts under it; empty: there is none.
  std::string look_at(const std::vector<Said>& said) {
    for (; looked_at_ < said.size(); ++looked_at_) {
      for (const xml::Element& child : said[looked_at_].stanza.children()) {
        const auto version = xmpp::encrypted_version(child);
        if (version && uses_again(*version, child))
          return "a message key was used twice: " + said[looked_at_].bytes;
      }
    }
    return {};
  }

 private:
  bool uses_again(Version version, const xml::Element& encrypted) {
    for (const auto& key : xmpp::parse_encrypted(encrypted).value().keys) {
      const auto message = omemo::parse_incoming(version, key.bytes).value().message;
      const Bytes text(message.ciphertext().begin(), message.ciphertext().end());
      const auto name = std::tuple(version, key.rid.value(), message.ratchet_key(), message.counter());
      const auto [known, is_new] = seen_.emplace(name, text);
      if (!is_new && known->second != text) return true;
    }
    return false;
  }

  std::map<std::tuple<Version, std::uint32_t, omemo::PublicKey, std::uint32_t>, Bytes> seen_;
  std::size_t looked_at_ = 0;
};

/// One machine with its disk: the program lives and dies on it, the world goes on.
class Machine {
 public:
  explicit Machine(Version version) : version_(version) {
    write_private(dir_ / "password", "correct horse");
    write_private(dir_ / "token", hook_token);
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

  void start(const std::string& failpoint = {}, const std::string& program = "omegate") {
    child_.start(failpoint, program);
  }
  bool is_running() { return child_.is_running(); }
  bool was_killed() const { return child_.was_killed(); }
  void stop() {
    child_.ask_to_stop();
    EXPECT_TRUE(until([&] { return !child_.is_running(); })) << "it does not stop";
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
           "]}\n  responder: {}\n";
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
        std::string(hook_token) + "\r\nIdempotency-Key: " + text +
        "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
    co_await asio::async_write(socket, asio::buffer(request), asio::as_tuple(asio::use_awaitable));
    std::string heard;
    co_await asio::async_read(socket, asio::dynamic_buffer(heard), asio::as_tuple(asio::use_awaitable));
    co_return heard.starts_with("HTTP/1.1 202");
  }

  Version version_;
  gateway::test::TempDir dir_;
  std::uint16_t http_port_ = free_port();
  ChildGateway child_{dir_ / "omegate.yaml", dir_ / "log"};
  std::string pending_;
  bool posting_ = false;
};

class CrashAtEveryCommit : public testing::TestWithParam<Version> {
 protected:
  /// What the outside sees of one alert and one command; the texts are unique.
  struct Errand {
    std::string alert, word;  // empty: not part of it
  };

  void begin(const Errand& errand) {
    if (!errand.alert.empty()) machine.post(errand.alert);
    if (!errand.word.empty()) machine.alice->say("echo " + errand.word);
  }
  std::size_t times_done(const std::string& text) const {
    return text.empty() ? 1 : machine.alice->times_heard(text);
  }
  bool is_done(const Errand& errand) {
    if (!machine.xmpp.complaint().empty()) return true;  // nothing better will come
    return machine.is_accepted() && times_done(errand.alert) > 0 && times_done(errand.word) > 0 &&
           machine.xmpp.unacknowledged() == 0;
  }

  /// One life that may be cut short, and another one that ends the errand. Whether the first was cut short.
  bool run(const Errand& errand, const std::string& failpoint, const std::string& program,
           std::chrono::milliseconds patience) {
    begin(errand);
    machine.start(failpoint, program);
    machine.until([&] { return !machine.is_running() || is_done(errand); });
    if (machine.is_running()) machine.stop();
    if (!machine.was_killed()) return false;
    machine.start();
    machine.until([&] { return machine.is_accepted(); });
    // What comes behind shows that what was repeated has been: then nothing more is to be waited for.
    const Errand behind{errand.alert.empty() ? "" : "behind " + errand.alert,
                        errand.word.empty() ? "" : "behind " + errand.word};
    begin(behind);
    machine.until([&] { return is_done(behind); });
    machine.until([&] { return is_done(errand); }, patience);
    machine.stop();
    return true;
  }

  /// What went wrong; empty: nothing.
  std::string fault(const Errand& errand) {
    if (!machine.xmpp.complaint().empty()) return machine.xmpp.complaint();
    for (const std::string& text : {errand.alert, errand.word}) {
      const std::size_t times = times_done(text);
      if (times != 1) return text + " arrived " + std::to_string(times) + " times";
    }
    if (std::string reused = key_uses.look_at(machine.xmpp.said()); !reused.empty()) return reused;
    if (!machine.alice->unreadable().empty())
      return "alice could not read: " + machine.alice->unreadable().back();
    return {};
  }

  void start_for_the_first_time() {
    machine.start();
    ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); })) << machine.log();
    machine.let_alice_in();
    machine.stop();
  }

  /// How the fault of this program was noticed when it was killed at `place`, in the transaction that matters. The
  /// lives after the first are for a machine so busy that its last breath did not get out.
  std::string fault_of(const std::string& program, const std::string& place, const Errand& errand) {
    start_for_the_first_time();
    for (const char* const life : {" 1", " 2", " 3", " 4"}) {
      const auto numbered = [&](const std::string& text) { return text.empty() ? text : text + life; };
      const Errand now{numbered(errand.alert), numbered(errand.word)};
      EXPECT_TRUE(run(now, place + ":1:kill", program, 1s)) << program << " did not pass " << place;
      if (std::string what = fault(now); !what.empty()) return what;
    }
    return "none";
  }

  Machine machine{GetParam()};
  KeyUses key_uses;
};
INSTANTIATE_TEST_SUITE_P(Versions, CrashAtEveryCommit, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

// case 134, 135, 150
TEST_P(CrashAtEveryCommit, LosesNothingAndDoublesNothing) {
  start_for_the_first_time();
  int round = 0;
  for (const std::string& place : {std::string("store.before_commit"), std::string("store.after_commit")}) {
    for (int commit = 1;; ++commit) {
      const std::string number = std::to_string(++round);
      const Errand errand{"alert" + number, "word" + number};
      const bool killed = run(errand, place + ":" + std::to_string(commit) + ":kill", "omegate", 60s);
      ASSERT_EQ(fault(errand), "") << place << " " << commit << "\n" << machine.log();
      if (!killed) {
        EXPECT_GT(commit, 20);
        break;
      }
    }
  }
}

// case 139
TEST_P(CrashAtEveryCommit, NoticesAnAcknowledgementBeforeTheCommit) {
  // Lost; or the next process, which goes on from what was stored, names the server a smaller number than before.
  EXPECT_THAT(fault_of("omegate-acks-too-early", "gateway.received", {"", "word"}),
              testing::AnyOf(testing::HasSubstr("arrived 0 times"), testing::HasSubstr("acknowledged ")));
}

// case 139
TEST_P(CrashAtEveryCommit, NoticesAMessageSentBeforeTheCommit) {
  EXPECT_THAT(fault_of("omegate-sends-too-early", "gateway.sealed", {"alert", ""}),
              testing::AnyOf(testing::HasSubstr("used twice"), testing::HasSubstr("arrived 2 times")));
}

/// The same places are harmless where nothing is shown too early.
TEST_P(CrashAtEveryCommit, FindsNoFaultAtThePlacesOfTheControls) {
  EXPECT_EQ(fault_of("omegate", "gateway.received", {"", "word"}), "none");
  EXPECT_EQ(fault_of("omegate", "gateway.sealed", {"alert", ""}), "none");
}

/// There is one identity, and what is published of it can be used: never half of a device.
// case 137
TEST(CrashAtEveryCommitOfTheFirstStart, LeavesOneWholeDevice) {
  for (int commit = 1;; ++commit) {
    const Version version = commit % 2 == 0 ? Version::omemo2 : Version::legacy;
    Machine fresh(version);
    fresh.start("store.after_commit:" + std::to_string(commit) + ":kill");
    bool was_killed = false;
    const auto goes_on = [&](auto holds) {
      ASSERT_TRUE(fresh.until([&] { return !fresh.is_running() || holds(); })) << commit << "\n"
                                                                               << fresh.log();
      if (!fresh.is_running()) {
        was_killed = fresh.was_killed();
        fresh.start();
      }
      ASSERT_TRUE(fresh.until(holds)) << commit << "\n" << fresh.log();
    };
    goes_on([&] { return fresh.xmpp.online(); });
    fresh.let_alice_in();
    fresh.alice->say("ping");
    goes_on([&] { return fresh.alice->times_heard("pong") == 1; });
    const auto& list = fresh.xmpp.nodes.at({bot_jid, xmpp::device_list_node(version)}).items.back().second;
    EXPECT_EQ(xmpp::parse_device_list(version, list).value().size(), 1u);
    if (HasFatalFailure()) return;
    fresh.stop();
    was_killed = was_killed || fresh.was_killed();
    if (!was_killed) {
      EXPECT_GT(commit, 10);
      break;
    }
  }
}

}  // namespace
}  // namespace omegate::flow
