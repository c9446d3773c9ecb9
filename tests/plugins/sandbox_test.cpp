// The sandbox itself, with a program that tries to leave it (tests/probes/sandbox_probe.cpp).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

#include "test_places.hpp"

namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct End {
  int status = 0;
  std::string said;

  bool was_killed_by(int signal) const { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
  bool refused_with(int error) const { return WIFEXITED(status) && WEXITSTATUS(status) == error; }
};

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 256> buffer;
  for (ssize_t size = 0; (size = read(descriptor, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

End probe(const std::string& program, std::string attempt) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
  std::string path = std::string(OMEGATE_BINARY_DIR "/tests/") + program;
  std::array<char*, 3> arguments{path.data(), attempt.data(), nullptr};
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, path.c_str(), &actions, nullptr, arguments.data(), nullptr), 0) << path;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  End end;
  end.said = read_all(ends[0]);
  close(ends[0]);
  EXPECT_EQ(waitpid(pid, &end.status, 0), pid);
  EXPECT_THAT(end.said, StartsWith("in ")) << attempt << ": it did not get into the sandbox";
  return end;
}

TEST(Sandbox, LetsAPluginCompute) { EXPECT_THAT(probe("sandbox_probe", "compute").said, HasSubstr("out\n")); }

// case 224
TEST(Sandbox, KillsEveryCallThatReachesOutside) {
  for (const char* attempt : {"open", "create", "list", "delete", "socket", "connect", "exec", "fork",
                              "clone", "map_code", "make_code", "kill_parent", "ptrace", "io_uring", "bpf",
                              "raise_limits", "write_elsewhere", "send_descriptor"}) {
    EXPECT_TRUE(probe("sandbox_probe", attempt).was_killed_by(SIGSYS)) << attempt;
  }
}

// case 210
TEST(Sandbox, EndsMemory) { EXPECT_TRUE(probe("sandbox_probe", "allocate").refused_with(ENOMEM)); }

// case 224
TEST(Sandbox, RefusesFilesEvenWithoutSeccomp) {
  std::ofstream("/tmp/omegate_probe_target") << "x";
  for (const char* attempt : {"open", "create", "list", "delete"}) {
    const End end = probe("sandbox_probe_files", attempt);
    if (end.said.starts_with("in 0")) return;  // this kernel has no Landlock: seccomp stands alone
    EXPECT_TRUE(end.refused_with(EACCES)) << attempt;
  }
  EXPECT_EQ(unlink("/tmp/omegate_probe_target"), 0) << "the probe deleted it";
}

}  // namespace
