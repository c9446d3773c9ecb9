// Goes into the rooms of an account and stays there: joins, pings itself, asks who belongs to them, notices
// when one is not private any more; has messages taken out of those that it moderates.
//
// One per stream. Not here: what is known of a room (rooms.hpp).
// Source: XEP-0045 §7, §9.5, §10; XEP-0410.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bridge/core/xmpp/message.hpp"
#include "bridge/core/xmpp/moderation.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/account/catch_up.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

class RoomKeeper {
 public:
  RoomKeeper(asio::any_io_executor strand, AccountMemory& memory, Stream& stream, CatchUp::TakePage take_page)
      : memory_(memory),
        stream_(stream),
        strand_(strand),
        take_page_(std::move(take_page)),
        signal_(memory.room_orders) {}

  /// A session without a past: we are in no room.
  void forget();

  /// Until the stream ends.
  asio::awaitable<void> run();

  /// True: it was a room's, and nothing else is to be done with it.
  bool take_presence(const xml::Element& presence);
  /// The same for what a room itself says: its settings, its members.
  bool take_notice(const xml::Element& message);
  /// An invitation: one of an admin is followed, if the settings want it.
  bool take_invitation(const xml::Element& message);

  /// A result of a room's archive: it is taken.
  bool take_history(const xml::Element& message) { return history_ && history_->take(message); }
  /// Call it for each stanza that was handled.
  void handled() {
    if (history_) history_->handled();
  }
  /// All that its archive had for us is known: what comes now is the newest.
  bool is_caught_up(const xmpp::Jid& room) const;

  /// Who really wrote a message of a room, put into it. Nothing: it is not for us to read.
  std::optional<xmpp::ChatMessage> attribute(xmpp::ChatMessage message);

  /// It is the word of a room that we are in, about messages that it numbers.
  bool vouches_for(const xmpp::Moderation& moderation) const;

  /// Its writer belongs to a room all of whose members are heard.
  bool hears(const xmpp::ChatMessage& message) const;

  /// A message of ours came back from a room with this error.
  void on_bounce(const xmpp::Bounce& bounce);

 private:
  using Clock = std::chrono::steady_clock;

  asio::awaitable<void> take_on(const config::AccountSettings& settings);
  void go_out(const Room& room);
  asio::awaitable<void> obey(RoomOrder order);
  void enter(const xmpp::Jid& jid);
  asio::awaitable<void> follow_bookmarks();
  asio::awaitable<std::string> go_in(xmpp::Jid jid, std::vector<xmpp::Jid> people, bool may_make);
  asio::awaitable<std::string> make_private(xmpp::Jid jid);
  asio::awaitable<std::string> invite(xmpp::Jid jid, std::vector<xmpp::Jid> people);
  asio::awaitable<std::string> go_away(xmpp::Jid jid);
  struct Moderated {
    std::string error = {};  // empty: it is done
    bool may_be_tried_again = false;
  };
  asio::awaitable<Moderated> moderate(xmpp::Jid jid, std::string id, std::string reason);
  asio::awaitable<void> moderate_what_waits();
  asio::awaitable<std::string> moderate_for_operator(RoomOrder order);
  asio::awaitable<void> set_bookmark(xmpp::Jid jid, std::string nick, bool autojoin);
  asio::awaitable<void> step(std::string jid);
  void join(Room& room);
  asio::awaitable<void> ping(std::string jid);
  asio::awaitable<void> look(std::string jid);
  asio::awaitable<bool> ask_members(std::string jid,
                                    std::map<std::string, xmpp::Affiliation, std::less<>>& members);
  asio::awaitable<void> read_history(std::string jid);
  void on_self(Room& room, const xmpp::RoomPresence& presence);
  void leave(Room& room, std::string why, std::chrono::milliseconds pause);
  void note_privacy(Room& room, const xmpp::RoomPrivacy& privacy);
  Room* find(std::string_view jid);
  Clock::time_point next_step() const;
  static Clock::time_point next_of(const Room& room);

  AccountMemory& memory_;
  Stream& stream_;
  asio::any_io_executor strand_;
  CatchUp::TakePage take_page_;
  std::unique_ptr<CatchUp> history_;  // of the room whose archive is being read
  Signal signal_;  // a room, or an operator, wants something
};

}  // namespace omegate::gateway
