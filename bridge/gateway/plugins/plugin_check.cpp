#include "bridge/gateway/plugins/plugin_check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/edge/zones/zone.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {
namespace {

asio::awaitable<void> load_once(PluginHost& host, std::string& error) {
  const PluginStatus status = co_await host.start();
  if (status.state == PluginStatus::State::ready)
    error = unknown_zone(status.registrations->schedules);
  else
    error = status.last_error;
  co_await host.stop();
}

}  // namespace

std::string unknown_zone(const std::vector<plugin::Schedule>& schedules) {
  for (const plugin::Schedule& schedule : schedules)
    if (!schedule.zone.empty() && !zones::Zone::named(schedule.zone))
      return "the schedule '" + schedule.name + "': there is no time zone '" + schedule.zone + "'; they have names like Europe/Berlin";
  return {};
}

std::string check_plugin_loads(const plugin::Installed& installed, const std::filesystem::path& worker) {
  asio::io_context loop(1);
  workers::Spawner spawner(worker);
  std::string error;
  PluginHost host(loop.get_executor(), spawner, crypto::system_random(), installed, [](const plugin::Log&) {});
  asio::co_spawn(loop, load_once(host, error), [&error](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& what) {
      error = what.what();
    }
  });
  loop.run();
  return error;
}

}  // namespace omegate::gateway
