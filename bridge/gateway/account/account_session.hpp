// The work of one account on one stream: read and store, take what is due and write it.
//
// Made for each stream and thrown away with it. Not here: connecting again (account.hpp), the transactions
// (receive.hpp, seal.hpp), what is not urgent (chores.hpp).
// Source: flows 5.1 and 5.2 of the architecture; RFC 6121; XEP-0198, XEP-0280, XEP-0184.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bridge/core/xmpp/message.hpp"
#include "bridge/core/xmpp/moderation.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/account/catch_up.hpp"
#include "bridge/gateway/account/own_profile.hpp"
#include "bridge/gateway/devices/chores.hpp"
#include "bridge/gateway/devices/device_directory.hpp"
#include "bridge/gateway/devices/own_nodes.hpp"
#include "bridge/gateway/files/uploads.hpp"
#include "bridge/gateway/messages/receive.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/rooms/room_keeper.hpp"
#include "bridge/gateway/stream/request_limit.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// What we answer to disco#info, and the node under which caps name it.
xmpp::DiscoInfo own_info();
/// Marks the presence that ends `settle`: once the server has it, the session is worth a record.
inline constexpr xmpp::StanzaTag settled_tag = ~xmpp::StanzaTag{0};
inline constexpr std::string_view caps_node = "https://omegate.example/caps";

class AccountSession {
 public:
  /// `on_ready`: nodes are published and presence is sent.
  AccountSession(asio::any_io_executor strand, AccountMemory& memory, Stream& stream,
                 std::function<void()> on_ready);

  /// Until the stream ends: throws `StreamFailure`, or what our environment throws.
  asio::awaitable<void> run();

 private:
  // Reading
  asio::awaitable<void> read();
  asio::awaitable<void> handle(xml::Element stanza);
  void answer_request(const xml::Element& iq);
  void on_roster_push(const xml::Element& iq);
  void on_presence(const xml::Element& presence);
  std::optional<xmpp::Incoming> identify(const xml::Element& message);
  asio::awaitable<void> on_message(xmpp::Incoming message);
  asio::awaitable<void> on_unencrypted(xmpp::ChatMessage message);
  asio::awaitable<void> open_together();
  void done();
  void tell_if_new(std::uint64_t ledger_end);
  bool concerns_us(const xmpp::ChatMessage& message) const;
  void note_receipt(store::Tables& tables, const xmpp::ChatMessage& message);
  asio::awaitable<void> on_moderation(xmpp::Moderation moderation);
  asio::awaitable<void> on_bounce(xmpp::Bounce bounce);
  asio::awaitable<void> on_event(xmpp::PubsubEvent event);
  void follow_up(const xmpp::ChatMessage& message, const Received& received);
  void complete_session(const store::DeviceRef& device);
  void report(const Received& received, const xmpp::ChatMessage& message) const;

  // Catching up
  asio::awaitable<void> catch_up();
  asio::awaitable<void> take_page(ArchivePage page);
  asio::awaitable<void> follow_archive();
  asio::awaitable<void> forget_used_prekeys_daily();
  void complete_postponed_sessions();

  // Writing
  asio::awaitable<void> work();
  asio::awaitable<void> take_over();
  asio::awaitable<void> park_given_up();
  asio::awaitable<void> settle();
  asio::awaitable<void> adopt();
  asio::awaitable<void> ask_for_carbons();
  asio::awaitable<void> learn_about_server();
  asio::awaitable<void> load_roster();
  asio::awaitable<void> load_features();
  asio::awaitable<void> send_due();
  /// Messages that are sealed together, and what has to be known for that.
  struct Window {
    std::vector<store::DueMessage> due;
    std::map<std::string, RoomAudience> rooms = {};           // of the recipients that are rooms
    std::map<std::string, std::chrono::minutes> peers = {};   // whose devices may read them; how old their lists may be
    std::map<std::string, std::string> failures = {};         // peers that cannot be reached, and why
  };
  std::chrono::milliseconds pause_until(std::optional<WallTime> due) const;
  Window window_of(std::vector<store::DueMessage> due) const;
  asio::awaitable<void> send_window(Window window);
  asio::awaitable<std::vector<std::string>> seal_window(const Window& window, bool only_if_prepared);
  void write(Stream::Batch& batch, store::OutboxId row, std::vector<std::string> stanzas);
  void write_too_early(Stream::Batch& batch, store::OutboxId row, SealOutcome& outcome);
  asio::awaitable<void> retire_acknowledged();
  asio::awaitable<void> release_held_now_and_then();
  asio::awaitable<void> answer_unanswered();
  asio::awaitable<bool> answer_next();
  std::chrono::minutes list_age(const std::string& peer) const;

  // What is of now (account_passing.cpp)
  asio::awaitable<void> say_what_passes();
  asio::awaitable<void> say_in_passing(Passing passing);

  // Another key of our own (account_rotation.cpp)
  struct KeyLook {
    bool under_way = false, switched = false;
    std::uint32_t device = 0, before = 0;  // of what was switched
    std::string by{};
  };
  asio::awaitable<void> rotate_when_due();
  asio::awaitable<KeyLook> look_at_rotation(bool announced, WallTime online);

  // Going on
  struct Repeat {
    store::UnackedMessage row;
    std::uint32_t skipped;  // of its stanzas: the server has them
  };
  struct UnderWay {
    std::optional<std::uint32_t> had;           // by the server, of our stanzas
    std::vector<store::OutboxId> with_somebody;  // rows that the stream, or who retires them, has
    std::size_t max_stanza;                      // that the server takes
  };
  asio::awaitable<std::vector<Repeat>> sort_unacknowledged();
  std::vector<Repeat> sort_unacknowledged(store::Tables& tables, const UnderWay& under_way) const;
  bool has_lost_trust(store::Tables& tables, const store::UnackedMessage& row) const;
  asio::awaitable<void> write_again(std::vector<Repeat> repeats);
  asio::awaitable<void> keep_record();

  AccountMemory& memory_;
  Context& context_;
  Stream& stream_;
  std::function<void()> on_ready_;
  DeviceDirectory directory_;
  OwnNodes nodes_;
  ServerAnchor anchor_;
  Chores chores_;
  RoomKeeper rooms_;
  Uploads uploads_;
  OwnProfile profile_;
  CatchUp catch_up_;
  std::vector<xmpp::ChatMessage> together_;  // encrypted ones that have arrived and are not opened yet
  std::optional<std::optional<WallTime>> next_due_;  // of our outbox, as the last seal left it; nothing: look
  std::uint64_t ledger_end_ = 0;             // when something was received last
  bool postponing_ = false;                  // while the archive is read
  std::vector<store::DeviceRef> postponed_;  // empty messages to them wait for its end
  RequestLimit request_limit_;
  Signal acknowledged_signal_, handled_signal_, known_signal_;
  bool first_record_due_ = false, record_pauses_ = false;
  std::map<store::OutboxId, int> tries_;  // of messages that wait for their contact's devices
  std::set<std::pair<std::string, std::uint32_t>> restarted_;  // devices we made a new session for, unasked
};

}  // namespace omegate::gateway
