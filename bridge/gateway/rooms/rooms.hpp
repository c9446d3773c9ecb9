// The rooms of one account: in them, again and again; who is there, who belongs there, and whether they are
// still private.
//
// One per stream; what is known of a room lives in `AccountMemory`, over resumptions. Not here: encrypting to
// a room (seal.hpp), what a room's elements mean (core/xmpp/room.hpp). Source: XEP-0045 §7; XEP-0410;
// XEP-0384 §5.8.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/xmpp/moderation.hpp"
#include "bridge/core/xmpp/room.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// A room as an account knows it. On the account's strand only.
struct Room {
  enum class State { outside, joining, joined, refused };

  xmpp::Jid jid;  // bare
  std::string nick;
  bool hears_members = false;  // not only those on the allow-list
  std::string wanted_nick{};   // of the settings; in the room it may be another

  State state = State::outside;
  std::string detail{};  // why it is not joined, or cannot be used
  std::optional<xmpp::RoomPrivacy> privacy{};
  bool was_private = false;                                         // the last time that was known
  std::map<std::string, xmpp::Jid, std::less<>> occupants{};        // by nick: the real bare JID
  std::map<std::string, xmpp::Affiliation, std::less<>> members{};  // by bare JID, here or not
  bool knows_members = false;                         // false: only those who are here are known
  bool archives = false;                              // what is said in it, and it numbers that
  std::optional<xmpp::ModerationVersion> moderation{};  // in which its moderators take messages back
  bool caught_up = false;                             // what it said while we were away is known
  bool created = false;                               // by our joining it: it waits for its settings
  bool by_command = false;                            // not of the settings
  bool look_again = false;                            // its settings or members may have changed
  std::chrono::steady_clock::time_point next_step{};  // join, or ping
  /// Its archive could not be read to the end: when it is asked again, and how long that was put off.
  std::chrono::steady_clock::time_point next_history = std::chrono::steady_clock::time_point::max();
  std::chrono::milliseconds history_pause{0};
  /// It could not take messages back just now: when it is asked again.
  std::chrono::steady_clock::time_point next_moderation = std::chrono::steady_clock::time_point::max();

  /// Why nothing can be encrypted to it now; empty: it can.
  std::string obstacle() const;
  /// All who can read in it but `self`: those who belong to it, and who is here.
  std::vector<std::string> people(const xmpp::Jid& self) const;
};
std::string_view name(Room::State state);

/// What an operator, an admin's invitation or a bookmark wants done with a room. Carried out by whoever has the stream.
struct RoomOrder {
  enum class Kind { create, enter, invite, leave, moderate };  // enter: only a room that is there
  struct Result {
    explicit Result(asio::any_io_executor executor) : done(std::move(executor)) {}
    Signal done;
    bool over = false;
    std::string error;  // empty: it was done
  };

  Kind kind;
  xmpp::Jid room;
  std::vector<xmpp::Jid> people;  // create, invite: who becomes a member
  std::shared_ptr<Result> result;  // empty: nobody waits; a failure goes to the log
  std::string message = {}, reason = {};  // moderate: the room's number, or the id that its writer chose; why
};

using RoomsByJid = std::map<std::string, Room, std::less<>>;

/// Those of the settings, and those made by command; none of them joined.
RoomsByJid rooms_of(const config::AccountSettings& settings, store::Tables& tables, store::AccountId account);
/// A room made by command is gone into after a restart, too.
void remember_room(store::Tables& tables, store::AccountId account, const Room& room);
void forget_room(store::Tables& tables, store::AccountId account, const xmpp::Jid& room);

}  // namespace omegate::gateway
