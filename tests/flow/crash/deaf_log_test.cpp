// The program's log goes into a pipe that nobody reads, or whose reader is gone: messages go on.
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/flow/crash/machine.hpp"

namespace omegate::flow {
namespace {

class DeafLog : public testing::Test {
 protected:
  DeafLog() {
    EXPECT_EQ(::mkfifo(machine.log_path().c_str(), 0600), 0);
    reader = ::open(machine.log_path().c_str(), O_RDWR);
    ::fcntl(reader, F_SETPIPE_SZ, 4096);  // the least there is
    machine.start();
    EXPECT_TRUE(machine.until([&] { return machine.xmpp.online(); }));
    machine.let_alice_in();
  }
  ~DeafLog() override {
    if (reader >= 0) ::close(reader);
  }

  /// Each of them is several lines of the log.
  void answers_commands(int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string word = "word" + std::to_string(i);
      machine.alice->say("echo " + word);
      ASSERT_TRUE(machine.until([&] { return machine.alice->times_heard(word) == 1; })) << word;
    }
  }

  Machine machine{Version::omemo2};
  int reader = -1;
};

// case 156
TEST_F(DeafLog, APipeThatNobodyReadsStopsNothing) {
  answers_commands(0, 40);
  machine.stop();
}

// case 156
TEST_F(DeafLog, AReaderThatIsGoneStopsNothing) {
  answers_commands(0, 5);
  ::close(std::exchange(reader, -1));
  answers_commands(5, 15);
  machine.stop();
}

}  // namespace
}  // namespace omegate::flow
