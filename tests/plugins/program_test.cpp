// A plugin that is a program of its own: what it can reach from its sandbox, which is the one of the release.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "tests/plugins/host_bench.hpp"
#include "test_places.hpp"

namespace {

using namespace std::chrono_literals;
using namespace omegate;
using gateway::Outcome;
using test::HostBench;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;
using State = gateway::PluginStatus::State;

constexpr gateway::PluginTimes times{.load = 10s, .handler = 5s, .first_pause = 1ms, .longest_pause = 4ms};

/// plugin.py of tests/plugins/probe_python in a folder of its own, behind a host that began with Lua.
struct ProgramBench : HostBench {
  explicit ProgramBench(std::vector<std::string> command = {"/usr/bin/python3", "-I", "-S", "-B", "plugin.py"})
      : HostBench("P.on('message', function() end)", OMEGATE_BINARY_DIR "/tests/plain_plugin_worker", times) {
    std::filesystem::copy_file(OMEGATE_SOURCE_DIR "/tests/plugins/probe_python/plugin.py", folder.path() / "plugin.py");
    next = installed("");
    next.manifest.program.command = std::move(command);
    next.manifest.program.reads = {"/usr/lib"};
  }

  /// Why it did not take over; empty: it did.
  std::string takes_over() {
    run(host.start());
    return run(host.reload(next)).last_error;
  }
  /// What comes of a line of Python.
  std::string does(const std::string& python) {
    const Outcome outcome = says(python);
    if (outcome.kind != Outcome::Kind::done) return outcome.error;
    return std::get<plugin::Send>(outcome.effects.at(0)).text;
  }

  plugin::Installed next;
};

TEST(ProgramPlugin, TakesOverFromLuaAndAnswers) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_EQ(bench.does("6 * 7"), "42");
  EXPECT_EQ(bench.does("sorted(os.listdir('.'))"), "['init.lua', 'plugin.py']");
  EXPECT_EQ(bench.does("dict(os.environ)").find("PATH"), std::string::npos);
  EXPECT_THAT(bench.log, testing::Contains(HasSubstr("sandbox: a program, seccomp, Landlock ABI")));
}

// case 224
TEST(ProgramPlugin, ReadsItsFolderAndWhatItsManifestNames) {
  ProgramBench bench;
  const test::TemporaryFolder other;
  other.write("secret", "x");
  const std::string secret = (other.path() / "secret").string();
  std::filesystem::create_symlink(secret, bench.folder.path() / "link");
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_THAT(bench.does("open('plugin.py').read(3)"), "\"\"\"");
  for (const std::string& path : {std::string("/etc/passwd"), std::string("/proc/self/environ"), std::string("/proc/self/maps"), secret, std::string("link"),
                                  std::string("../../../../../../etc/passwd"), std::string("/dev/tty")})
    EXPECT_EQ(bench.does("open('" + path + "').read(3)"), "PermissionError") << path;
  for (const std::string& path : {std::string("/"), std::string("/home"), std::string("/tmp"), other.path().string()})
    EXPECT_EQ(bench.does("os.listdir('" + path + "')"), "PermissionError") << path;
}

/// The name of a place may be a link, and what counts is where it leads.
// case 224
TEST(ProgramPlugin, ReadsNothingThroughALinkThatLeadsOutOfTheSystemsFolders) {
  ProgramBench bench;
  const test::TemporaryFolder other;
  std::filesystem::create_directory_symlink("/usr/lib", other.path() / "in");
  std::filesystem::create_directory_symlink(bench.folder.path(), other.path() / "out");
  bench.next.manifest.program.reads = {other.path() / "in"};
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_EQ(bench.does("len(os.listdir('/usr/lib')) > 0"), "True");
  bench.next.manifest.program.reads = {"/usr/lib", other.path() / "out"};
  EXPECT_THAT(bench.takes_over(), HasSubstr("out: it is a link to "));
}

// case 224
TEST(ProgramPlugin, WritesNothing) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  for (const char* const attempt : {"open('new', 'w')", "open('plugin.py', 'a')", "open('plugin.py', 'r+')", "os.open('.', os.O_TMPFILE | os.O_RDWR)",
                                    "os.truncate('plugin.py', 0)", "os.utime('plugin.py')", "os.open('/dev/null', os.O_WRONLY)"})
    EXPECT_EQ(bench.does(attempt), "PermissionError") << attempt;
}

/// `attempt` ends the process for a forbidden call, and the next event finds a new one.
// case 224
TEST(ProgramPlugin, EndsWithACallThatLeadsOut) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  for (const char* const attempt :
       {"__import__('socket').socket()", "__import__('socket').socketpair()", "os.fork()", "os.execv('/usr/bin/python3', ['python3'])",
        "os.execv('/bin/sh', ['sh', '-c', 'id'])", "os.posix_spawn('/bin/true', ['true'], {})", "os.kill(os.getppid(), 9)", "os.kill(-1, 9)", "os.kill(0, 9)",
        "__import__('subprocess').run(['/bin/true'])", "__import__('_thread').start_new_thread(print, ())", "os.unlink('plugin.py')", "os.mkdir('x')",
        "os.rename('plugin.py', 'x')", "os.symlink('/etc', 'x')", "os.chmod('plugin.py', 0o777)", "os.memfd_create('x')", "os.setuid(0)", "os.chroot('/')"}) {
    EXPECT_THAT(bench.does(attempt), AnyOf(HasSubstr("was killed for a forbidden system call"), "PermissionError")) << attempt;
    EXPECT_EQ(bench.does("1 + 1"), "2") << "after " << attempt;
  }
  EXPECT_TRUE(std::filesystem::exists(bench.folder.path() / "plugin.py"));
}

/// What is asked of the kernel by number, for libraries are kind.
// case 224
TEST(ProgramPlugin, IsHeldBackWhateverItAsksTheKernelItself) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  const std::string set_owner = "__import__('fcntl').fcntl(3, " + std::to_string(F_SETOWN) + ", os.getppid())";
  EXPECT_EQ(bench.does(set_owner), "PermissionError") << "a socket that signals others";
  EXPECT_EQ(bench.does("__import__('mmap').mmap(-1, 4096, prot=7)"), "PermissionError") << "memory that is written and run";
  EXPECT_EQ(bench.does("os.open('/usr/lib', os.O_RDONLY) < 64"), "True");
  EXPECT_EQ(bench.does("[os.open('plugin.py', 0) for _ in range(100)]"), "OSError") << "too many descriptors";
}

// case 210
TEST(ProgramPlugin, HasItsMemoryAndNoMore) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_EQ(bench.does("len('x' * (300 << 20))"), "MemoryError");
  EXPECT_EQ(bench.does("len('x' * (50 << 20))"), "52428800");
}

// case 208
TEST(ProgramPlugin, IsKilledWhenItHangs) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_THAT(bench.does("sum(0 for _ in iter(int, 1))"), HasSubstr("no answer within 5 s"));
  EXPECT_EQ(bench.does("1 + 1"), "2");
}

TEST(ProgramPlugin, SaysWhyItDoesNotStart) {
  ProgramBench broken;
  broken.folder.write("plugin.py", "import json\nraise ValueError('no room')\n");
  EXPECT_THAT(broken.takes_over(), HasSubstr("ValueError: no room"));
  ProgramBench nowhere({"/usr/bin/no-such-interpreter", "plugin.py"});
  EXPECT_THAT(nowhere.takes_over(), HasSubstr("/usr/bin/no-such-interpreter: there is no such program"));
  ProgramBench script({"/usr/bin/ldd", "plugin.py"});
  EXPECT_THAT(script.takes_over(), HasSubstr("name its interpreter"));
  ProgramBench deaf;
  deaf.next.manifest.program.reads = {};
  EXPECT_THAT(deaf.takes_over(), AllOf(StartsWith("the worker ended with code 127"), HasSubstr("shared librar"))) << "what the loader said";
}

TEST(ProgramPlugin, IsHeardOnItsStandardErrorHoweverMuchItSays) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bench.does("os.write(2, b'x' * 20000)"), "20000") << "event " << i;
  EXPECT_THAT(bench.does("(os.write(2, b'the end'), os._exit(7))"), AllOf(HasSubstr(" and said:\n"), HasSubstr("xthe end")));
}

/// More than a pipe holds, within one event: each word of it waits until there is room.
TEST(ProgramPlugin, IsHeardWhileItWorks) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_EQ(bench.does("sum((__import__('select').select([], [2], [], 4), os.write(2, b'x' * 4096))[1] for _ in range(50))"), "204800");
  EXPECT_THAT(bench.does("((__import__('select').select([], [2], [], 4), os.write(2, b'the end')), os._exit(7))"), HasSubstr("xthe end"));
}

/// More than anybody wants to read, within one event, and then why it ends.
TEST(ProgramPlugin, IsListenedToHoweverLongItGoesOn) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_EQ(bench.does("sum((__import__('select').select([], [2], [], 4), os.write(2, b'x' * 4096))[1] for _ in range(700))"), "2867200");
  EXPECT_THAT(bench.does("((__import__('select').select([], [2], [], 4), os.write(2, b'the end')), os._exit(7))"), HasSubstr("xthe end"));
}

TEST(ProgramPlugin, HasWhatItSaysOnItsStandardErrorInTheLog) {
  ProgramBench bench;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_EQ(bench.does("os.write(2, b'old library\\n' * 1000)"), "12000");
  EXPECT_THAT(bench.does("os._exit(7)"), AllOf(HasSubstr(" and said:\n"), HasSubstr("library\nold library\n")));
  EXPECT_EQ(std::ranges::count(bench.log, "stderr: old library"), 100);
  EXPECT_THAT(bench.log, testing::Contains(HasSubstr("stderr: left out 900 lines")));
}

// case 223
TEST(ProgramPlugin, IsNotStartedIfEverybodyMayWriteIt) {
  ProgramBench bench;
  std::filesystem::create_directory(bench.folder.path() / "library");
  bench.folder.write("library/part.py", "");
  ASSERT_EQ(chmod((bench.folder.path() / "library/part.py").c_str(), 0666), 0);
  EXPECT_THAT(bench.takes_over(), HasSubstr("part.py: everybody may write it"));
}

// case 217
TEST(ProgramPlugin, MayDoNoMoreThanItsManifestGrants) {
  ProgramBench bench;
  bench.next.manifest.grants.send_to_sender = false;
  ASSERT_EQ(bench.takes_over(), "");
  EXPECT_THAT(bench.does("1"), HasSubstr("does not grant sending to juliet@example.org"));
}

}  // namespace
