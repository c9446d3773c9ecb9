#include "bridge/core/crypto/random.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <iterator>

namespace omegate::crypto {
namespace {

constexpr sock_filter answer(unsigned verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
constexpr sock_filter unless(unsigned syscall) { return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syscall, 0, 1); }

/// From now on the kernel gives this process neither random bytes nor files.
void take_randomness_away(int getrandom_error) {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          unless(SYS_getrandom),
                          answer(SECCOMP_RET_ERRNO | static_cast<unsigned>(getrandom_error)),
                          unless(SYS_openat),
                          answer(SECCOMP_RET_ERRNO | EACCES),
                          answer(SECCOMP_RET_ALLOW)};
  const sock_fprog program{std::size(filter), filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(3);
}

// case 107
TEST(SystemRandomDeathTest, EndsTheProcessWhereTheKernelGivesNothing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto draw = [](int error, bool used_before) {
    std::array<std::uint8_t, 32> key{};
    if (used_before) system_random().fill(key);
    take_randomness_away(error);
    system_random().fill(key);
    _exit(0);  // drew something from nowhere
  };
  for (const int error : {ENOSYS, EIO}) {
    EXPECT_EXIT(draw(error, true), testing::KilledBySignal(SIGABRT), "");
    EXPECT_EXIT(draw(error, false), testing::KilledBySignal(SIGABRT), "");
  }
}

}  // namespace
}  // namespace omegate::crypto
