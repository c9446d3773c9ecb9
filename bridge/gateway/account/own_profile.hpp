// What people see of the bot, kept as the settings say: its picture and how it calls itself.
//
// Only what is another one is published, and only what we published is withdrawn: another client of the account may have
// a picture of its own. Not here: the pictures of others (avatars.hpp).
// Source: XEP-0084 §4, XEP-0153 §4, XEP-0172 §4, XEP-0398 §3.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// One per stream. Used on the account's strand. The end of the stream passes through as `StreamFailure`.
class OwnProfile {
 public:
  OwnProfile(AccountMemory& memory, Stream& stream) : memory_(memory), stream_(stream) {}

  /// Until the stream ends: once in each session of the server, and whenever the settings are others.
  asio::awaitable<void> keep();

 private:
  // True: as it should be, or nothing can be done about it.
  asio::awaitable<bool> settle_avatar(std::optional<xmpp::Avatar> wanted);
  asio::awaitable<bool> settle_nodes(std::optional<xmpp::Avatar> wanted, std::string before);
  asio::awaitable<bool> settle_vcard(std::optional<xmpp::Avatar> wanted, std::string before);
  asio::awaitable<bool> settle_nickname(std::string wanted);
  struct Item {
    bool is_known = true;  // false: the server did not say
    std::optional<xml::Element> payload{};
  };
  asio::awaitable<Item> item_of(std::string_view node);
  asio::awaitable<bool> publish(std::string_view node, std::string item, xml::Element payload);
  asio::awaitable<std::string> remembered(std::string_view note);
  asio::awaitable<void> remember(std::string_view note, std::string value);
  void announce(std::optional<std::string> photo);
  void report(std::string_view what, const std::string& reason) const;

  AccountMemory& memory_;
  Stream& stream_;
};

/// Our presence: what we can do, and which photo our vCard has, where nobody but us says so. `to`: a place in a room;
/// nothing: all who may see it.
xml::Element own_presence(const AccountMemory& memory, const std::optional<xmpp::Jid>& to = {});

}  // namespace omegate::gateway
