// Files between the command line and the gateway, which may not read the user's files: piece by piece over the
// control socket, with how far it is on a terminal.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "bridge/app/cli/invocation.hpp"

namespace omegate::app {

/// "3.4 MB"
std::string size_text(std::uint64_t bytes);

/// One line on standard error that is written over and over; nothing where that is no terminal.
class Progress {
 public:
  /// `total`: 0 if it is not known.
  Progress(Outside& outside, std::string what, std::uint64_t total);
  ~Progress();  // the line goes
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::uint64_t done);

 private:
  Outside& outside_;
  std::string what_;
  std::uint64_t total_;
  std::size_t shown_ = 0;  // characters on the line
  std::chrono::steady_clock::time_point next_{};
};

/// Hands `path` (`-`: standard input) over to the gateway. The file's handle. Throws `UsageError`: it cannot be
/// read; and what the gateway says.
std::string hand_over(Invocation& invocation, const std::string& path, const std::string& name,
                      const std::string& account);

/// Writes the content of `file`, an answer of the gateway about one that is here. Throws when the gateway does, or
/// the stream fails.
void take_out(Invocation& invocation, const boost::json::object& file, std::ostream& out);

}  // namespace omegate::app
