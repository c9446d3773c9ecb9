// The real program, run as a child and killed where a test says.
//
// Not here: the server and the people around it (xmpp_world.hpp, contact.hpp).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace omegate::flow {

class ChildGateway {
 public:
  /// `config`: the file it reads. `log`: where its standard error goes, appended.
  ChildGateway(std::string config, std::string log) : config_(std::move(config)), log_(std::move(log)) {}
  ~ChildGateway() { kill_now(); }
  ChildGateway(const ChildGateway&) = delete;
  ChildGateway& operator=(const ChildGateway&) = delete;

  /// `failpoint`: where it is to kill itself (bridge/edge/store/failpoint.hpp); empty: nowhere. `program`:
  /// one that the build directory has.
  /// `environment`: more variables of it, as "NAME=VALUE".
  void start(const std::string& failpoint = {}, const std::string& program = "omegate",
             const std::vector<std::string>& environment = {});
  /// The most memory it has had so far. Unit: kB; 0 when it does not run.
  long most_memory() const;
  bool is_running();
  /// It has ended, and not by itself.
  bool was_killed() const { return was_killed_; }
  void ask_to_stop() const;
  void kill_now();

 private:
  std::string config_, log_;
  std::optional<pid_t> process_;
  bool was_killed_ = false;
};

/// A port that was free a moment ago.
std::uint16_t free_port();

}  // namespace omegate::flow
