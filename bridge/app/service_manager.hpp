// What the service manager is told: ready, reloading, stopping, still alive. Without one nothing happens.
//
// The protocol is one datagram of `NAME=value` lines, so no library is needed for it. Not here: what counts as
// alive (daemon.cpp), the unit (deploy/systemd/omegate.service).
// Source: sd_notify(3), "Standalone Implementations"; systemd.service(5), WatchdogSec=.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace omegate::app {

class ServiceManager {
 public:
  /// From $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which are taken out of the environment: a secret command
  /// must not speak for us. Call it before there are other threads.
  static ServiceManager from_environment();

  /// `socket`: a path, or an abstract name that begins with '@'; empty: nobody listens.
  explicit ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog = {});
  ~ServiceManager();
  ServiceManager(ServiceManager&& other) noexcept;
  ServiceManager& operator=(ServiceManager&&) = delete;

  void ready(std::string_view status) const;
  /// Until the next `ready`.
  void reloading() const;
  void stopping() const;
  void alive() const;

  /// How often it wants to hear `alive`: half of its patience. Empty: it does not care.
  std::optional<std::chrono::microseconds> alive_pause() const;

 private:
  void tell(std::string_view lines) const;

  std::string address_;  // of the socket: its first byte is 0 for an abstract name
  std::optional<std::chrono::microseconds> watchdog_;
  int descriptor_ = -1;
};

}  // namespace omegate::app
