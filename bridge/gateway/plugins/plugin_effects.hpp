// Writes what a handler wants done into the tables, inside the transaction that ends its event.
//
// Not here: whether it may want that (core/plugin/grants.hpp), when the transaction is made
// (inbox_worker.hpp).
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/base/language.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/passing.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

class FileDesk;

/// Our accounts as an effect meets them. Called from any thread.
struct OutgoingSide {
  struct Account {
    store::AccountId id;
    std::string jid;
    Language language = Language::english;
  };
  std::function<std::optional<Account>(std::string_view name)>
      account;                                 // as effects name it: as the config does
  std::function<void(store::AccountId)> kick;  // the outbox of this account has something
  std::function<void()> kick_timers = [] {};   // there is a new timer
  FileDesk* files = nullptr;                   // without it files stay where they are
  std::function<void()> kick_files = [] {};    // one is wanted
  std::function<void()> kick_mails = [] {};    // there is one to send
  std::function<void()> kick_programs = [] {};  // there is one to run
  std::string default_account = {};            // by its name: of what no account's message is the reason of

  struct Subscriber {
    std::string plugin;
    store::AccountId account;  // of its rows that no account's message is the reason of
  };
  std::function<std::vector<Subscriber>(std::string_view topic)> subscribers = [](std::string_view) { return std::vector<Subscriber>(); };
  std::function<void()> kick_inboxes = [] {};  // one has something
  std::function<void(store::AccountId, Passing)> pass = [](store::AccountId, Passing) {};  // of now: said if the account is online
  std::function<void(store::AccountId)> kick_rooms = [](store::AccountId) {};  // something is to be taken out of one

  /// Of the messages between this account of ours and a peer; rows of one conversation keep their order.
  std::string conversation(const std::string& name, const std::string& peer) const;
};

/// It keeps more than it may, or its account is gone; thrown inside the transaction, so that nothing of it
/// happens.
struct EffectRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the transaction leaves to be done when it is committed.
struct Written {
  std::vector<store::AccountId> touched = {};  // accounts that have something to send
  std::vector<std::pair<store::AccountId, Passing>> passing = {};
  std::vector<store::AccountId> moderating = {};  // accounts that have something to be taken out of a room
};

class PluginEffects {
 public:
  PluginEffects(Context& context, const OutgoingSide& outgoing, std::string plugin)
      : context_(context), outgoing_(outgoing), plugin_(std::move(plugin)) {}

  /// Why an effect cannot be carried out, whatever the plugin was granted; empty: it can.
  std::string fault_of(const plugin::Effect& effect) const;

  /// What the handler built upon is as it read it.
  bool still_holds(store::Tables& tables, const std::vector<plugin::KvRead>& reads) const;

  /// The event's id is the same on every attempt: an effect is written once, however often it is tried. An
  /// answer ends its question. `bridges`: messages are marked as brought from elsewhere. Throws `EffectRefused`.
  Written write(store::Tables& tables, const plugin::Event& event, const std::vector<plugin::Effect>& effects, std::size_t kv_quota,
                bool bridges) const;

 private:
  struct Writing;  // one `write`
  std::string fault(const plugin::Send& send) const;
  void carry_out(Writing& writing, const plugin::Send& send) const;
  void say_files(Writing& writing, const plugin::Send& send, Utterance carrier) const;
  std::string fault(const plugin::Change& change) const;
  void carry_out(Writing& writing, const plugin::Change& change) const;
  std::optional<store::KnownMessage> find(store::Tables& tables, const plugin::Target& target) const;
  std::string fault(const plugin::Typing& typing) const;
  void carry_out(Writing& writing, const plugin::Typing& typing) const;
  void carry_out(Writing& writing, const plugin::Displayed& displayed) const;
  std::string fault(const plugin::Moderate& wanted) const;
  void carry_out(Writing& writing, const plugin::Moderate& wanted) const;
  void carry_out(Writing& writing, const plugin::KvPut& put) const;
  void carry_out(Writing& writing, const plugin::KvDelete& gone) const;
  void carry_out(Writing& writing, const plugin::SetTimer& timer) const;
  void carry_out(Writing& writing, const plugin::CancelTimer& timer) const;
  std::string fault(const plugin::Ask& ask) const;
  void carry_out(Writing& writing, const plugin::Ask& ask) const;
  void end_question(store::Tables& tables, const plugin::Event& event, const plugin::Origin& origin) const;
  void carry_out(Writing& writing, const plugin::WriteMail& mail) const;
  void carry_out(Writing& writing, const plugin::Publish& news) const;
  void carry_out(Writing& writing, const plugin::RunProgram& run) const;
  void lose_question(store::Tables& tables, const plugin::Origin& origin,
                     const std::string& conversation) const;
  void expect_within(store::Tables& tables, std::size_t kv_quota) const;

  Context& context_;
  const OutgoingSide& outgoing_;
  std::string plugin_;
};

}  // namespace omegate::gateway
