#include "bridge/app/control_socket.hpp"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "bridge/app/control_client.hpp"
#include "bridge/app/limits.hpp"
#include "bridge/app/verbs.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace {

using namespace omegate::app;
using omegate::gateway::OperatorError;
using testing::HasSubstr;
namespace json = boost::json;
namespace fs = std::filesystem;
using Protocol = asio::local::stream_protocol;

/// Answers what it was asked.
asio::awaitable<json::value> echo(Caller caller, std::string verb, json::object args) {
  if (verb == "trust.show") throw OperatorError("not_found", "nobody of this name", "look at `trust list`");
  if (verb == "trust.verify") throw std::runtime_error("the disk is gone");
  if (verb == "outbox.list") args["padding"] = std::string(max_control_answer, 'x');
  args["verb"] = verb;
  args["uid"] = caller.uid;
  co_return args;
}

/// A socket with its gateway's thread.
class ControlSocketTest : public testing::Test {
 protected:
  ControlSocketTest() {
    std::string pattern = (fs::temp_directory_path() / "omegate-control-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "control.sock";
  }
  ~ControlSocketTest() override {
    stop();
    fs::remove_all(folder_);
  }

  void start(ControlSocket::Access access = {}) {
    socket_.emplace(context_.get_executor(), path_, access, &echo,
                    [this](const ControlRecord& record) { log_.push_back(record); });
    thread_ = std::thread([this] { context_.run(); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { socket_->close(); });
    thread_.join();
    socket_.reset();
  }

  /// Sends raw bytes and returns the first line of the answer; empty if the gateway hung up.
  std::string raw(const std::string& bytes) {
    asio::io_context context;
    Protocol::socket connection(context);
    connection.connect(Protocol::endpoint(path_.string()));
    boost::system::error_code error;
    asio::write(connection, asio::buffer(bytes), error);
    std::string received;
    asio::read_until(connection, asio::dynamic_buffer(received), '\n', error);
    return received.substr(0, received.find('\n'));
  }

  std::string error_code(const std::string& bytes) {
    const auto line = raw(bytes);
    if (line.empty()) return "hung up";
    return std::string(json::parse(line).at("error").at("code").as_string());
  }

  fs::path folder_, path_;
  asio::io_context context_;
  std::optional<ControlSocket> socket_;
  std::vector<ControlRecord> log_;
  std::thread thread_;
};

mode_t mode(const fs::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 07777;
}

TEST_F(ControlSocketTest, AnswersOneRequestWithOneLine) {
  start();
  const auto answer = ask_gateway(path_, "status", {{"a", 1}}).as_object();
  EXPECT_EQ(answer.at("verb"), "status");
  EXPECT_EQ(answer.at("a"), 1);
}

TEST_F(ControlSocketTest, KnowsWhoAsksFromTheKernel) {
  start();
  EXPECT_EQ(ask_gateway(path_, "status", {}).at("uid").to_number<uid_t>(), ::geteuid());
  stop();
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_EQ(log_[0].caller.uid, ::geteuid());
  EXPECT_EQ(log_[0].caller.pid, ::getpid());
  EXPECT_EQ(log_[0].verb, "status");
  EXPECT_EQ(log_[0].error, "");
}

TEST_F(ControlSocketTest, OneConnectionMayAskManyThings) {
  start();
  asio::io_context context;
  Protocol::socket connection(context);
  connection.connect(Protocol::endpoint(path_.string()));
  asio::write(connection, asio::buffer(std::string("{\"verb\":\"status\"}\n{\"verb\":\"keys\"}\n")));
  std::string received;
  for (const char* verb : {"status", "keys"}) {
    const auto size = asio::read_until(connection, asio::dynamic_buffer(received), '\n');
    EXPECT_EQ(json::parse(received.substr(0, size)).at("data").at("verb"), verb);
    received.erase(0, size);
  }
}

TEST_F(ControlSocketTest, FailuresComeBackWithCodeTextAndHint) {
  start();
  try {
    ask_gateway(path_, "trust.show", {});
    FAIL();
  } catch (const OperatorError& error) {
    EXPECT_EQ(error.code(), "not_found");
    EXPECT_STREQ(error.what(), "nobody of this name");
    EXPECT_EQ(error.hint(), "look at `trust list`");
  }
  EXPECT_EQ(error_code("{\"verb\":\"trust.verify\"}\n"), "failed");
}

TEST_F(ControlSocketTest, RefusesWhatIsNoRequest) {
  start();
  for (const char* line : {"\n", "hello\n", "[]\n", "{}\n", "{\"verb\":1}\n",
                           "{\"verb\":\"status\",\"args\":[]}\n", "{\"verb\":\"status\"} x\n"})
    EXPECT_EQ(error_code(line), "bad_argument") << line;
  EXPECT_EQ(error_code("{\"verb\":\"explode\"}\n"), "unknown_verb");
  EXPECT_EQ(error_code(std::string(40, '[') + std::string(40, ']') + "\n"), "bad_argument");
}

TEST_F(ControlSocketTest, HangsUpOnARequestWithoutEnd) {
  start();
  EXPECT_EQ(raw(std::string(max_control_request + 1, ' ') + "{\"verb\":\"status\"}\n"), "");
  EXPECT_EQ(ask_gateway(path_, "status", {}).at("verb"), "status");  // and serves the next
}

TEST_F(ControlSocketTest, ATooLongAnswerIsAnError) {
  start();
  EXPECT_EQ(error_code("{\"verb\":\"outbox.list\"}\n"), "failed");
}

TEST_F(ControlSocketTest, IsOnlyForItsOwner) {
  ::umask(0);
  start();
  ::umask(022);
  EXPECT_EQ(mode(path_), 0600u);
}

TEST_F(ControlSocketTest, TheSendSocketIsForItsGroupAndOnlySends) {
  start({.send_only = true, .group = ::getgrgid(::getegid())->gr_name});
  EXPECT_EQ(mode(path_), 0660u);
  EXPECT_EQ(ask_gateway(path_, "send", {}).at("verb"), "send");
  for (const auto& verb : verbs) {
    if (verb.on_send_socket) continue;
    EXPECT_EQ(error_code("{\"verb\":\"" + std::string(verb.name) + "\"}\n"), "not_allowed") << verb.name;
  }
}

TEST(ControlVerbs, AreAllThatTheGatewayKnows) {
  for (const std::string_view name : omegate::gateway::OperatorService::verbs())
    EXPECT_TRUE(find_verb(name)) << name << " is refused before it reaches the gateway";
}

TEST_F(ControlSocketTest, AnUnknownGroupIsSaidSo) {
  EXPECT_THROW(start({.send_only = true, .group = "no-such-group"}), std::system_error);
}

TEST_F(ControlSocketTest, TakesTheSocketOfADeadGatewayButNotOfALivingOne) {
  {
    asio::io_context context;
    Protocol::acceptor dead(context, Protocol::endpoint(path_.string()));
  }
  ASSERT_TRUE(fs::exists(path_));
  start();
  asio::io_context second;
  try {
    const ControlSocket other(second.get_executor(), path_, {}, &echo, [](const ControlRecord&) {});
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("another process is listening there"));
  }
  EXPECT_EQ(ask_gateway(path_, "status", {}).at("verb"), "status");
}

TEST_F(ControlSocketTest, DoesNotRemoveAFileThatIsInTheWay) {
  std::ofstream(path_) << "precious";
  EXPECT_THROW(start(), std::system_error);
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(ControlSocketTest, IsGoneAfterTheEnd) {
  start();
  stop();
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_THROW(ask_gateway(path_, "status", {}), GatewayNotRunning);
}

TEST_F(ControlSocketTest, WhoOnlyLooksDoesNotWaitForAGatewayThatIsStopped) {
  asio::io_context context;
  const Protocol::acceptor stopped(context, Protocol::endpoint(path_.string()));  // connections come in, and nobody serves them
  EXPECT_THROW(ask_gateway(path_, "status", {}, std::chrono::milliseconds(20)), GatewaySilent);
}

TEST_F(ControlSocketTest, AClientThatLeavesEarlyHarmsNobody) {
  start();
  for (int i = 0; i < 10; ++i) {
    asio::io_context context;
    Protocol::socket connection(context);
    connection.connect(Protocol::endpoint(path_.string()));
    asio::write(connection, asio::buffer(std::string("{\"verb\":\"outbox.list\"}\n{\"ve")));
  }
  EXPECT_EQ(ask_gateway(path_, "status", {}).at("verb"), "status");
}

}  // namespace
