#include "bridge/gateway/plugins/plugin_stage.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/plugin/topic.hpp"
#include "bridge/gateway/mail/mail_event.hpp"
#include "bridge/gateway/plugins/plugin_stage_world.hpp"

namespace omegate::gateway {
namespace {

bool is_for(const plugin::Installed& installed, const mail::Address& address) {
  return installed.manifest.grants.mail && std::ranges::any_of(installed.config.mail, [&](const std::string& text) {
           const auto pattern = mail::AddressPattern::parse(text);
           return pattern && pattern->matches(address);
         });
}

}  // namespace

PluginStage::PluginStage(plugin::Installed installed, const std::filesystem::path& worker, WallTime now)
    : world_(std::make_unique<World>(std::move(installed), worker, now)) {}

PluginStage::~PluginStage() = default;

void PluginStage::set_up(plugin::Roles roles, std::vector<plugin::Program> programs) {
  world_->installed.roles = std::move(roles);
  world_->installed.programs = std::move(programs);
}

std::string PluginStage::load() { return world_->load(); }

void PluginStage::will_fetch(Expected expected) { world_->fakes.expect(std::move(expected)); }

std::vector<std::string> PluginStage::not_fetched() const { return world_->fakes.left(); }

void PluginStage::will_run(ExpectedRun expected) { world_->runs.expect(std::move(expected)); }

std::vector<std::string> PluginStage::not_run() const { return world_->runs.left(); }

void PluginStage::fetches_really(const std::string& host, const std::string& url) {
  world_->real_hosts[host] = plain_host(url);
  world_->real.publish(world_->real_hosts);
}

WallTime PluginStage::now() const { return from_ms(world_->clock); }

PluginStage::Played PluginStage::passes(std::chrono::milliseconds time) { return world_->pass(time); }

PluginStage::Played PluginStage::says(const std::string& jid, const std::string& text,
                                      plugin::TrustLevel trust) {
  return world_->say(jid, {text, {}}, trust);
}

PluginStage::Played PluginStage::replies(const std::string& jid, const std::string& text,
                                         plugin::TrustLevel trust, bool own) {
  SaidContent said{text, {}};
  said.annotations.reply = xmpp::Reply{own ? world_->said_by(jid) : world_->heard_by(jid), std::nullopt};
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::edits(const std::string& jid, const std::string& text, plugin::TrustLevel trust) {
  SaidContent said{text, {}};
  said.annotations.replaces = world_->said_by(jid);
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::retracts(const std::string& jid, plugin::TrustLevel trust) {
  SaidContent said;
  said.annotations.retracts = world_->said_by(jid);
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::brings(const std::string& jid, const std::string& name, plugin::TrustLevel trust) {
  SaidContent said;
  said.files = {world_->store.run([&](store::Tables& tables) { return world_->keep(tables, name, "", as_bytes(name)); })};
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::shows(const std::string& jid, const std::string& name) {
  if (name.empty())
    world_->avatars.erase(jid);
  else
    world_->avatars.insert_or_assign(jid, name);
  return {};
}

PluginStage::Played PluginStage::types(const std::string& jid, const std::string& state, plugin::TrustLevel trust) {
  using enum xmpp::ChatState;
  SaidContent said;
  for (const xmpp::ChatState each : {active, composing, paused, inactive, gone})
    if (xmpp::name(each) == state) said.annotations.state = each;
  if (!said.annotations.state) throw std::runtime_error("expected composing, paused, active, inactive or gone, found " + state);
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::displays(const std::string& jid, plugin::TrustLevel trust) {
  SaidContent said;
  said.annotations.displayed = world_->heard_by(jid);
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::reacts(const std::string& jid, std::vector<std::string> emojis,
                                        plugin::TrustLevel trust, bool own) {
  SaidContent said;
  said.annotations.reactions = xmpp::Reactions{own ? world_->said_by(jid) : world_->heard_by(jid), std::move(emojis)};
  return world_->say(jid, std::move(said), trust);
}

PluginStage::Played PluginStage::receives(const std::string& address, const std::string& envelope_sender, const std::string& message) {
  World& world = *world_;
  mail::Envelope envelope;
  const auto recipient = mail::parse_address(address);
  if (!recipient || !is_for(world.installed, *recipient)) throw std::runtime_error("the plugin wants no mail for " + address);
  envelope.recipients.push_back(*recipient);
  envelope.sender = mail::parse_address(envelope_sender);
  const mime::Message read = mime::read_message(message);
  return world.play([&](store::Tables& tables) {
    const WallTime now = world.context.now();
    plugin::Mail event = mail_event(read, envelope, "stage.example", now);
    event.recipients = {recipient->to_string()};
    for (const mime::Attachment& attachment : read.attachments) event.files.push_back(world.keep(tables, attachment.name.empty() ? "attachment" : attachment.name, attachment.media_type, attachment.content));
    tables.inbox.add({world.own().id, world.installed.manifest.name, "mail", "mail", to_bytes(plugin::payload(event))}, now);
  });
}

PluginStage::Played PluginStage::publishes(const std::string& topic, const std::string& data) {
  World& world = *world_;
  const auto& heard = world.installed.manifest.grants.subscribe;
  if (std::ranges::find(heard, topic) == heard.end())
    throw std::runtime_error("the manifest does not grant subscribing to \"" + topic + "\": subscribe");
  if (!plugin::is_topic_data(data)) throw std::runtime_error("what is published is JSON, and this is none: " + data);
  return world.play([&](store::Tables& tables) {
    const plugin::TopicEvent event{topic, data, "another", 1, world.context.now()};
    tables.inbox.add({world.own().id, world.installed.manifest.name, "topic/" + topic, "topic", to_bytes(plugin::payload(event))},
                     world.context.now());
  });
}

PluginStage::Played PluginStage::posts(plugin::HookRequest request) {
  World& world = *world_;
  request.time = world.context.now();
  return world.play([&](store::Tables& tables) { world.come_in(tables, request); });
}

}  // namespace omegate::gateway
