// What an operator can ask and order, one method per verb.
//
// The shapes of arguments and answers are the table in app/verbs.hpp. Not here: the socket (app/control_socket.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/mail/mail_places.hpp"
#include "bridge/gateway/mail/mailbox_position.hpp"
#include "bridge/gateway/operator/operator_args.hpp"
#include "bridge/gateway/operator/store_glance.hpp"
#include "bridge/gateway/reload_report.hpp"

namespace omegate::gateway {

class FileDesk;
class MailSender;

struct OperatorSurroundings {
  Context& context;
  const CurrentActors& actors;
  std::string http;                             // "127.0.0.1:8443"; empty without HTTP
  std::function<void(bool say_goodbye)> stop;   // from any thread
  std::function<asio::awaitable<ReloadReport>(std::size_t rehearse)> reload;
  WallTime started{};
  FileDesk* files = nullptr;
  std::function<void()> kick_files = [] {};  // one is wanted
  MailSender* mails = nullptr;
  std::function<std::shared_ptr<const MailPlaces>()> mail_places = [] { return std::make_shared<const MailPlaces>(); };
};

/// What only the database knows of STATUS.
struct StoredStatus {
  bool is_known = false;  // else it has not answered, and the rest is empty
  boost::json::object rows = {};  // outbox, inbox, renewed
  std::map<store::AccountId, omemo::DeviceId> devices = {};
  std::map<std::string, mail::ImapPosition> positions = {};  // by the mailbox's name
};

class OperatorService {
 public:
  explicit OperatorService(OperatorSurroundings surroundings)
      : all_(std::move(surroundings)), glance_(all_.context.store, all_.context.pace.store_glance) {}

  /// `actor`: who asks, for the ledger and the log ("operator root"). Throws `OperatorError`.
  asio::awaitable<boost::json::value> handle(std::string actor, std::string verb, boost::json::object args);

  /// What `handle` knows.
  static std::vector<std::string_view> verbs();

 private:
  struct Call {
    std::string actor;
    boost::json::object args;
    OperatorArgs read() const { return OperatorArgs(args); }
  };
  using Method = asio::awaitable<boost::json::value> (OperatorService::*)(Call);
  struct Verb {
    std::string_view name;
    Method method;
  };
  static const std::vector<Verb>& table();

  // operator_status.cpp
  asio::awaitable<boost::json::value> status(Call call);
  asio::awaitable<StoredStatus> stored_status();
  std::string silence_of_the_database() const;

  // operator_service.cpp
  asio::awaitable<boost::json::value> stop(Call call);
  asio::awaitable<boost::json::value> reload(Call call);
  Account& account_named(const OperatorArgs& args) const;
  std::vector<Account*> accounts_named(const OperatorArgs& args) const;
  std::string account_name(store::AccountId id) const;

  // operator_own_keys.cpp
  asio::awaitable<boost::json::value> keys(Call call);
  asio::awaitable<boost::json::value> keys_rotate(Call call);

  // operator_stale.cpp
  asio::awaitable<boost::json::value> trust_stale(Call call);
  asio::awaitable<boost::json::value> trust_purge(Call call);

  // operator_login.cpp
  asio::awaitable<boost::json::value> login_show(Call call);
  asio::awaitable<boost::json::value> login_unpin(Call call);

  // operator_trust.cpp
  asio::awaitable<boost::json::value> trust_list(Call call);
  asio::awaitable<boost::json::value> trust_show(Call call);
  asio::awaitable<boost::json::value> trust_approve(Call call);
  asio::awaitable<boost::json::value> trust_revoke(Call call);
  asio::awaitable<boost::json::value> trust_policy(Call call);
  /// The given ones, as `trust list` shows them.
  static boost::json::array key_rows_of(store::Tables& tables, const Account& account, const std::string& peer,
                                        const std::vector<crypto::PublicKey>& keys);

  // operator_ledger.cpp
  asio::awaitable<boost::json::value> trust_log(Call call);
  asio::awaitable<boost::json::value> trust_explain(Call call);
  asio::awaitable<boost::json::value> trust_verify(Call call);
  asio::awaitable<boost::json::value> trust_export(Call call);
  asio::awaitable<boost::json::value> trust_checkpoint(Call call);
  asio::awaitable<boost::json::value> trust_rotate(Call call);
  asio::awaitable<boost::json::value> trust_forget(Call call);

  // operator_doctor.cpp
  asio::awaitable<boost::json::value> doctor(Call call);

  // operator_why.cpp
  asio::awaitable<boost::json::value> why(Call call);

  // operator_queues.cpp
  asio::awaitable<boost::json::value> send(Call call);
  asio::awaitable<boost::json::value> outbox_list(Call call);
  asio::awaitable<boost::json::value> outbox_show(Call call);
  asio::awaitable<boost::json::value> outbox_retry(Call call);
  asio::awaitable<boost::json::value> outbox_drop(Call call);
  asio::awaitable<boost::json::value> inbox_list(Call call);
  asio::awaitable<boost::json::value> inbox_show(Call call);
  asio::awaitable<boost::json::value> inbox_replay(Call call);
  asio::awaitable<boost::json::value> inbox_drop(Call call);
  asio::awaitable<store::OutboxRow> wait_for_state(store::OutboxId id, store::MessageState wanted,
                                                   std::chrono::milliseconds limit, bool& timed_out);
  boost::json::object out_row(const store::OutboxRow& row) const;

  // operator_waits.cpp
  asio::awaitable<boost::json::array> rows_with_waits(std::vector<store::OutboxRow> rows);
  asio::awaitable<boost::json::object> row_with_waits(store::OutboxRow row);

  boost::json::object in_row(const store::InboxRow& row) const;
  void kick_plugin(const std::string& name) const;

  // operator_hooks.cpp
  asio::awaitable<boost::json::value> hook_list(Call call);
  asio::awaitable<boost::json::value> hook_log(Call call);
  asio::awaitable<boost::json::value> hook_show(Call call);
  asio::awaitable<boost::json::value> hook_replay(Call call);
  asio::awaitable<boost::json::value> hook_dry_run(Call call);
  asio::awaitable<boost::json::value> hook_url(Call call);
  asio::awaitable<boost::json::value> hook_rotate(Call call);
  asio::awaitable<std::vector<ServedHook>> served_hooks() const;
  asio::awaitable<ServedHook> hook_named(std::string path) const;
  boost::json::object url_row(const ServedHook& hook, const HookUrl& url) const;

  // operator_rooms.cpp
  asio::awaitable<boost::json::value> room_list(Call call);
  asio::awaitable<boost::json::value> room_create(Call call);
  asio::awaitable<boost::json::value> room_join(Call call);
  asio::awaitable<boost::json::value> room_invite(Call call);
  asio::awaitable<boost::json::value> room_leave(Call call);
  asio::awaitable<boost::json::value> room_moderate(Call call);
  asio::awaitable<boost::json::value> order_room(Call call, RoomOrder::Kind kind);

  // operator_files.cpp
  asio::awaitable<boost::json::value> file_begin(Call call);
  asio::awaitable<boost::json::value> file_append(Call call);
  asio::awaitable<boost::json::value> file_end(Call call);
  asio::awaitable<boost::json::value> file_list(Call call);
  asio::awaitable<boost::json::value> file_fetch(Call call);
  asio::awaitable<boost::json::value> file_read(Call call);
  asio::awaitable<boost::json::value> file_drop(Call call);
  asio::awaitable<store::StoredFile> file_named(std::string which);
  boost::json::object file_row(const store::StoredFile& file) const;

  // operator_mails.cpp
  asio::awaitable<boost::json::value> mail_list(Call call);
  asio::awaitable<boost::json::value> mail_show(Call call);
  asio::awaitable<boost::json::value> mail_retry(Call call);
  asio::awaitable<boost::json::value> mail_drop(Call call);
  boost::json::object mail_row(const store::StoredMail& row) const;
  bool is_in_hand(store::MailId id) const;

  // operator_mail_places.cpp
  /// `mailboxes` and `mail_listeners` of STATUS, each only if there is one.
  boost::json::object mail_places(const StoredStatus& stored) const;
  std::vector<Finding> examine_mail_places() const;

  // operator_keys.cpp
  asio::awaitable<boost::json::value> key_status(Call call);
  asio::awaitable<boost::json::value> key_rotate(Call call);
  asio::awaitable<boost::json::value> key_recovery_set(Call call);
  asio::awaitable<boost::json::value> key_recovery_test(Call call);
  asio::awaitable<boost::json::value> backup(Call call);

  OperatorSurroundings all_;
  StoreGlance glance_;
};

/// How the names of copies for backups begin: beside the database.
std::string copy_prefix(const store::Store& store);
/// Those that somebody asked for and did not take away. At start.
void remove_copies(const store::Store& store);

}  // namespace omegate::gateway
