#include "bridge/app/hardening.hpp"
#include "test_places.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <regex>
#include <string>

namespace omegate::app {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// In a child: nothing given up comes back. Its exit code is the number of the first thing it still has.
int still_has_after_hardening() {
  harden_process();
  rlimit core{1, 1};
  getrlimit(RLIMIT_CORE, &core);
  if (core.rlim_cur != 0 || core.rlim_max != 0) return 1;
#ifndef OMEGATE_SANITIZED
  if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 2;
#endif
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 3;
  if (umask(0) != 077) return 4;
  if (std::get_new_handler() == nullptr) return 6;  // an allocation that fails would leave an account half dead
  return std::signal(SIGPIPE, SIG_DFL) == SIG_IGN ? 0 : 5;
}

// case 172, 173
TEST(HardeningDeathTest, LeavesNoCoreAndNobodyMayTraceIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(_exit(still_has_after_hardening()), testing::ExitedWithCode(0), "");
  EXPECT_NE(content(OMEGATE_SOURCE_DIR "/deploy/systemd/omegate.service").find("Restart=on-failure"),
            std::string::npos);
}

// case 155
TEST(Signals, AreHandledByNoCodeOfOurs) {
  const std::regex handler(R"(\bsigaction\s*\(|\bsignal\s*\(\s*SIG\w+\s*,(?!\s*SIG_(IGN|DFL)))");
  ASSERT_TRUE(std::regex_search("::signal(SIGTERM, stop);", handler));
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(OMEGATE_SOURCE_DIR "/bridge")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_FALSE(std::regex_search(content(entry.path()), handler)) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 100);
}

}  // namespace
}  // namespace omegate::app
