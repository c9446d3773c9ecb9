// Runs the programs that plugins want, one after the other, each once.
//
// That one has begun is on the disk before it does: if the gateway dies then, nobody starts it again, and whoever wanted it
// hears that it may have run. How it ended is an inbox row of its plugin, in one transaction with the end of its row. Not
// here: who may want it (core/plugin/grants.hpp), starting it (edge/workers/program.hpp).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/program.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// The operator's lists, by plugin.
using ProgramLists = std::map<std::string, std::vector<plugin::Program>>;

class ProgramRunner {
 public:
  /// `kick_plugin` is called from any thread: it has something to hear.
  ProgramRunner(asio::any_io_executor strand, Context& context, std::function<void(const std::string& plugin)> kick_plugin);

  /// Works until cancelled; a program that runs then is killed, and may have run.
  asio::awaitable<void> run();

  /// From any thread. What is not on its plugin's list any more is not run.
  void set(ProgramLists lists);
  /// From any thread: there is one to run.
  void kick() const { signal_.notify(); }

 private:
  asio::awaitable<void> work();
  asio::awaitable<void> tell_of_interrupted();
  asio::awaitable<void> run(store::StoredRun row);
  asio::awaitable<void> conclude(store::StoredRun row, plugin::ProgramEnd end);

  Context& context_;
  std::function<void(const std::string& plugin)> kick_plugin_;
  std::atomic<std::shared_ptr<const ProgramLists>> lists_;
  Signal signal_;
};

/// The body of a row of `runs`: what is wanted, and by whom.
Bytes encode_run(const plugin::RunProgram& run, const plugin::Origin& origin);
/// What a row says, as the event that will tell of it. Throws `std::runtime_error`: it cannot be read.
plugin::ProgramEnd decode_run(ByteView body);

}  // namespace omegate::gateway
