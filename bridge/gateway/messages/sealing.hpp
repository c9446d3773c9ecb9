// One message on its way to its devices: who gets a copy, who is left out and why, the finished stanzas.
//
// Internal to seal.cpp, which decides what becomes of the message. Lives inside one transaction.
// Source: XEP-0384 §5.4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/omemo/session.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/recipients.hpp"
#include "bridge/gateway/messages/wire_content.hpp"

namespace omegate::gateway {

/// One message on its way to its devices.
class Sealing {
 public:
  Sealing(store::Tables& tables, const Sender& sender, Random& random, WallTime now)
      : tables_(tables), sender_(sender), random_(random), now_(now) {}

  /// From here on no other key counts: the message is for a device that had no copy of it.
  void only_for(const Again& again) { only_ = again; }

  /// Decides about every active one of these devices; allowed ones with a session become targets.
  trust::Tally sort(const std::vector<KnownDevice>& devices, const std::optional<trust::Level>& min_trust);

  bool has_devices() const { return !copies_.empty(); }
  /// A member of a room without any device is left out by name.
  void note_without_device(const std::string& jid);
  /// Those of them that wrote to us once and are in no list: nothing is encrypted to them, and they are
  /// asked about.
  void note_unlisted(const std::vector<KnownDevice>& devices);
  bool reaches(const std::vector<std::string>& jids) const;
  /// Something about the devices of `jid` is unknown that could be asked for.
  bool is_unprepared(const std::string& jid) const;
  /// An allowed device of one of them that we have no session with.
  const Copy* unreachable(const std::vector<std::string>& jids) const;

  struct Finished {
    std::vector<std::string> stanzas;
    store::SentVersions versions;
  };
  Finished stanzas(const store::DueMessage& message, const Outgoing& content, bool to_room);
  Bytes notes(const std::string& peer, trust::MessageRule rule) const;

 private:
  struct Target {
    store::DeviceRef device;
    store::DeviceRow row;
    omemo::Session session;
  };

  void leave_out(const Recipient& recipient, LeftOut cause, std::string reason);
  void add_target(Recipient recipient);
  std::optional<xmpp::EncryptedMessage> encrypt(omemo::Version version, const std::string& peer,
                                                const WireContent& content);
  std::string plaintext(omemo::Version version, const std::string& peer, const WireContent& content);

  store::Tables& tables_;
  const Sender& sender_;
  Random& random_;
  WallTime now_;
  std::vector<Target> targets_;
  std::vector<Copy> copies_;
  std::optional<Again> only_;
};

}  // namespace omegate::gateway
