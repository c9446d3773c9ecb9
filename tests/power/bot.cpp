#include "tests/power/bot.hpp"

#include <array>

#include "bridge/core/plugin/event.hpp"

namespace omegate::power {

using gateway::test::noon;

namespace {

store::FileKey file_key() {
  std::array<Byte, 32> bytes{};
  bytes.fill(7);
  return {crypto::Secret<32>(bytes)};
}

std::string text_of(const store::InboxRow& row) { return plugin::parse_message(as_text(row.event.payload)).value().text; }

}  // namespace

xml::Element parsed(const std::string& stanza) {
  std::string bytes = stanza;
  bytes.insert(bytes.find(' '), " xmlns='jabber:client'");
  return xml::parse_document(bytes, xml::Limits{}).value();
}

void introduce(store::Tables& tables, const gateway::Sender& who, const std::string& jid,
               const gateway::OwnDevice& device, omemo::Version version) {
  const omemo::Bundle bundle = device.bundle(version);
  const store::DeviceRef ref{who.account, jid, version, device.device};
  const std::vector<omemo::DeviceId> ids{device.device};
  tables.devices.replace_list(who.account, jid, version, ids, noon);
  tables.devices.set_identity(ref, bundle.identity.curve, noon);
  const std::vector<trust::DeviceKey> listed{{device.device.value(), bundle.identity.curve}};
  tables.ledger.append(trust::on_first_send(tables.ledger.view(), who.jid, jid, listed), noon);
  Random& random = crypto::system_random();
  const auto prekey = omemo::choose_prekey(bundle, random).value();
  const auto own = tables.identities.load(who.account);
  tables.ratchets.start(ref, omemo::start_session(own->keys, bundle, prekey, random).value(), noon);
}

void Bot::open() {
  store::Options options;
  options.abort_on_fatal = false;
  options.anchor = anchor_;
  store_.emplace(folder_ + "/omegate.db", file_key(), std::move(options));
}

void Bot::settle() {
  self_ = run([](store::Tables& t) {
    const auto account = t.accounts.id_of(bot_jid);
    t.ledger.append(trust::on_policy(t.ledger.view(), bot_jid, {}, trust::Policy::tofu, "test"), noon);
    const auto own = gateway::tend_own_device(t, account, crypto::system_random(), noon);
    return gateway::Sender{account, bot_jid, own.device};
  });
}

gateway::OwnDevice Bot::device() {
  return run([&](store::Tables& t) {
    return gateway::tend_own_device(t, self_->account, crypto::system_random(), noon);
  });
}

void Bot::meet(const gateway::OwnDevice& peer, omemo::Version version) {
  run([&](store::Tables& t) { introduce(t, *self_, alice_jid, peer, version); });
}

void Bot::accept(const std::string& message_id, const std::string& text) {
  const Bytes body = encode(gateway::Outgoing{text, {}, "test"});
  run([&](store::Tables& t) { return t.outbox.add({self_->account, alice_jid, message_id, body, {}}, noon); });
}

std::vector<std::string> Bot::seal() {
  const auto due = run_without_sync([&](store::Tables& t) { return t.outbox.take_due(self_->account, noon, 1); });
  return run([&](store::Tables& t) {
    const auto rule = trust::MessageRule::partial;
    return gateway::seal_message(t, *self_, due.at(0), rule, false, crypto::system_random(), noon).stanzas;
  });
}

gateway::Received Bot::hear(const std::string& stanza) {
  xml::Element message = xml::parse_document(stanza, xml::Limits{}).value();
  message.set("from", alice_jid + "/phone").set("to", bot_jid);
  const auto incoming = xmpp::classify(message, {xmpp::Jid::parse(bot_jid).value(), noon, true});
  const gateway::Reader reader{*self_, {{"echo"}, {"echo"}, {}}};
  return run([&](store::Tables& t) {
    const auto& chat = std::get<xmpp::ChatMessage>(incoming);
    return gateway::receive_message(t, reader, chat, crypto::system_random(), noon);
  });
}

void Bot::answer(const std::string& question, const std::string& text) {
  const Bytes body = encode(gateway::Outgoing{text, {}, "test"});
  run_without_sync([&](store::Tables& t) {
    for (const store::InboxRow& row : t.inbox.list(1000))
      if (text_of(row) == question) t.inbox.finish(row.event.id, noon);
    return t.outbox.add({self_->account, alice_jid, text, body, {}}, noon);
  });
}

std::size_t Bot::times_in_inbox(const std::string& text) {
  const auto rows = run([](store::Tables& t) { return t.inbox.list(1000); });
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const store::InboxRow& row) {
    return text_of(row) == text;
  }));
}

}  // namespace omegate::power
