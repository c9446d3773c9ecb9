#include "bridge/gateway/plugins/plugin_effects.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/outgoing_files.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/mail/mail_record.hpp"
#include "bridge/gateway/mail/mail_sending_limits.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/plugins/plugin_library.hpp"
#include "bridge/gateway/plugins/program_runner.hpp"
#include "bridge/gateway/plugins/timer_data.hpp"
#include "bridge/gateway/rooms/moderating.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

std::string new_message_id(Random& random) {
  std::array<Byte, 16> id{};
  random.fill(id);
  return crypto::to_hex(id);
}

}  // namespace

std::string PluginEffects::fault_of(const plugin::Effect& effect) const {
  if (const auto* const message = std::get_if<plugin::Send>(&effect)) return fault(*message);
  if (const auto* const what = std::get_if<plugin::Change>(&effect)) return fault(*what);
  if (const auto* const mail = std::get_if<plugin::WriteMail>(&effect)) return fault_of_mail(*mail);
  if (const auto* const typing = std::get_if<plugin::Typing>(&effect)) return fault(*typing);
  if (const auto* const wanted = std::get_if<plugin::Moderate>(&effect)) return fault(*wanted);
  if (const auto* const ask = std::get_if<plugin::Ask>(&effect)) return fault(*ask);
  return {};
}

std::string PluginEffects::fault(const plugin::Change& change) const {
  if (change.target.handle.empty() && !outgoing_.account(change.target.account))
    return "there is no account " + change.target.account;
  if (change.text.size() > max_message_text)
    return "the new text has more than " + std::to_string(max_message_text) + " bytes";
  if (change.reactions.size() > xmpp::max_reactions) return "more reactions than anybody has";
  for (const std::string& emoji : change.reactions) {
    if (emoji.empty() || emoji.size() > xmpp::max_reaction) return "a reaction is an emoji, and '" + emoji + "' is none";
  }
  return {};
}

std::string PluginEffects::fault(const plugin::Typing& typing) const {
  const auto to = xmpp::Jid::parse(typing.to);
  return to && !to->local().empty() ? std::string() : "not the address of a person: " + typing.to;
}

std::string PluginEffects::fault(const plugin::Moderate& wanted) const {
  if (wanted.target.handle.empty() && !outgoing_.account(wanted.target.account))
    return "there is no account " + wanted.target.account;
  return {};
}

std::string PluginEffects::fault(const plugin::Ask& ask) const {
  if (ask.to.empty()) return {};
  if (!outgoing_.account(ask.account)) return "there is no account " + ask.account;
  const auto to = xmpp::Jid::parse(ask.to);
  return to && !to->local().empty() ? std::string() : "not the address of a person: " + ask.to;
}

std::string PluginEffects::fault(const plugin::Send& send) const {
  if (!outgoing_.account(send.account)) return "there is no account " + send.account;
  const auto to = xmpp::Jid::parse(send.to);
  if (!to || to->local().empty()) return "not the address of a person: " + send.to;
  if (send.text.empty() && send.files.empty()) return "the text to send is empty";
  if (send.text.size() > max_message_text) {
    return "the text to send has more than " + std::to_string(max_message_text) + " bytes";
  }
  return {};
}

bool PluginEffects::still_holds(store::Tables& tables, const std::vector<plugin::KvRead>& reads) const {
  return std::ranges::all_of(reads, [&](const plugin::KvRead& read) {
    return kv_version_text(tables.kv.version(plugin_, read.key, context_.now())) == read.version;
  });
}

struct PluginEffects::Writing {
  store::Tables& tables;
  const plugin::Event& event;
  plugin::Origin origin;
  std::size_t position = 0;  // among the effects
  std::vector<store::AccountId> touched = {};
  std::vector<std::pair<store::AccountId, Passing>> passing = {};
  std::vector<store::AccountId> moderating = {};
  bool kept = false, timed = false, bridges = false;

  std::string handle() const;
};

Written PluginEffects::write(store::Tables& tables, const plugin::Event& event, const std::vector<plugin::Effect>& effects,
                             std::size_t kv_quota, bool bridges) const {
  const auto origin = plugin::origin(event);
  Writing writing{tables, event, origin ? *origin : plugin::Origin{}};
  writing.bridges = bridges;
  if (plugin::ends_question(event)) end_question(tables, event, writing.origin);
  for (const plugin::Effect& effect : effects) {
    std::visit([&](const auto& one) { carry_out(writing, one); }, effect);
    ++writing.position;
  }
  if (writing.kept) expect_within(tables, kv_quota);
  if (writing.timed && tables.timers.count(plugin_) > plugin::max_timers)
    throw EffectRefused("it would have more than " + std::to_string(plugin::max_timers) +
                        " timers and questions");
  return {std::move(writing.touched), std::move(writing.passing), std::move(writing.moderating)};
}

/// A message that this plugin may speak of: its own, or one of a contact.
std::optional<store::KnownMessage> PluginEffects::find(store::Tables& tables, const plugin::Target& target) const {
  if (!target.handle.empty()) return tables.messages.by_handle(plugin_, target.handle);
  const auto own = outgoing_.account(target.account);
  const auto peer = xmpp::Jid::parse(target.to);
  if (!own || !peer) return std::nullopt;
  const std::string to = peer->bare().to_string();
  if (!target.name.empty()) return tables.messages.by_name(own->id, to, plugin_, target.name);
  if (!target.stanza_id.empty()) return tables.messages.in_room(own->id, to, target.stanza_id);
  return tables.messages.find(own->id, to, target.own, message_id_of(target.id));
}

/// Each effect has a name of its own, the same on every attempt.
std::string PluginEffects::Writing::handle() const { return event.id + ":" + std::to_string(position); }

void PluginEffects::carry_out(Writing& writing, const plugin::Send& send) const {
  const auto own = outgoing_.account(send.account);
  if (!own) throw EffectRefused("there is no account " + send.account + " any more");  // a reload took it meanwhile
  const WallTime now = context_.now();
  Utterance words{own->id, xmpp::Jid::parse(send.to).value().bare().to_string(), new_message_id(context_.random),
                  Outgoing{send.text, std::nullopt, plugin_}};
  words.content.bridged = writing.bridges;
  if (send.min_trust) words.content.min_trust = from_plugin(*send.min_trust);
  words.dedupe_key = "plugin:" + plugin_ + ":" + writing.handle();
  words.priority = send.priority;
  if (send.expires_in) words.expires = now + *send.expires_in;
  words.handle = writing.handle();
  writing.touched.push_back(own->id);
  store::Tables& tables = writing.tables;
  const auto earlier = send.update ? tables.messages.by_name(own->id, words.to, plugin_, send.name) : std::nullopt;
  if (earlier) {
    correct(tables, *earlier, std::move(words), now);
    return;
  }
  words.name = send.name;
  if (send.text.empty()) {
    say_files(writing, send, std::move(words));
    return;
  }
  Utterance carrier = words;
  carrier.handle = carrier.name = {};
  const auto answered = send.answers ? find(tables, *send.answers) : std::nullopt;
  if (answered) {
    words.content.quote = send.quote;
    answer(tables, *answered, Bearing::reply, std::move(words), now);
  } else {
    say(tables, words, now);
  }
  say_files(writing, send, std::move(carrier));
}

/// Each file is a message of its own; the first one has what names the whole, if no text has it.
void PluginEffects::say_files(Writing& writing, const plugin::Send& send, Utterance carrier) const {
  const std::string dedupe_key = carrier.dedupe_key;
  for (std::size_t i = 0; i < send.files.size(); ++i) {
    auto file = outgoing_file(writing.tables, send.files[i]);
    if (!file) throw EffectRefused("the file " + send.files[i] + " is not here (any more)");
    Utterance one = carrier;
    if (i > 0) one.handle = one.name = {};
    one.dedupe_key = dedupe_key + "#" + std::to_string(i);
    one.message_id = new_message_id(context_.random);
    one.content.text.clear();
    one.content.file = std::move(*file);
    say(writing.tables, one, context_.now());
  }
}

/// A message that is not known any more, or never was this plugin's to change, stays as it is.
void PluginEffects::carry_out(Writing& writing, const plugin::Change& change) const {
  const auto target = find(writing.tables, change.target);
  const bool reacts = change.kind == plugin::Change::Kind::react;
  if (!target || (!reacts && (!target->own || target->owner != plugin_))) {
    log_warning("plugin.unknown_message", {{"plugin", plugin_}, {"event", writing.event.id}});
    return;
  }
  const WallTime now = context_.now();
  Utterance words{target->account, target->peer, new_message_id(context_.random), Outgoing{change.text, std::nullopt, plugin_}};
  words.content.bridged = writing.bridges;
  words.dedupe_key = "plugin:" + plugin_ + ":" + writing.handle();
  switch (change.kind) {
    case plugin::Change::Kind::edit: correct(writing.tables, *target, std::move(words), now); break;
    case plugin::Change::Kind::retract: retract(writing.tables, *target, std::move(words), now); break;
    case plugin::Change::Kind::react:
      words.content.reactions = change.reactions;
      words.content.quote = change.quote;
      answer(writing.tables, *target, Bearing::reaction, std::move(words), now);
      break;
  }
  writing.touched.push_back(target->account);
}

/// "paused" would be shown by some clients as something that goes on.
void PluginEffects::carry_out(Writing& writing, const plugin::Typing& typing) const {
  const auto own = outgoing_.account(typing.account);
  if (!own) return;
  const auto state = typing.on ? xmpp::ChatState::composing : xmpp::ChatState::active;
  writing.passing.emplace_back(own->id, Passing{xmpp::Jid::parse(typing.to).value().bare().to_string(), state, {}, writing.bridges});
}

/// Of what is not theirs, or not known any more, nothing is said, and to nobody who did not ask for it (XEP-0333 `markable`). A room knows its messages by its own numbers.
void PluginEffects::carry_out(Writing& writing, const plugin::Displayed& displayed) const {
  const auto target = find(writing.tables, displayed.target);
  if (!target || target->own || target->message_id.empty() || !decode_details(target->details).markable) return;
  const std::string& id = target->room_id.empty() ? target->message_id : target->room_id;
  writing.passing.emplace_back(target->account, Passing{target->peer, std::nullopt, id, writing.bridges, target->id.value()});
}

void PluginEffects::carry_out(Writing& writing, const plugin::Moderate& wanted) const {
  const auto target = find(writing.tables, wanted.target);
  if (!target) {
    log_warning("plugin.unknown_message", {{"plugin", plugin_}, {"event", writing.event.id}});
    return;
  }
  if (target->room_id.empty()) {
    log_warning("room.not_moderated",
                {{"room", target->peer},
                 {"plugin", plugin_},
                 {"reason", "it was not said in a room, or in one without an archive (XEP-0313), which gives messages no numbers"}});
    return;
  }
  if (!want_taken_out(writing.tables, *target, wanted.reason, plugin_, context_.now()))
    throw EffectRefused("more than " + std::to_string(max_wanted_moderations) + " messages wait to be taken out of rooms");
  writing.moderating.push_back(target->account);
}

void PluginEffects::carry_out(Writing& writing, const plugin::KvPut& put) const {
  std::optional<WallTime> expires;
  if (put.expires_in) expires = context_.now() + *put.expires_in;
  writing.tables.kv.put(plugin_, put.key, as_bytes(put.value), expires);
  writing.kept = true;
}

void PluginEffects::carry_out(Writing& writing, const plugin::KvDelete& gone) const {
  writing.tables.kv.erase(plugin_, gone.key);
}

void PluginEffects::carry_out(Writing& writing, const plugin::SetTimer& timer) const {
  const TimerData data{timer.name, timer.state, writing.origin.account, writing.origin.from};
  writing.tables.timers.set(plugin_, store::TimerKind::once, timer.id, timer.due, encode(data));
  writing.timed = true;
}

void PluginEffects::carry_out(Writing& writing, const plugin::CancelTimer& timer) const {
  writing.tables.timers.erase(plugin_, store::TimerKind::once, timer.id);
}

void PluginEffects::carry_out(Writing& writing, const plugin::Ask& ask) const {
  plugin::Origin asked = writing.origin;
  if (!ask.to.empty()) {
    asked.account = ask.account;
    asked.from = xmpp::Jid::parse(ask.to).value().bare().to_string();
  }
  const std::string conversation = outgoing_.conversation(asked.account, asked.from);
  lose_question(writing.tables, asked, conversation);
  const TimerData data{ask.name, ask.state, asked.account, asked.from, ask.min_trust};
  writing.tables.timers.set(plugin_, store::TimerKind::question, conversation, context_.now() + ask.patience,
                            encode(data));
  writing.timed = true;
}

void PluginEffects::carry_out(Writing& writing, const plugin::WriteMail& mail) const {
  store::Tables& tables = writing.tables;
  const plugin::Origin& origin = writing.origin;
  const auto account = outgoing_.account(origin.account.empty() ? outgoing_.default_account : origin.account);
  if (!account) throw EffectRefused("there is no account to tell it what became of its mail");
  if (tables.mails.count(plugin_) >= max_waiting_mails)
    throw EffectRefused("more than " + std::to_string(max_waiting_mails) + " of its mails wait to be sent");
  store::NewMail row{plugin_, account->id, writing.handle(), {}};
  std::uint64_t size = 0;
  for (const std::string& handle : mail.files) {
    const auto file = tables.files.find(handle);
    if (!file || file->state != store::FileState::here) throw EffectRefused("the file " + handle + " is not here (any more)");
    size += file->size;
    row.files.push_back(file->id);
  }
  if (size > max_mail_files)
    throw EffectRefused("the files of the mail have " + size_words(size) + ", and " + size_words(max_mail_files) + " fit into one");
  OutgoingMail content{mail, {}, {}, {}, origin.account, origin.from, context_.now()};
  content.mail.files.clear();
  for (const std::string& address : mail.to)
    if (std::ranges::find(content.waiting, address) == content.waiting.end()) content.waiting.push_back(address);
  content.mail.to = content.waiting;
  for (const store::FileId file : row.files) content.files.push_back(file.value());
  row.body = encode(content);
  tables.mails.add(row, context_.now());
}

/// In the order of publication for each subscriber: its rows of one topic are one conversation. Nobody hears himself.
void PluginEffects::carry_out(Writing& writing, const plugin::Publish& news) const {
  plugin::TopicEvent event{news.topic, news.data, plugin_, 1, context_.now()};
  if (writing.event.kind == plugin::EventKind::topic) {
    const auto cause = plugin::parse_topic_event(writing.event.payload);
    if (cause) event.hops = cause->hops + 1;
  }
  if (event.hops > plugin::max_topic_hops)
    throw EffectRefused("the topic " + news.topic + " has gone from plugin to plugin " + std::to_string(plugin::max_topic_hops) +
                        " times: they answer one another without end");
  const std::string conversation = "topic/" + news.topic;
  for (const OutgoingSide::Subscriber& each : outgoing_.subscribers(news.topic)) {
    if (each.plugin == plugin_) continue;
    store::Inbox& inbox = writing.tables.inbox;
    if (inbox.count_pending(each.plugin, conversation, plugin::max_topic_backlog) == plugin::max_topic_backlog)
      throw EffectRefused("the plugin " + each.plugin + " has " + std::to_string(plugin::max_topic_backlog) +
                          " events of the topic " + news.topic + " waiting already");
    inbox.add({each.account, each.plugin, conversation, "topic", to_bytes(plugin::payload(event))}, context_.now());
  }
}

void PluginEffects::carry_out(Writing& writing, const plugin::RunProgram& run) const {
  store::Tables& tables = writing.tables;
  const auto account = outgoing_.account(writing.origin.account);
  if (!account) throw EffectRefused("there is no account to tell it how the program ended");
  if (tables.runs.count(plugin_) >= plugin::max_waiting_runs)
    throw EffectRefused("more than " + std::to_string(plugin::max_waiting_runs) + " of its programs wait to be run");
  tables.runs.add(plugin_, account->id, encode_run(run, writing.origin), context_.now());
}

/// Another event may have asked something else since this answer was taken: that question still waits for its own.
void PluginEffects::end_question(store::Tables& tables, const plugin::Event& event, const plugin::Origin& origin) const {
  const std::string conversation = outgoing_.conversation(origin.account, origin.from);
  const auto question = tables.timers.find(plugin_, store::TimerKind::question, conversation);
  const auto data = question ? parse_timer(question->data) : std::nullopt;
  if (data && data->name != plugin::question_name(event)) return;
  tables.timers.erase(plugin_, store::TimerKind::question, conversation);
}

/// Two open questions could not tell whose an answer is: the older one is lost, and its handler hears of it.
void PluginEffects::lose_question(store::Tables& tables, const plugin::Origin& origin,
                                  const std::string& conversation) const {
  const auto question = tables.timers.find(plugin_, store::TimerKind::question, conversation);
  const auto data = question ? parse_timer(question->data) : std::nullopt;
  if (!data) return;
  plugin::Answer answer{data->name, data->state, plugin::Answer::Outcome::lost, {}};
  answer.message.account = origin.account;
  answer.message.from = origin.from;
  answer.message.time = context_.now();
  const auto account = outgoing_.account(origin.account);
  if (!account) return;
  tables.inbox.add({account->id, plugin_, conversation, "answer", to_bytes(plugin::payload(answer))},
                   context_.now());
}

/// What has expired is cleared away once an hour; before a refusal it does not count.
void PluginEffects::expect_within(store::Tables& tables, std::size_t kv_quota) const {
  const auto fits = [&] {
    const store::KvUsage usage = tables.kv.usage(plugin_);
    return usage.bytes <= kv_quota && usage.keys <= plugin::max_kv_keys;
  };
  if (fits()) return;
  tables.kv.purge(context_.now());
  if (fits()) return;
  throw EffectRefused("it would keep more than it may: " + std::to_string(kv_quota >> 20) +
                      " MiB (grants: kv) and " + std::to_string(plugin::max_kv_keys) +
                      " keys; nothing of this event was done");
}

std::string OutgoingSide::conversation(const std::string& name, const std::string& peer) const {
  const auto found = account(name);
  return (found ? found->jid : name) + "/" + peer;
}

}  // namespace omegate::gateway
