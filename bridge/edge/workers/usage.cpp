#include "bridge/edge/workers/usage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <string>

namespace omegate::workers {
namespace {

/// "size resident shared …", in pages.
std::optional<std::uint64_t> own_memory(int statm) {
  std::array<char, 256> text{};
  if (statm < 0 || pread(statm, text.data(), text.size() - 1, 0) <= 0) return std::nullopt;
  unsigned long size = 0, resident = 0, shared = 0;
  if (std::sscanf(text.data(), "%lu %lu %lu", &size, &resident, &shared) != 3 || shared > resident) return std::nullopt;
  return static_cast<std::uint64_t>(resident - shared) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds cpu_time(int pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

UsageMeter::UsageMeter(int pid)
    : statm_(open(("/proc/" + std::to_string(pid) + "/statm").c_str(), O_RDONLY | O_CLOEXEC)) {}

UsageMeter::~UsageMeter() {
  if (statm_ >= 0) close(statm_);
}

Usage UsageMeter::read(int pid) const { return {own_memory(statm_), cpu_time(pid)}; }

}  // namespace omegate::workers
