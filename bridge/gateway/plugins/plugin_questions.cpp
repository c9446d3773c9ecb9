#include "bridge/gateway/plugins/plugin_questions.hpp"

#include <utility>

#include "bridge/core/plugin/grants.hpp"

namespace omegate::gateway {

bool is_plugin_call(const plugin::ToGateway& frame) {
  return std::holds_alternative<plugin::KvGet>(frame) || std::holds_alternative<plugin::KvKeys>(frame) ||
         std::holds_alternative<plugin::ZoneAsk>(frame) || std::holds_alternative<plugin::FileAsk>(frame) ||
         std::holds_alternative<plugin::AvatarAsk>(frame);
}

asio::awaitable<plugin::ToWorker> look_up(const plugin::Installed& installed, const PluginHost::Library& library,
                                          plugin::ToGateway question) {
  if (auto* const ask = std::get_if<plugin::AvatarAsk>(&question)) {
    plugin::AvatarSeen refused;
    if (auto why = plugin::settle(*ask, installed)) {
      refused.reason = std::move(*why);
      refused.refused = true;
      co_return plugin::ToWorker(std::move(refused));
    }
  }
  co_return co_await library(std::move(question));
}

}  // namespace omegate::gateway
