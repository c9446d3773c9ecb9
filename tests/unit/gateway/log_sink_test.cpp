#include "bridge/gateway/log/log_sink.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <vector>

#include "bridge/gateway/limits.hpp"

namespace {

using namespace omegate::gateway;
using namespace std::chrono_literals;

/// Two ends, the second written to.
class LogReader : public testing::TestWithParam<bool> {
 protected:
  LogReader() {
    ::signal(SIGPIPE, SIG_IGN);  // as the program does
    if (GetParam()) {
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    } else {
      EXPECT_EQ(::pipe(ends_), 0);
    }
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    logger_ = std::make_unique<spdlog::logger>("test", std::make_shared<LogSink>(ends_[1], [](std::uint64_t lines) {
                                                 return "lost " + std::to_string(lines);
                                               }));
    logger_->set_pattern("%v");
  }
  ~LogReader() override {
    hang_up();
    ::close(ends_[1]);
  }

  void hang_up() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

  /// Within seconds, or whoever logs waits for its reader.
  void log(int from, int to) {
    auto done = std::async(std::launch::async, [&] {
      for (int i = from; i < to; ++i) logger_->info("line {} {}", i, std::string(100, 'x'));
    });
    const bool in_time = done.wait_for(20s) == std::future_status::ready;
    EXPECT_TRUE(in_time) << "the log waits for its reader";
    while (!in_time && done.wait_for(10ms) != std::future_status::ready) read();  // let it go
  }

  void read() {
    char buffer[4096];
    for (;;) {
      const ssize_t size = ::read(ends_[0], buffer, sizeof buffer);
      if (size <= 0) return;
      heard_.append(buffer, static_cast<std::size_t>(size));
    }
  }

  /// Everything there is, as lines.
  std::vector<std::string> lines() {
    for (std::size_t before = 1; before != heard_.size();) {
      before = heard_.size();
      logger_->flush();
      read();
    }
    std::vector<std::string> all;
    std::string line;
    std::istringstream text(heard_);
    while (std::getline(text, line)) all.push_back(line);
    EXPECT_TRUE(heard_.ends_with('\n')) << "half a line";
    return all;
  }

  static std::string numbered(int i) { return "line " + std::to_string(i) + " " + std::string(100, 'x'); }

  int ends_[2] = {-1, -1};
  std::unique_ptr<spdlog::logger> logger_;
  std::string heard_;
};
INSTANTIATE_TEST_SUITE_P(Ends, LogReader, testing::Bool(),
                         [](const auto& is_socket) { return is_socket.param ? "Socket" : "Pipe"; });

TEST_P(LogReader, GetsEachLineAtOnce) {
  logger_->info("hello");
  read();
  EXPECT_EQ(heard_, "hello\n");
}

// case 156
TEST_P(LogReader, WhoReadsNothingKeepsNobodyWaitingAndLearnsWhatHeMissed) {
  constexpr int many = 20'000;  // 2 MB
  log(0, many);
  auto heard = lines();
  ASSERT_THAT(heard, testing::SizeIs(testing::Gt(1000u)));
  const int kept = static_cast<int>(heard.size()) - 1;
  for (int i = 0; i < kept; ++i) ASSERT_EQ(heard[static_cast<std::size_t>(i)], numbered(i));
  EXPECT_EQ(heard.back(), "lost " + std::to_string(many - kept));
  EXPECT_LT(static_cast<std::size_t>(kept) * numbered(0).size(), max_waiting_log + 512 * 1024) << "memory is bounded";
  heard_.clear();
  log(many, many + 3);
  EXPECT_THAT(lines(), testing::ElementsAre(numbered(many), numbered(many + 1), numbered(many + 2)));
}

// case 156
TEST_P(LogReader, WhoGoesAwayEndsNothing) {
  log(0, 10);
  hang_up();
  log(10, 20'000);
  logger_->flush();
}

}  // namespace
