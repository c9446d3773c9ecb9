// The parts that both sandboxes are made of: the one that Lua runs in (sandbox.hpp), and the one of a plugin that is a
// program of its own (program.hpp).
#pragma once

#include <sys/resource.h>
#include <seccomp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace omegate::worker {

/// Throw `std::system_error` that names the step.
[[noreturn]] void give_up(const std::string& step, int error);
void require(bool done, const char* step);

/// Closes these descriptors, both ends included.
void close_range_of(unsigned first, unsigned last);

void limit(__rlimit_resource resource, rlim_t value, const char* step);

/// No children, no files written, no core; it ends with the gateway and never gets more rights than it has.
void limit_process(rlim_t descriptors);

/// Landlock with every right handled. What is not allowed by then is denied from `enforce` on.
class FileRules {
 public:
  FileRules();
  FileRules(const FileRules&) = delete;
  ~FileRules();

  /// The kernel's ABI level; 0 without Landlock: then nothing here does anything.
  int abi() const { return abi_; }

  /// A folder with what is below it, or a file.
  void let_read(const std::string& path);
  /// A file.
  void let_execute(const std::string& path);
  void enforce();

 private:
  void allow(const std::string& path, std::uint64_t of_folders, std::uint64_t of_files);

  int abi_ = 0;
  int descriptor_ = -1;
};

/// A seccomp filter. What no rule speaks of gets `otherwise`.
class CallFilter {
 public:
  explicit CallFilter(std::uint32_t otherwise);

  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    add(SCMP_ACT_ALLOW, call, conditions...);
  }
  template <class... Conditions>
  void kill(int call, Conditions... conditions) {
    add(SCMP_ACT_KILL_PROCESS, call, conditions...);
  }
  void enforce();

 private:
  template <class... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    const int result = seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...);
    if (result < 0) give_up("seccomp_rule_add", -result);
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

}  // namespace omegate::worker
