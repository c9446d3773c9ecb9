#include "bridge/gateway/messages/message_events.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

using plugin::EventKind;
using Texts = std::vector<std::string>;

bool contains(const Texts& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What is in `all` and not in `others`.
Texts without(const Texts& all, const Texts& others) {
  Texts rest;
  std::copy_if(all.begin(), all.end(), std::back_inserter(rest),
               [&](const auto& one) { return !contains(others, one); });
  return rest;
}

class Meaning {
 public:
  Meaning(store::Tables& tables, const Sender& self, const xmpp::ChatMessage& message, const Writer& writer,
          WallTime now)
      : tables_(tables),
        self_(self),
        message_(message),
        writer_(writer),
        peer_(message.from.bare().to_string()),
        conversation_(message.peer().to_string()),
        now_(now) {}

  std::vector<MessageEvent> of(const SaidContent& said);

 private:
  bool retracted(const std::string& id);
  bool reacted(const xmpp::Reactions& reactions);
  void displayed(const std::string& id);
  void typing(xmpp::ChatState state);
  void text(std::string text, const SaidContent& said);

  plugin::Message person(std::string text) const;
  plugin::Reference reference(const store::KnownMessage& message) const;
  std::optional<store::KnownMessage> ours(std::string_view id) const;
  std::optional<store::KnownMessage> theirs(std::string_view id) const;
  bool may_change(const store::KnownMessage& message) const;
  void remember(std::optional<store::MessageId> first);
  void add(EventKind kind, const plugin::MessageNews& news, std::string plugin = {});
  void tell_owner(EventKind kind, plugin::MessageNews news, const store::KnownMessage& message);

  store::Tables& tables_;
  const Sender& self_;
  const xmpp::ChatMessage& message_;
  const Writer& writer_;
  const std::string peer_;          // who wrote it
  const std::string conversation_;  // with whom: the room, or the same
  WallTime now_;
  bool bridged_ = false, markable_ = false;
  std::vector<MessageEvent> events_;
};

/// A retraction or reaction that does not count leaves the text, if there is one besides what is for older clients.
std::vector<MessageEvent> Meaning::of(const SaidContent& said) {
  const xmpp::Annotations& annotations = said.annotations;
  bridged_ = annotations.bridged;
  markable_ = annotations.markable;
  const bool undecided = writer_.key && writer_.level == trust::Level::undecided;  // only texts wait for a decision
  if (!undecided) {
    if (!annotations.retracts.empty() && retracted(annotations.retracts)) return std::move(events_);
    if (annotations.reactions && reacted(*annotations.reactions)) return std::move(events_);
    if (!annotations.displayed.empty()) displayed(annotations.displayed);
    if (annotations.state) typing(*annotations.state);
  }
  std::string own = said.text ? xmpp::own_text(*said.text, annotations) : std::string();
  if (!own.empty() || !said.files.empty()) text(std::move(own), said);
  return std::move(events_);
}

plugin::Message Meaning::person(std::string text) const {
  plugin::Message person{self_.name, peer_, std::move(text), to_plugin(writer_.level)};
  person.device = writer_.device.value();
  person.encrypted = writer_.key.has_value();
  person.shared = writer_.shared;
  if (writer_.key) {
    person.fingerprint = omemo::fingerprint(*writer_.key);
    person.version = std::string(xmpp::omemo_namespace(writer_.version));
  }
  person.time = message_.delay.value_or(now_);
  person.message_id = message_.id;
  if (message_.room) {
    person.room = conversation_;
    person.stanza_id = message_.archive_id.value_or("");
  }
  person.nick = message_.nick;
  person.bridged = bridged_;
  return person;
}

plugin::Reference Meaning::reference(const store::KnownMessage& message) const {
  const MessageDetails details = decode_details(message.details);
  return {message.message_id, message.own, details.handle, details.name};
}

std::optional<store::KnownMessage> Meaning::ours(std::string_view id) const {
  auto found = tables_.messages.find(self_.account, conversation_, true, message_id_of(id));
  if (found) return first_version(tables_, std::move(*found));
  return std::nullopt;
}

std::optional<store::KnownMessage> Meaning::theirs(std::string_view id) const {
  auto found = tables_.messages.find(self_.account, conversation_, false, id);
  if (found) return first_version(tables_, std::move(*found));
  return std::nullopt;
}

/// Only who wrote a message changes it: the same key, or one of the same person that is trusted as much. What
/// was encrypted is never changed in the clear.
bool Meaning::may_change(const store::KnownMessage& message) const {
  if (!message.writer || !writer_.key) return false;
  if (*message.writer == *writer_.key) return true;
  const trust::View& view = tables_.ledger.view();
  const bool same_person = view.find(self_.jid, peer_, *message.writer) != nullptr;
  return same_person && writer_.level >= effective_level(view, self_.jid, peer_, *message.writer);
}

void Meaning::remember(std::optional<store::MessageId> first) {
  if (message_.id.empty() || !writer_.key) return;
  store::NewKnownMessage known{self_.account, conversation_, false, message_.id, writer_.key};
  known.first = first;
  if (message_.room) known.room_id = message_.archive_id.value_or("");
  const auto added = tables_.messages.add(known, now_);
  if (!added || !markable_) return;
  MessageDetails details;
  details.markable = true;
  tables_.messages.set_details(*added, encode(details));
}

void Meaning::add(EventKind kind, const plugin::MessageNews& news, std::string plugin) {
  events_.push_back({kind, payload(news), std::move(plugin)});
}

/// Of a message of ours only the plugin that sent it is told; what an operator sent concerns all.
void Meaning::tell_owner(EventKind kind, plugin::MessageNews news, const store::KnownMessage& message) {
  news.about = reference(message);
  add(kind, news, plugin_of(message));
}

bool Meaning::retracted(const std::string& id) {
  const auto message = theirs(id);
  if (!message || !may_change(*message)) return false;
  plugin::MessageNews news{person({})};
  news.about = reference(*message);
  add(EventKind::retract, news);
  return true;
}

bool Meaning::reacted(const xmpp::Reactions& reactions) {
  const auto own = ours(reactions.id);
  const auto message = own ? own : theirs(reactions.id);
  if (!message) return false;
  MessageDetails details = decode_details(message->details);
  Texts& before = writer_.key ? details.reactions : details.claimed;
  plugin::MessageNews news{person({})};
  news.reactions = reactions.emojis;
  news.added = without(reactions.emojis, before);
  news.removed = without(before, reactions.emojis);
  if (news.added.empty() && news.removed.empty()) return true;
  before = reactions.emojis;
  tables_.messages.set_details(message->id, encode(details));
  tell_owner(EventKind::reaction, std::move(news), *message);
  return true;
}

/// In a room clients name the message by the number that the room gave it. Source: XEP-0333 §4.1 (group chat).
void Meaning::displayed(const std::string& id) {
  auto message = ours(id);
  if (!message && message_.room) {
    message = tables_.messages.in_room(self_.account, conversation_, id);
    if (message) message = first_version(tables_, std::move(*message));
  }
  if (!message || !message->own) return;
  plugin::MessageNews news{person({})};
  news.state = "displayed";
  tell_owner(EventKind::marker, std::move(news), *message);
}

/// Only of now: what somebody did while we were away is no news.
void Meaning::typing(xmpp::ChatState state) {
  const bool live = !message_.delay &&
                    (message_.route == xmpp::Route::direct || message_.route == xmpp::Route::received_copy);
  if (!live) return;
  plugin::MessageNews news{person({})};
  news.state = std::string(name(state));
  add(EventKind::typing, news);
}

/// A new text of what is not known, or of what its writer may not change, is a message like others.
void Meaning::text(std::string text, const SaidContent& content) {
  if (!writer_.key) return;  // a text in the clear is nobody's
  const xmpp::Annotations& annotations = content.annotations;
  plugin::Message said = person(std::move(text));
  said.files = content.files;
  if (annotations.reply) {
    const auto own = ours(annotations.reply->id);
    const auto message = own ? own : theirs(annotations.reply->id);
    if (message) said.reply_to = reference(*message);
  }
  const auto changed = annotations.replaces.empty() ? std::nullopt : theirs(annotations.replaces);
  if (changed && may_change(*changed)) {
    remember(changed->id);
    plugin::MessageNews news{std::move(said)};
    news.about = reference(*changed);
    return add(EventKind::edit, news);
  }
  remember(std::nullopt);
  events_.push_back({EventKind::message, payload(said), {}});
}

}  // namespace

std::vector<MessageEvent> events_of(store::Tables& tables, const Sender& self,
                                    const xmpp::ChatMessage& message, const Writer& writer,
                                    const SaidContent& said, WallTime now) {
  return Meaning(tables, self, message, writer, now).of(said);
}

}  // namespace omegate::gateway
