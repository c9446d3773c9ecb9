// Goes into the rooms of an account and stays there: joins, pings itself, asks who belongs to them, notices
// when one is not private any more.
//
// One per stream. Not here: what is known of a room (rooms.hpp).
// Source: XEP-0045 §7, §9.5, §10; XEP-0410.
#pragma once

#include <optional>
#include <string>

#include "bridge/core/xmpp/message.hpp"
#include "bridge/gateway/account_memory.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/stream.hpp"

namespace omegate::gateway {

class RoomKeeper {
 public:
  RoomKeeper(asio::any_io_executor strand, AccountMemory& memory, Stream& stream)
      : memory_(memory), stream_(stream), strand_(strand), signal_(memory.room_orders) {}

  /// A session without a past: we are in no room.
  void forget();

  /// Until the stream ends.
  asio::awaitable<void> run();

  /// True: it was a room's, and nothing else is to be done with it.
  bool take_presence(const xml::Element& presence);
  /// The same for what a room itself says: its settings, its members.
  bool take_notice(const xml::Element& message);

  /// Who really wrote a message of a room, put into it. Nothing: it is not for us to read.
  std::optional<xmpp::ChatMessage> attribute(xmpp::ChatMessage message);

  /// Its writer belongs to a room all of whose members are heard.
  bool hears(const xmpp::ChatMessage& message) const;

  /// A message of ours came back from a room with this error.
  void on_bounce(const xmpp::Bounce& bounce);

 private:
  using Clock = std::chrono::steady_clock;

  asio::awaitable<void> take_on(const config::AccountSettings& settings);
  void go_out(const Room& room);
  asio::awaitable<void> obey(RoomOrder order);
  asio::awaitable<std::string> create(xmpp::Jid jid, std::vector<xmpp::Jid> people);
  asio::awaitable<std::string> make_private(xmpp::Jid jid);
  asio::awaitable<std::string> invite(xmpp::Jid jid, std::vector<xmpp::Jid> people);
  asio::awaitable<std::string> go_away(xmpp::Jid jid);
  asio::awaitable<void> set_bookmark(xmpp::Jid jid, std::string nick, bool autojoin);
  asio::awaitable<void> step(std::string jid);
  void join(Room& room);
  asio::awaitable<void> ping(std::string jid);
  asio::awaitable<void> look(std::string jid);
  asio::awaitable<bool> ask_members(std::string jid,
                                    std::map<std::string, xmpp::Affiliation, std::less<>>& members);
  void on_self(Room& room, const xmpp::RoomPresence& presence);
  void leave(Room& room, std::string why, std::chrono::milliseconds pause);
  void note_privacy(Room& room, const xmpp::RoomPrivacy& privacy);
  Room* find(std::string_view jid);
  Clock::time_point next_step() const;

  AccountMemory& memory_;
  Stream& stream_;
  asio::any_io_executor strand_;
  Signal signal_;  // a room, or an operator, wants something
};

}  // namespace omegate::gateway
