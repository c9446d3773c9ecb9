#include "bridge/gateway/plugins/plugin_avatars.hpp"

#include <algorithm>

#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/received_files.hpp"
#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {
namespace {

/// "avatar.png"
std::string name_of(const xmpp::Avatar& avatar) { return "avatar." + avatar.media_type.substr(avatar.media_type.find('/') + 1); }

}  // namespace

asio::awaitable<plugin::AvatarSeen> PluginAvatars::see(plugin::AvatarAsk ask) {
  plugin::AvatarSeen seen;
  seen.reason = "there is nobody here to ask";
  if (!avatars_ || desk_ == nullptr) co_return seen;
  FoundAvatar found = co_await avatars_(std::move(ask));
  seen.id = found.answer.id;
  seen.reason = found.answer.reason;
  if (!found.answer.picture || !found.account) co_return seen;
  seen.file = co_await file_it_has(seen.id);
  if (seen.file) co_return seen;
  std::string trouble;
  try {
    plugin::File file = co_await put_down(std::move(*found.answer.picture), *found.account);
    seen.file = std::move(file);
  } catch (const FileRefused& refusal) {
    trouble = refusal.what();
  } catch (const files::SpoolFailure& failure) {
    trouble = failure.what();
  }
  if (!trouble.empty()) {
    seen.id.clear();
    seen.reason = std::move(trouble);
  }
  co_return seen;
}

/// A handler that runs again, and one that remembers nothing, makes no second file.
asio::awaitable<std::optional<plugin::File>> PluginAvatars::file_it_has(std::string id) {
  std::optional<plugin::File> file;
  const auto known = std::ranges::find(files_, id, [](const auto& each) { return each.first; });
  if (known == files_.end()) co_return file;
  const std::string handle = known->second;
  const auto stored = co_await store_.transact([&](store::Tables& tables) { return tables.files.find(handle); });
  if (stored && stored->state == store::FileState::here) file = as_seen(*stored);
  co_return file;
}

asio::awaitable<plugin::File> PluginAvatars::put_down(xmpp::Avatar avatar, store::AccountId account) {
  FileDesk::Deposit deposit{plugin_, name_of(avatar), avatar.media_type, avatar.bytes.size(), account};
  const std::string token = co_await desk_->begin(std::move(deposit));
  co_await desk_->append(plugin_, token, std::move(avatar.bytes));
  const store::StoredFile stored = co_await desk_->end(plugin_, token);
  std::erase_if(files_, [&](const auto& each) { return each.first == avatar.id; });
  files_.emplace_back(avatar.id, stored.handle);
  if (files_.size() > remembered_avatar_files) files_.pop_front();
  co_return as_seen(stored);
}

}  // namespace omegate::gateway
