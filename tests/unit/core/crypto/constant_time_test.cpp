// The probe runs under valgrind, which sees each branch and each address that depends on a secret.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "test_places.hpp"

namespace {

int verdict(const std::string& operation) {
  const std::string command = "valgrind -q --error-exitcode=9 " OMEGATE_BINARY_DIR "/tests/constant_time_probe " +
                              operation + " >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Not the curve: libsodium refuses the scalar zero by a branch on it, which says no more than that.
class ConstantTime : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Operations, ConstantTime,
                         testing::Values("compare", "encode", "derive", "seal"),
                         [](const auto& operation) { return std::string(operation.param); });

// case 105
TEST_P(ConstantTime, NoBranchAndNoAddressDependsOnASecret) { EXPECT_EQ(verdict(GetParam()), 0); }

// case 105
TEST(ConstantTimeControl, AComparisonThatStopsEarlyIsFound) { EXPECT_EQ(verdict("leaky"), 9); }

}  // namespace
