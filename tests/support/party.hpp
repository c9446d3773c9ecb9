// Two bots that talk to each other without a network: real stores, real OMEMO, stanzas handed over by hand.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "bridge/core/crypto/random.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/message.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/devices/own_device.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/receive.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway::test {

inline const WallTime noon = from_ms(1'700'000'000'000);

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "omegate-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline store::FileKey some_file_key() { return {crypto::Secret<32>::random(crypto::system_random())}; }

class Party {
 public:
  Party(std::string jid, trust::Policy policy = trust::Policy::tofu)
      : store(dir_ / "omegate.db", some_file_key()), self(make_self(store, jid, policy)) {}

  template <class Work>
  auto run(Work work) {
    return store.run(work);
  }

  OwnDevice device() {
    return run([&](store::Tables& t) { return tend_own_device(t, self.account, random, noon); });
  }

  /// What a fetched list and bundle of `peer` do, for a first send.
  void meet(Party& peer, omemo::Version version) {
    const OwnDevice other = peer.device();
    const omemo::Bundle bundle = other.bundle(version);
    run([&](store::Tables& t) {
      const store::DeviceRef ref{self.account, peer.self.jid, version, other.device};
      const std::vector<omemo::DeviceId> ids{other.device};
      t.devices.replace_list(self.account, peer.self.jid, version, ids, noon);
      t.devices.set_identity(ref, bundle.identity.curve, noon);
      const std::vector<trust::DeviceKey> listed{{other.device.value(), bundle.identity.curve}};
      t.ledger.append(trust::on_first_send(t.ledger.view(), self.jid, peer.self.jid, listed), noon);
      const auto prekey = omemo::choose_prekey(bundle, random).value();
      const auto own = t.identities.load(self.account);
      t.ratchets.start(ref, omemo::start_session(own->keys, bundle, prekey, random).value(), noon);
    });
  }

  /// Accepts a text and seals it.
  SealOutcome send(const std::string& to, const std::string& text,
                   trust::MessageRule rule = trust::MessageRule::partial) {
    return run([&](store::Tables& t) {
      say(t, utterance(to, text), noon);
      return seal_next(t, rule);
    });
  }

  /// A message that nobody has sealed yet, with the next id: m1, m2 …
  Utterance utterance(const std::string& to, const std::string& text) {
    return {self.account, to, "m" + std::to_string(++messages_), Outgoing{text, {}, "echo"}};
  }
  std::string last_id() const { return "m" + std::to_string(messages_); }

  /// Says something about an earlier message, ours or theirs, and seals it.
  SealOutcome send_about(const std::string& to, bool own, const std::string& id, Outgoing content) {
    return run([&](store::Tables& t) {
      const auto target = t.messages.find(self.account, to, own, id).value();
      Utterance words = utterance(to, {});
      const Bearing bearing = content.bearing;
      words.content = std::move(content);
      words.content.origin = "echo";
      if (bearing == Bearing::correction) correct(t, target, std::move(words), noon);
      else if (bearing == Bearing::retraction) retract(t, target, std::move(words), noon);
      else answer(t, target, bearing, std::move(words), noon);
      return seal_next(t, trust::MessageRule::partial);
    });
  }

  SealOutcome seal_next(store::Tables& t, trust::MessageRule rule) {
    const auto due = t.outbox.take_due(self.account, noon, 1);
    return seal_message(t, self, due.at(0), rule, false, random, noon);
  }

  /// What the account does with a message stanza from `from`.
  Received hear(const std::string& stanza, const std::string& from, std::string archive_id = {}) {
    xml::Element message = xml::parse_document(stanza, xml::Limits{}).value();
    message.set("from", from + "/phone").set("to", self.jid);
    if (!archive_id.empty()) {
      message.add(xml::Element("stanza-id", "urn:xmpp:sid:0")).set("by", self.jid).set("id", archive_id);
    }
    const auto own = xmpp::Jid::parse(self.jid).value();
    const auto incoming = xmpp::classify(message, {own, noon, true});
    const Reader reader{self, {{"echo"}, {"echo"}, {"echo"}}};
    return run([&](store::Tables& t) {
      return receive_message(t, reader, std::get<xmpp::ChatMessage>(incoming), random, noon);
    });
  }

  std::vector<store::InboxRow> inbox() {
    return run([](store::Tables& t) { return t.inbox.list(100); });
  }

  void decide(const std::string& peer, const crypto::PublicKey& key, trust::Fact fact) {
    run([&](store::Tables& t) {
      trust::Entry entry;
      entry.actor = "test";
      entry.account = self.jid;
      entry.peer = peer;
      entry.key = key;
      entry.fact = fact;
      t.ledger.append(entry, noon);
    });
  }

 private:
  static Sender make_self(store::Store& store, const std::string& jid, trust::Policy policy) {
    return store.run([&](store::Tables& t) {
      const auto account = t.accounts.id_of(jid);
      t.ledger.append(trust::on_policy(t.ledger.view(), jid, {}, policy, "test"), noon);
      const auto device = tend_own_device(t, account, crypto::system_random(), noon);
      return Sender{account, jid, device.device};
    });
  }

  TempDir dir_;
  int messages_ = 0;

 public:
  store::Store store;
  Random& random = crypto::system_random();
  Sender self;
};

}  // namespace omegate::gateway::test
