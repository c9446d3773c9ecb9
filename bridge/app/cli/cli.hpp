// The command `omegate`: words in, text or JSON out, an exit code.
//
// Not here: what the gateway does with a request (gateway/), the shapes of its answers (verbs.hpp).
#pragma once

#include <string>
#include <vector>

#include "bridge/app/cli/outside.hpp"

namespace omegate::app {

/// For scripts. The man page and `omegate help` list them.
enum class ExitCode {
  ok = 0,
  failed = 1,         // what was asked could not be done; standard error says why
  usage = 2,          // the command line makes no sense
  not_running = 3,    // no gateway answers
  not_delivered = 4,  // the message is stored but held, refused or late; or the ledger does not verify
};

/// `words` without the program's name. Never throws: a failure is one line on standard error, with what to
/// do.
int run_command_line(std::vector<std::string> words, Outside& outside);

}  // namespace omegate::app
