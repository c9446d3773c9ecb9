// What a plugin's handler may ask while it runs: what it has kept, what the clocks of a time zone show, what is in a
// small file, which picture somebody shows.
//
// Not here: what it wants to be kept; that is committed with its other effects (plugin_effects.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bridge/gateway/account/avatars.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

class FileDesk;

/// A picture, and whose file it will be.
struct FoundAvatar {
  AvatarAnswer answer;
  std::optional<store::AccountId> account{};  // nothing: there is no such account
};

/// Asks an account. Called from any thread.
using Avatars = std::function<asio::awaitable<FoundAvatar>(plugin::AvatarAsk ask)>;

/// Answers from the tables, for this plugin only. Context and desk outlive it; without a desk there are no files, nor
/// pictures, which are files.
PluginHost::Library make_library(Context& context, std::string plugin, FileDesk* desk = nullptr, Avatars avatars = {});

/// What a reader must still find when its effects are committed.
std::string kv_version_text(std::uint64_t version);

}  // namespace omegate::gateway
