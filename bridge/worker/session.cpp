#include "bridge/worker/session.hpp"

#include <cerrno>
#include <deque>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "bridge/worker/channel.hpp"
#include "bridge/worker/plugin.hpp"
#include "bridge/worker/sandbox.hpp"

namespace omegate::worker {
namespace {

using plugin::WorkerExit;

std::string described(const Sandbox& sandbox) {
  std::string text = sandbox.seccomp ? "sandbox: seccomp" : "sandbox: no seccomp (sanitizer build)";
  if (sandbox.landlock_abi == 0) return text + ", this kernel has no Landlock";
  return text + ", Landlock ABI " + std::to_string(sandbox.landlock_abi);
}

bool enter(Channel& channel, int descriptor) {
  try {
    const Sandbox sandbox = enter_sandbox(descriptor, max_lua_memory + memory_beside_lua);
    const auto level = sandbox.landlock_abi == 0 ? plugin::Log::Level::warn : plugin::Log::Level::info;
    channel.send(plugin::Log{level, described(sandbox)});
    return true;
  } catch (const std::system_error& failure) {
    channel.send(plugin::LoadFailed{std::string("the sandbox cannot be set up: ") + failure.what(), {}});
    return false;
  }
}

/// What the gateway says: events, sent ahead of their turn, and answers to what the handler that runs asks.
class Inlet {
 public:
  explicit Inlet(Channel& channel) : channel_(channel) {}

  /// Nothing when the gateway closed its end.
  std::optional<plugin::ToWorker> next() {
    if (ahead_.empty()) return channel_.receive();
    plugin::ToWorker frame = std::move(ahead_.front());
    ahead_.pop_front();
    return frame;
  }

  /// Events that come before it wait. Throws `std::system_error` when there will be none.
  plugin::ToWorker answer() {
    while (auto frame = channel_.receive()) {
      if (!std::holds_alternative<plugin::Event>(*frame)) return std::move(*frame);
      ahead_.push_back(std::move(*frame));
    }
    throw std::system_error(ECONNRESET, std::generic_category(), "the gateway is gone");
  }

 private:
  Channel& channel_;
  std::deque<plugin::ToWorker> ahead_;  // as few as the gateway sends ahead
};

/// Each is answered at once, not together with those behind it: who dies over an event has told what it made of those before.
WorkerExit handle_events(Channel& channel, Inlet& inlet, Plugin& plugin) {
  while (const auto frame = inlet.next()) {
    if (std::holds_alternative<plugin::Stop>(*frame)) return WorkerExit::finished;
    const auto* const event = std::get_if<plugin::Event>(&*frame);
    if (event == nullptr) return WorkerExit::bad_frame;
    std::visit([&](const auto& result) { channel.send(result); }, plugin.handle(*event));
  }
  return WorkerExit::finished;
}

WorkerExit load_and_run(Channel& channel) {
  auto frame = channel.receive();
  if (!frame) return WorkerExit::finished;
  auto* const load = std::get_if<plugin::Load>(&*frame);
  if (load == nullptr) return WorkerExit::bad_frame;
  Inlet inlet(channel);
  const auto call = [&](const plugin::ToGateway& question) {
    channel.send(question);
    return inlet.answer();
  };
  Plugin plugin(std::move(*load), [&](plugin::Log log) { channel.send(log); }, {}, call);
  const auto loaded = plugin.load();
  std::visit([&](const auto& result) { channel.send(result); }, loaded);
  if (std::holds_alternative<plugin::LoadFailed>(loaded)) return WorkerExit::not_loaded;
  return handle_events(channel, inlet, plugin);
}

}  // namespace

WorkerExit serve(int descriptor) {
  try {
    Channel channel(descriptor);
    return enter(channel, descriptor) ? load_and_run(channel) : WorkerExit::no_sandbox;
  } catch (const boost::system::system_error&) {
    return WorkerExit::bad_frame;
  } catch (const std::system_error&) {
    return WorkerExit::finished;  // the gateway is gone
  } catch (const std::bad_alloc&) {
    return WorkerExit::out_of_memory;
  } catch (const std::exception&) {
    return WorkerExit::broken;
  }
}

}  // namespace omegate::worker
