// What an account keeps over its streams.
//
// Touched on the account's strand only. Not here: one stream's work (account_session.hpp).
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/core/xmpp/disco.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/gateway/account/account_rules.hpp"
#include "bridge/gateway/account/avatar_book.hpp"
#include "bridge/gateway/account/avatars.hpp"
#include "bridge/gateway/account/checkup.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/files/file_side.hpp"
#include "bridge/gateway/listeners.hpp"
#include "bridge/gateway/messages/passing.hpp"
#include "bridge/gateway/messages/recipients.hpp"
#include "bridge/gateway/rooms/rooms.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/stream/server_anchor.hpp"

namespace omegate::gateway {

/// Where received messages go from the account on.
struct InboxSide {
  std::function<Listeners()> plugins;
  std::function<void()> kick;  // there are new rows
  std::function<std::vector<std::string>()> key_plugins = [] { return std::vector<std::string>(); };  // hear of keys
};

/// What one account finds out that concerns all.
struct CopySide {
  std::function<void()> renewed;                          // all keys were made anew
  std::function<void(const std::string& why)> is_second;  // another copy of us is alive: stop
};

/// What the config says of the account; a reload replaces it. Earlier settings stay: whoever reads them on another
/// thread finishes with them.
class LiveSettings {
 public:
  explicit LiveSettings(config::AccountSettings first) { set(std::move(first)); }
  void set(config::AccountSettings next) {
    kept_.push_back(std::make_unique<const config::AccountSettings>(std::move(next)));
    now_ = kept_.back().get();
  }
  const config::AccountSettings& get() const { return *now_; }

 private:
  std::vector<std::unique_ptr<const config::AccountSettings>> kept_;
  std::atomic<const config::AccountSettings*> now_ = nullptr;
};

struct AccountMemory {
  AccountMemory(asio::any_io_executor strand_, Context& context_, config::AccountSettings settings_,
                Sender self_, InboxSide inbox_, CopySide copies_, FileSide files_ = {})
      : strand(std::move(strand_)),
        context(context_),
        settings(std::move(settings_)),
        self(std::move(self_)),
        jid(xmpp::Jid::parse(self.jid).value()),
        inbox(std::move(inbox_)),
        copies(std::move(copies_)),
        files(std::move(files_)),
        outbox(strand),
        renewed(strand),
        checkup_wanted(strand),
        news(strand),
        rotation(strand),
        profile(strand),
        avatar_wanted(strand),
        passing(std::make_shared<PassingBox>(strand)),
        rooms(context.store.run(
            [&](store::Tables& tables) { return rooms_of(settings.get(), tables, self.account); })),
        rooms_taken_from(&settings.get()),
        room_orders(strand) {}

  const asio::any_io_executor strand;
  Context& context;
  LiveSettings settings;
  Sender self;
  const xmpp::Jid jid;  // bare
  InboxSide inbox;
  CopySide copies;
  FileSide files;
  Signal outbox;   // something became due
  Signal renewed;  // our keys were made anew under the stream: publish them, tell contacts
  Signal checkup_wanted;
  Signal news;  // the ledger may have learnt something
  Signal rotation;  // our key is to be changed
  Signal profile;   // what people see of us may have to be another
  Signal avatar_wanted;
  const std::shared_ptr<PassingBox> passing;  // what is of now
  std::deque<std::shared_ptr<CheckupRequest>> checkups;
  std::deque<std::shared_ptr<AvatarRequest>> avatar_requests;
  AvatarBook avatars;

  RosterByJid roster;
  RoomsByJid rooms;
  const config::AccountSettings* rooms_taken_from;  // a reload may have brought others since
  std::deque<RoomOrder> orders;  // for rooms, of operators
  Signal room_orders;            // there is one
  bool archives = false;   // our server vouches for stanza ids
  bool archive = false;    // and keeps an archive of our account
  bool caught_up = false;  // everything in it is known: live messages move the position
  bool archive_grew = false;  // by what we sent: the position lags behind
  std::optional<Doubt> doubt;  // another copy of us may be alive

  bool converts_photos = false;        // our server keeps vCard and published avatar the same, and tells of them
  std::optional<std::string> photo{};  // the id of what our vCard shows; nothing: we say nothing about it
  const config::AccountSettings* profile_of = nullptr;  // those that our profile is as, in this session

  /// A file on its way to the server.
  struct Upload {
    store::OutboxId row;
    std::uint64_t done, total;  // bytes; 0 of 0: it has not begun
  };
  std::optional<Upload> uploading;
  std::deque<store::OutboxId> awaiting_upload;  // rows that are not due before it is done; the first is under way

  bool knows_server = false;  // roster and archives were asked for by this process

  // What a stream leaves to the next one, whether that one resumes or not.
  bool settled = false;                  // all that follows binding is done in this session of the server
  std::vector<store::OutboxId> taken;    // from what is due, and not sealed yet
  std::vector<store::OutboxId> acknowledged;  // and not retired yet
};

}  // namespace omegate::gateway
