// One bot: connects, works, connects again.
//
// An actor on its own strand. Not here: the work on one stream (account_session.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/stream/stored_login.hpp"
#include "bridge/gateway/stream/stream.hpp"
#include "bridge/gateway/stream/stream_backoff.hpp"

namespace omegate::gateway {

struct AccountStatus {
  enum class State {
    connecting,
    online,
    waiting,
    alarm,  // the server offers a weaker login than before: nothing is sent until it does again, or a person agrees
    stopped
  };
  State state = State::stopped;
  WallTime since{};
  std::string detail;  // why it waits or stopped; how the stream is protected when online
  std::optional<WallTime> next_try{};  // while it waits
};

/// What an account is doing with its outbox.
struct AccountTraffic {
  AccountStatus status;
  StreamLoad load;
  std::vector<store::OutboxId> taken;  // of what is due: about to be sealed
  std::optional<AccountMemory::Upload> uploading{};
};

std::string_view name(AccountStatus::State state);

class Account {
 public:
  /// `strand` is the account's own. Its OMEMO device exists after this: made in the store if it is new.
  /// Throws what the store or the CA file throws.
  Account(asio::any_io_executor strand, Context& context, config::AccountSettings settings, net::Names& names,
          InboxSide inbox, CopySide copies, FileSide files = {});

  /// Until `stop`, or until trying again makes no sense (credentials, configuration): then the status says why.
  asio::awaitable<void> run();

  /// Ends the stream, with a goodbye or so that it can be resumed; `run` returns.
  asio::awaitable<void> stop(bool say_goodbye);

  /// From any thread: the outbox has something, or trust has changed.
  void kick() const {
    memory_.outbox.notify();
    memory_.news.notify();
  }

  /// From any thread: something of now is to be said, if there is a stream.
  void pass(Passing passing) const { memory_.passing->hand_in(std::move(passing)); }

  /// Other rules for the account, on one strand at a time: policies become facts of the ledger, and what the old rules held
  /// is looked at again. The login must be the same.
  asio::awaitable<void> apply(config::AccountSettings settings);

  /// From any thread: a change of our key has begun (rotation.hpp).
  void rotate() const {
    memory_.rotation.notify();
    memory_.outbox.notify();
  }

  /// From any thread: our keys were made anew.
  void renewed() const { memory_.renewed.notify(); }

  asio::awaitable<AccountStatus> status();
  asio::awaitable<AccountTraffic> traffic();

  /// How the account and its server are, looked at now. From any thread.
  asio::awaitable<std::vector<Finding>> examine();

  asio::awaitable<RoomsByJid> rooms();
  /// Why it could not be done; empty: it was. `order.result` is set here.
  asio::awaitable<std::string> order(RoomOrder order);
  /// From any thread: something is to be taken out of a room.
  void kick_rooms() const { memory_.room_orders.notify(); }

  /// The picture of somebody whom the account hears, or of somebody in a room of its own; waits a little if it has to be
  /// asked for. From any thread.
  asio::awaitable<AvatarAnswer> avatar(AvatarQuery query);

  /// A weaker login than the last one is accepted once, and tried at once.
  asio::awaitable<void> unpin();

  const config::AccountSettings& settings() const { return memory_.settings.get(); }  // from any thread
  const Sender& self() const { return memory_.self; }
  const RosterByJid& roster() const { return memory_.roster; }  // on the account's strand only
  const asio::any_io_executor& executor() const { return strand_; }

 private:
  asio::awaitable<FailureKind> run_stream();
  asio::awaitable<void> until_stopped();
  bool is_second_copy(FailureKind kind, std::string& reason);
  asio::awaitable<void> store_record(bool final);
  asio::awaitable<void> park_what_was_objected_to();
  void enter(AccountStatus::State state, std::string detail, std::optional<std::chrono::milliseconds> pause = {});
  void report_loss(FailureKind kind, const std::string& reason, std::chrono::milliseconds pause) const;

  asio::any_io_executor strand_;
  net::Names& names_;
  net::TlsTrust trust_;
  AccountMemory memory_;
  StoredLogin login_;
  Resumption resumption_;
  Backoff backoff_;
  Signal wake_;
  std::unique_ptr<Stream> stream_;  // while there is one
  std::chrono::steady_clock::time_point ready_at_{};
  AccountStatus status_;
  bool stopping_ = false;
  bool disk_is_full_ = false;  // that ended the last stream
  std::optional<std::string> second_copy_;  // why we stopped: another copy of this database is alive
};

/// How to log in as `settings` say. The password is read at each attempt.
Login login_of(const config::AccountSettings& settings);

}  // namespace omegate::gateway
