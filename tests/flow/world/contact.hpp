// A person who writes with the bot: publishes keys, decrypts, answers with receipts, sends commands.
//
// The OMEMO of our own core with a store of its own; clients that were not written here are met in
// tests/interop.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bridge/core/xmpp/file_sharing.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "tests/flow/world/xmpp_world.hpp"
#include "tests/support/party.hpp"

namespace omegate::flow {

class Contact {
 public:
  /// Publishes device list and bundle in these versions and listens.
  Contact(XmppWorld& world, std::string jid, std::vector<omemo::Version> versions);
  ~Contact() { world_.leave(this); }
  Contact(const Contact&) = delete;
  Contact& operator=(const Contact&) = delete;

  /// Encrypts for the bot's published device and hands it to the server. The message's id.
  std::string say(const std::string& text);
  /// The same about an earlier message: one of ours, or one of the bot's.
  void say_about(bool own, const std::string& id, gateway::Outgoing content);
  /// Anything that is no text, in an OMEMO 2 envelope.
  void tell(xml::Element content, WallTime now);
  /// The same stanza, not handed over.
  xml::Element encrypt(const std::string& text);

  /// Decrypted, in the order of arrival; what came twice stands here once.
  const std::vector<std::string>& heard() const { return heard_; }
  std::size_t times_heard(const std::string& text) const;
  /// What was said about messages, as "edit m1: new text", in the order of arrival.
  const std::vector<std::string>& news() const { return news_; }
  /// Files that came, with the keys to them.
  const std::vector<xmpp::SharedFile>& files() const { return files_; }
  /// The id of the newest message that was decrypted.
  const std::string& last_heard_id() const { return last_heard_id_; }
  int repetitions() const { return repetitions_; }  // known by their ratchet counters
  const std::vector<std::string>& unreadable() const { return unreadable_; }
  int bodies_in_the_clear() const { return in_the_clear_; }

  bool sends_receipts = true;

  const std::string& jid() const { return party_.self.jid; }
  std::string full_jid() const { return jid() + "/phone"; }
  omemo::DeviceId device() const { return party_.self.device; }
  omemo::PublicKey key();
  omemo::Version version() const { return versions_.front(); }
  gateway::test::Party& party() { return party_; }

  /// Adds this device to the list of its JID.
  void publish_list();
  void publish_list(omemo::Version version, const std::vector<xmpp::ListedDevice>& devices);
  void publish_bundle();
  omemo::Bundle bundle();
  /// From now on this is another device with an id that somebody else had.
  void take_device_id(omemo::DeviceId id);

 private:
  std::vector<xmpp::ListedDevice> listed(omemo::Version version) const;
  void hear(const xml::Element& message);
  void take(const std::string& kind, const std::string& payload);
  void acknowledge(const xml::Element& message, const gateway::Received& received);
  void get_to_know_the_bot();

  XmppWorld& world_;
  std::vector<omemo::Version> versions_;
  gateway::test::Party party_;
  int receipts_ = 0, repetitions_ = 0, in_the_clear_ = 0;
  std::vector<std::string> heard_, unreadable_, news_;
  std::string last_heard_id_;
  std::vector<xmpp::SharedFile> files_;
};

}  // namespace omegate::flow
