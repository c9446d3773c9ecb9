// Runs one program of the operator's, outside of any sandbox, and listens to what it says.
//
// Started by its path with a list of words: no shell is anywhere. Not here: which programs may run, and with what
// (core/plugin/program.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace omegate::workers {

namespace asio = boost::asio;

struct ProgramResult {
  enum class End { exited, killed, too_long, not_started };
  End end = End::exited;
  int status = 0;      // exit code, or the signal that killed it
  std::string output;  // standard output and error, as they came; of `not_started` the reason
  bool cut = false;    // there was more
  std::chrono::milliseconds took{};
};

/// The program leads a process group of its own, in /, with nothing to read, PATH, LANG, HOME and TERM for its
/// environment, and none of our descriptors. After `limit` it is killed, and when it has ended the rest of its group is.
/// Cancelling the caller kills it.
asio::awaitable<ProgramResult> run_program(std::vector<std::string> command, std::chrono::milliseconds limit, std::size_t max_output);

}  // namespace omegate::workers
