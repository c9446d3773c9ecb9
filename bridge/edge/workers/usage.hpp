// What a worker costs: its memory and its processor time.
//
// A worker locks itself in: after that nobody but root may look at its place under /proc, where systemd hides it besides
// (ProtectProc). So the file with its memory is opened as soon as it is started, and read whenever somebody asks.
// Source: proc(5), statm; clock_getcpuclockid(3).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace omegate::workers {

struct Usage {
  std::optional<std::uint64_t> memory;  // bytes in RAM that are its own, without files that others map as well; nothing: unknown
  std::chrono::nanoseconds cpu{};       // since it was started
};

/// Owns a descriptor.
class UsageMeter {
 public:
  UsageMeter() = default;
  explicit UsageMeter(int pid);
  UsageMeter(UsageMeter&& other) noexcept : statm_(std::exchange(other.statm_, -1)) {}
  UsageMeter& operator=(UsageMeter&&) = delete;
  ~UsageMeter();

  /// Of the same process, which has not been reaped yet.
  Usage read(int pid) const;

 private:
  int statm_ = -1;
};

}  // namespace omegate::workers
