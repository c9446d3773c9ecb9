#include "bridge/gateway/plugins/plugin_stage_world.hpp"

#include <algorithm>
#include <optional>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/file_names.hpp"
#include "bridge/gateway/files/file_record.hpp"
#include "bridge/gateway/files/received_files.hpp"
#include "bridge/gateway/http/endpoint_items.hpp"
#include "bridge/gateway/mail/mail_record.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/plugins/plugin_check.hpp"
#include "bridge/gateway/plugins/plugin_library.hpp"
#include "bridge/gateway/rooms/moderating.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;

constexpr const char* domain = "@stage.example";
constexpr std::string_view listener = "(a listener)";  // no plugin has such a name

/// Everybody has a device for each level of trust.
crypto::PublicKey key_of(const std::string& jid, plugin::TrustLevel trust) {
  const std::string name = "stage " + std::string(to_text(trust)) + " " + jid;
  const Bytes digest = crypto::digest(crypto::Hash::sha256, as_bytes(name));
  crypto::PublicKey key{};
  std::ranges::copy(digest, key.begin());
  return key;
}

std::uint32_t device_of(plugin::TrustLevel trust) { return static_cast<std::uint32_t>(trust) + 1; }

/// What says nothing by itself is named.
std::string shown(const Outgoing& message) {
  if (message.file) return "(file) " + message.file->name;
  switch (message.bearing) {
    case Bearing::none:
    case Bearing::reply:
      return message.text;
    case Bearing::correction:
      return "(edit) " + message.text;
    case Bearing::retraction:
      return "(retract)";
    case Bearing::reaction:
      break;
  }
  std::string all = "(reaction)";
  for (const auto& emoji : message.reactions) all += " " + emoji;
  return all;
}

}  // namespace

PluginStage::World::World(plugin::Installed what, const std::filesystem::path& worker, WallTime start)
    : store(folder.file("stage.db"), {crypto::Secret<32>::random(crypto::system_random())}),
      clock(to_ms(start)),
      spawner(worker),
      context{store, crypto::system_random(), [this] { return from_ms(clock); }},
      installed(std::move(what)) {
  context.pace.plugin.first_pause = 10ms;
  context.pace.unavailable_plugin = 10ms;
  for (const std::string& name : installed.accounts) {
    const std::string jid = name + domain;
    const auto id = store.run([&](store::Tables& tables) {
      tables.ledger.append(trust::on_policy(tables.ledger.view(), jid, {}, trust::Policy::tofu, "stage"),
                           context.now());
      return tables.accounts.id_of(jid);
    });
    accounts.emplace(name, OutgoingSide::Account{id, jid});
  }
  outgoing.account = [this](std::string_view name) -> std::optional<OutgoingSide::Account> {
    const auto found = accounts.find(name);
    if (found == accounts.end()) return std::nullopt;
    return found->second;
  };
  outgoing.kick = [](store::AccountId) {};
  outgoing.pass = [this](store::AccountId, const Passing& each) {
    passing.push_back({each.to, each.state ? "(typing) " + std::string(xmpp::name(*each.state)) : "(displayed)"});
  };
  outgoing.default_account = account();
  outgoing.subscribers = [this](std::string_view) {  // one who hears everything, for the test to see
    return std::vector<OutgoingSide::Subscriber>{{std::string(listener), own().id}};
  };
  if (installed.mail_from.empty()) installed.mail_from = "bot" + std::string(domain);
  outgoing.kick_timers = [this] { timekeeper->kick(); };
}

PluginStage::World::~World() {
  try {
    unload();
  } catch (const std::exception&) {
    // The worker's process ends with its host in any case.
  }
}

void PluginStage::World::until(const std::string& what, const std::function<bool()>& holds,
                               std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited too long: " + what);
    loop.restart();
    loop.run_for(1ms);
  }
}

std::string PluginStage::World::load() {
  unload();
  library = make_library(context, installed.manifest.name);
  host = std::make_unique<PluginHost>(
      loop.get_executor(), spawner, context.random, installed,
      [this](const plugin::Log& line) {
        if (!line.text.starts_with("sandbox: ")) log.push_back(line.text);
      },
      context.pace.plugin, [this](plugin::ToGateway question) { return answer(std::move(question)); },
      [this](FetchAsk ask) { return fetch(std::move(ask)); });
  std::optional<PluginStatus> status;
  asio::co_spawn(loop, host->start(),
                 [&](std::exception_ptr, PluginStatus started) { status = std::move(started); });
  until(
      "the plugin loads", [&] { return status.has_value(); }, 60s);
  if (status->state != PluginStatus::State::ready) return status->last_error;
  hooks = status->registrations->hooks;
  inbox = std::make_unique<InboxWorker>(loop.get_executor(), context, *host, outgoing);
  const auto owners = [this] {
    return std::vector{TimerSide::Owner{host.get(), own().id, [this] { inbox->kick(); }}};
  };
  timekeeper =
      std::make_unique<Timekeeper>(loop.get_executor(), context, TimerSide{owners, outgoing.account});
  inbox_actor.spawn(loop, inbox->run());
  timer_actor.spawn(loop, timekeeper->run());
  if (auto why = unknown_zone(status->registrations->schedules); !why.empty()) return why;
  const std::size_t wanted = status->registrations->schedules.size();
  const auto known = [&] {
    return store.run([&](store::Tables& tables) {
      return tables.timers.list(installed.manifest.name, store::TimerKind::schedule).size();
    });
  };
  until(
      "its schedules have a next time (do their dates ever come?)", [&] { return known() == wanted; }, 2s);
  return {};
}

void PluginStage::World::unload() {
  if (!host) return;
  bool stopped = false;
  asio::co_spawn(loop, host->stop(), [&](std::exception_ptr) { stopped = true; });
  until("the plugin ends", [&] { return stopped; });
  inbox_actor.cancel.emit(asio::cancellation_type::terminal);
  timer_actor.cancel.emit(asio::cancellation_type::terminal);
  until("all has ended", [&] { return inbox_actor.has_ended && timer_actor.has_ended; });
  inbox.reset();
  timekeeper.reset();
  host.reset();
}

asio::awaitable<plugin::Fetched> PluginStage::World::fetch(FetchAsk ask) {
  if (real_hosts.contains(ask.fetch.host)) return real.fetch(std::move(ask));
  return pretend(std::move(ask));
}

/// A body that is a file is shown as "(file) name"; what is answered to a request that saves it is a file.
asio::awaitable<plugin::Fetched> PluginStage::World::pretend(FetchAsk ask) {
  const auto as = ask.fetch.save_as;
  const std::string handle = ask.fetch.body_file;
  if (!handle.empty()) {
    ask.fetch.body = store.run([&](store::Tables& tables) {
      const auto file = tables.files.find(handle);
      return file ? "(file) " + as_seen(*file).name : "(no file)";
    });
  }
  plugin::Fetched fetched = co_await fakes.fetch(std::move(ask));
  if (as && fetched.status / 100 == 2) {
    fetched.file = store.run([&](store::Tables& tables) { return keep(tables, as->name, as->media_type, as_bytes(fetched.body)); });
    fetched.body.clear();
  }
  co_return fetched;
}

asio::awaitable<plugin::ToWorker> PluginStage::World::answer(plugin::ToGateway question) {
  if (const auto* const ask = std::get_if<plugin::AvatarAsk>(&question)) co_return plugin::ToWorker(picture_of(*ask));
  co_return co_await library(std::move(question));
}

/// One picture for each name.
plugin::AvatarSeen PluginStage::World::picture_of(const plugin::AvatarAsk& ask) {
  plugin::AvatarSeen seen;
  const auto shown = avatars.find(ask.jid);
  if (shown == avatars.end()) return seen;
  const std::string& name = shown->second;
  seen.id = xmpp::avatar_id(as_bytes(name));
  if (seen.id != ask.known)
    seen.file = store.run([&](store::Tables& tables) { return keep(tables, name, "", as_bytes(name)); });
  return seen;
}

/// A file that is here as far as the tables know: its content is nobody's business on a stage.
plugin::File PluginStage::World::keep(store::Tables& tables, const std::string& name, const std::string& media_type, ByteView content) {
  const WallTime now = context.now();
  FileRecord record;
  record.file.name = xmpp::safe_file_name(name);
  record.file.media_type = media_type.empty() ? xmpp::media_type_of(record.file.name) : xmpp::safe_media_type(media_type);
  record.sha256 = crypto::digest(crypto::Hash::sha256, content);
  const std::string place = crypto::to_hex(ByteView(record.sha256).first(16)) + std::to_string(++files_kept);
  const store::SpooledContent spooled{place, {}};
  const auto id = tables.files.add({own().id, store::FileState::here, spooled, content.size(), encode(record), now + std::chrono::days(7)}, now);
  return as_seen(tables.files.find(id).value());
}

PluginStage::Played PluginStage::World::play(const std::function<void(store::Tables&)>& happens) {
  Played played;
  store.run([&](store::Tables& tables) { happens(tables); });
  inbox->kick();
  settle(played);
  return played;
}

/// The plugin put it off (what it is at has an attempt), or it is behind one that it put off.
bool PluginStage::World::comes_later(const store::InboxRow& row) const {
  return row.error.empty() && !row.parked && row.event.attempts == 0 && (!row.due || *row.due > context.now());
}

/// Nothing waits that is due, and nothing is under way: what failed is shown and does not come back.
bool PluginStage::World::is_quiet() {
  return store.run([&](store::Tables& tables) {
    const auto rows = tables.inbox.list(1000);
    const auto next = tables.timers.next_due();
    return std::ranges::all_of(rows, [&](const store::InboxRow& row) {
             return !row.error.empty() || comes_later(row) || row.event.plugin == listener;
           }) &&
           (!next || *next > context.now());
  });
}

void PluginStage::World::settle(Played& played) {
  const auto ends_a_run = [&](store::Tables& tables) { return runs.end_next(tables, installed, context.now(), played.errors); };
  do {
    inbox->kick();
    until("the plugin is done", [&] { return is_quiet(); });
    loop.restart();
    loop.poll();  // what follows a commit: the tables do not show it
  } while (store.run(ends_a_run));
  collect(played);
  for (auto& line : log) played.log.push_back(std::move(line));
  log.clear();
}

void PluginStage::World::collect(Played& played) {
  store.run([&](store::Tables& tables) {
    for (const store::InboxRow& row : tables.inbox.list(1000)) {
      if (row.event.plugin == listener) {
        const auto news = plugin::parse_topic_event(as_text(row.event.payload));
        if (news) played.sent.push_back({"topic:" + news->topic, news->data});
        tables.inbox.drop(row.event.id, context.now());
        continue;
      }
      if (comes_later(row)) continue;
      played.errors.push_back(row.error);
      tables.inbox.drop(row.event.id, context.now());
    }
    for (const store::StoredMail& row : tables.mails.list(1000)) {
      const OutgoingMail content = decode_mail(row.body);
      for (const std::string& address : content.waiting)
        played.sent.push_back({"mail:" + address, content.mail.subject + "\n" + content.mail.text});
      tables.mails.erase(row.id);
    }
    for (Sent& each : std::exchange(passing, {})) played.sent.push_back(std::move(each));
    for (const auto& [name, each] : accounts) {
      for (const WantedModeration& wanted : wanted_moderations(tables, each.id)) {
        played.sent.push_back({wanted.room, "(moderate) " + wanted.reason});
        forget_moderation(tables, each.id, wanted.room, wanted.id);
      }
      for (const store::DueMessage& message : tables.outbox.take_due(each.id, context.now(), 1000)) {
        const Outgoing content = decode_outgoing(message.body);
        played.sent.push_back({message.recipient, shown(content)});
        const auto known = tables.messages.of_outbox(message.id);
        if (known && (content.bearing == Bearing::none || content.bearing == Bearing::reply))
          heard[message.recipient] = known->message_id;
        if (known) tables.messages.set_sent(known->id, {omemo::Version::omemo2, std::nullopt});  // can be corrected
        tables.outbox.drop(message.id);
      }
    }
  });
}

PluginStage::Played PluginStage::World::pass(std::chrono::milliseconds time) {
  Played played;
  const WallTime end = context.now() + time;
  for (;;) {
    const auto next = store.run([](store::Tables& tables) {
      const auto timer = tables.timers.next_due(), row = tables.inbox.next_due();
      return timer && row ? std::min(*timer, *row) : timer ? timer : row;
    });
    const WallTime stop = next ? std::clamp(*next, context.now(), end) : end;
    clock = to_ms(stop);
    inbox->kick();
    timekeeper->kick();
    settle(played);
    if (stop == end) return played;
  }
}

void PluginStage::World::trust_as(store::Tables& tables, const std::string& jid, plugin::TrustLevel wanted) {
  const auto key = key_of(jid, wanted);
  const std::string& self = own().jid;
  const auto& view = tables.ledger.view();
  tables.ledger.append(trust::on_authentic_message(view, self, jid, {device_of(wanted), key}), context.now());
  if (to_plugin(effective_level(view, self, jid, key)) == wanted) return;
  trust::Entry entry;
  entry.actor = "stage";
  entry.account = self;
  entry.peer = jid;
  entry.key = key;
  entry.fact = wanted == plugin::TrustLevel::verified  ? trust::Fact::verified
               : wanted == plugin::TrustLevel::trusted ? trust::Fact::trusted
               : wanted == plugin::TrustLevel::tofu    ? trust::Fact::tofu
               : wanted == plugin::TrustLevel::revoked ? trust::Fact::revoked
                                                       : trust::Fact::undecided;
  tables.ledger.append(entry, context.now());
}

/// As if it had been received and opened: who may speak of which message is decided there. What clients say in the clear comes so
/// by nobody's key where the script says `undecided`: of keys that nobody decided about it is not heard at all.
PluginStage::Played PluginStage::World::say(const std::string& jid, SaidContent said,
                                            plugin::TrustLevel trust) {
  return play([&](store::Tables& tables) {
    trust_as(tables, jid, trust);
    xmpp::ChatMessage message{xmpp::Route::direct, xmpp::MessageType::chat,
                              xmpp::Jid::parse(jid + "/stage").value(), xmpp::Jid::parse(own().jid).value()};
    message.id = "stage-" + std::to_string(++messages);
    said.annotations.markable = true;
    const bool is_new = said.annotations.replaces.empty() && said.annotations.retracts.empty() && !said.annotations.reactions;
    if (is_new) spoken[jid] = message.id;
    const crypto::PublicKey key = key_of(jid, trust);
    const xmpp::Annotations& marks = said.annotations;
    const bool in_the_clear = trust == plugin::TrustLevel::undecided && (marks.state || !marks.displayed.empty() || marks.reactions);
    const Writer sealed{key, omemo::DeviceId(device_of(trust)), omemo::Version::omemo2,
                        effective_level(tables.ledger.view(), own().jid, jid, key)};
    const Writer writer = in_the_clear ? Writer{} : sealed;
    const Sender self{own().id, own().jid, omemo::DeviceId(1), account()};
    for (const MessageEvent& event : events_of(tables, self, message, writer, said, context.now())) {
      tables.inbox.add({own().id, installed.manifest.name, outgoing.conversation(account(), jid),
                        std::string(plugin::to_text(event.kind)), to_bytes(event.payload)},
                       context.now());
    }
  });
}

const std::string& PluginStage::World::heard_by(const std::string& jid) const {
  const auto found = heard.find(jid);
  if (found == heard.end()) throw std::runtime_error(jid + " has heard nothing yet to speak of");
  return found->second;
}

const std::string& PluginStage::World::said_by(const std::string& jid) const {
  const auto found = spoken.find(jid);
  if (found == spoken.end()) throw std::runtime_error(jid + " has said nothing yet to speak of");
  return found->second;
}

/// As gateway/http/endpoints and gateway/http/webhooks do it, without secrets and answers.
void PluginStage::World::come_in(store::Tables& tables, plugin::HookRequest request) {
  std::string scope, delivery;
  std::vector<EndpointItem> items{{{}, {}, request}};
  for (const plugin::Hook& hook : hooks) {
    auto parts = hook.endpoint ? plugin::match_endpoint(hook.path, request.path) : std::nullopt;
    if (!parts) continue;
    scope = "http:" + hook.path + ":";
    for (const auto& [name, value] : *parts)
      if (name == hook.endpoint->once) delivery = value + " " + crypto::to_hex(crypto::digest(crypto::Hash::sha256, as_bytes(request.body)));
    request.path = hook.path;
    request.params = std::move(*parts);
    items = endpoint_items(hook, request).items;
    break;
  }
  if (!delivery.empty() && !tables.seen.add(own().id, scope + "once:" + delivery, context.now())) return;
  for (const EndpointItem& item : items) {
    if (!item.id.empty() && !tables.seen.add(own().id, scope + "item:" + item.id, context.now())) continue;
    tables.inbox.add({own().id, installed.manifest.name, item.conversation, "hook", to_bytes(plugin::payload(item.event))}, context.now());
  }
}

}  // namespace omegate::gateway
