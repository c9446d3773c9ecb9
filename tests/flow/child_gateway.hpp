// The real program, run as a child and killed where a test says.
//
// Not here: the server and the people around it (xmpp_world.hpp, contact.hpp).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace omegate::flow {

class ChildGateway {
 public:
  /// `config`: the file it reads. `log`: where its standard error goes, appended.
  ChildGateway(std::string config, std::string log) : config_(std::move(config)), log_(std::move(log)) {}
  ~ChildGateway() { kill_now(); }
  ChildGateway(const ChildGateway&) = delete;
  ChildGateway& operator=(const ChildGateway&) = delete;

  /// Starts it with these environment variables. Its clock is an hour further than the last time, so that rows which
  /// wait for their next attempt are due.
  void start(const std::map<std::string, std::string>& environment = {});
  bool is_running();
  void ask_to_stop() const;
  void kill_now();

 private:
  std::string config_, log_;
  std::optional<pid_t> process_;
  int starts_ = 0;
};

/// A port that was free a moment ago.
std::uint16_t free_port();

}  // namespace omegate::flow
