// Pictures of people as files that a plugin can send on.
//
// The inside of plugin_library.hpp; nobody else uses it. Not here: asking for them (account/avatars.hpp).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "bridge/core/plugin/avatar.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/plugins/plugin_library.hpp"

namespace omegate::gateway {

/// Of one plugin, on its strand. What is referenced outlives it.
class PluginAvatars {
 public:
  PluginAvatars(store::Store& store, std::string plugin, FileDesk* desk, Avatars avatars)
      : store_(store), plugin_(std::move(plugin)), desk_(desk), avatars_(std::move(avatars)) {}

  /// `ask` is granted.
  asio::awaitable<plugin::AvatarSeen> see(plugin::AvatarAsk ask);

 private:
  asio::awaitable<std::optional<plugin::File>> file_it_has(std::string id);
  asio::awaitable<plugin::File> put_down(xmpp::Avatar avatar, store::AccountId account);

  store::Store& store_;
  const std::string plugin_;
  FileDesk* desk_;
  Avatars avatars_;
  std::deque<std::pair<std::string, std::string>> files_;  // handles by the id of their picture, the newest last
};

}  // namespace omegate::gateway
