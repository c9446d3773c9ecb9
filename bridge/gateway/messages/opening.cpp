#include "bridge/gateway/messages/opening.hpp"

#include "bridge/core/trust/sight.hpp"

namespace omegate::gateway {
namespace {

class OpeningCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "omegate.opening"; }
  std::string message(int code) const override {
    switch (static_cast<OpeningError>(code)) {
      case OpeningError::identity_changed: return "the device shows another identity key, which is not allowed";
      case OpeningError::unknown_prekey: return "the key exchange names a prekey that we no longer have";
      case OpeningError::unknown_signed_prekey: return "the key exchange names a signed prekey that we no longer have";
      case OpeningError::no_session: return "there is no session with this device";
    }
    return "unknown";
  }
};

/// Every attempt at one message, oldest state untouched until one succeeds.
class Opening {
 public:
  Opening(store::Tables& tables, const Sender& self, const store::DeviceRef& from, const omemo::Incoming& incoming,
          Random& random, WallTime now)
      : tables_(tables), self_(self), from_(from), incoming_(incoming), random_(random), now_(now) {}

  Result<OpenedMessage> run();

 private:
  Result<OpenedMessage> open_key_exchange();
  Result<OpenedMessage> open_with_sessions();
  Result<OpenedMessage> open_archived();
  Result<OpenedMessage> build_session();
  bool is_other_identity(const omemo::PublicKey& shown);
  OpenedMessage opened(const omemo::Opened& result, bool built);

  store::Tables& tables_;
  const Sender& self_;
  const store::DeviceRef& from_;
  const omemo::Incoming& incoming_;
  Random& random_;
  WallTime now_;
};

Result<OpenedMessage> Opening::run() { return incoming_.key_exchange ? open_key_exchange() : open_with_sessions(); }

OpenedMessage Opening::opened(const omemo::Opened& result, bool built) {
  return {result.key_material, result.next.remote_identity().curve, built, result.next.needs_heartbeat()};
}

bool Opening::is_other_identity(const omemo::PublicKey& shown) {
  const auto known = tables_.devices.find(from_);
  if (!known || !known->identity || *known->identity == shown) return false;
  const trust::DeviceKey seen{from_.device.value(), shown};
  tables_.ledger.append(trust::on_key_seen(tables_.ledger.view(), self_.jid, from_.peer, seen), now_);
  return tables_.ledger.view().decide(self_.jid, from_.peer, shown) != trust::Decision::allow;
}

/// The peer repeats its key exchange until it hears from us: a repetition belongs to the session it built.
Result<OpenedMessage> Opening::open_key_exchange() {
  const omemo::KeyExchange& exchange = *incoming_.key_exchange;
  if (is_other_identity(exchange.identity.curve)) return OpeningError::identity_changed;
  if (const auto current = tables_.ratchets.current(from_); current && current->was_built_by(exchange)) {
    const auto result = omemo::open(*current, incoming_.message, random_);
    if (!result) return result.error();
    tables_.ratchets.save(from_, result->next, now_);
    return opened(*result, false);
  }
  for (const store::ArchivedSession& archived : tables_.ratchets.archived(from_)) {
    if (!archived.session.was_built_by(exchange)) continue;
    const auto result = omemo::open(archived.session, incoming_.message, random_);
    if (!result) return result.error();
    tables_.ratchets.promote(from_, archived.slot, result->next, now_);
    return opened(*result, false);
  }
  return build_session();
}

Result<OpenedMessage> Opening::build_session() {
  const omemo::KeyExchange& exchange = *incoming_.key_exchange;
  const auto identity = tables_.identities.load(from_.account);
  const auto signed_prekey = tables_.prekeys.find_signed(from_.account, exchange.signed_prekey_id);
  if (!signed_prekey) return OpeningError::unknown_signed_prekey;
  const auto prekey = tables_.prekeys.find(from_.account, exchange.prekey_id);
  if (!prekey) return OpeningError::unknown_prekey;
  const auto result = omemo::accept_key_exchange(identity->keys, *signed_prekey, *prekey, incoming_, random_);
  if (!result) return result.error();  // a forged inner message costs neither prekey nor session
  tables_.ratchets.start(from_, result->next, now_);
  tables_.prekeys.mark_used(from_.account, exchange.prekey_id, now_);
  return opened(*result, true);
}

Result<OpenedMessage> Opening::open_with_sessions() {
  const auto current = tables_.ratchets.current(from_);
  if (!current) return OpeningError::no_session;
  const auto result = omemo::open(*current, incoming_.message, random_);
  if (result) {
    tables_.ratchets.save(from_, result->next, now_);
    return opened(*result, false);
  }
  if (result.error() != omemo::Error::bad_authentication_tag) return result.error();
  return open_archived();
}

/// Both sides may have started a session at once: the one that is used stays, so it becomes current again.
Result<OpenedMessage> Opening::open_archived() {
  const auto archived = tables_.ratchets.archived(from_);
  std::vector<omemo::Session> sessions;
  for (const auto& each : archived) sessions.push_back(each.session);
  for (const std::size_t index : omemo::sessions_to_try(sessions, incoming_.message)) {
    const auto result = omemo::open(sessions[index], incoming_.message, random_);
    if (result) {
      tables_.ratchets.promote(from_, archived[index].slot, result->next, now_);
      return opened(*result, false);
    }
    if (result.error() == omemo::Error::message_already_received) return result.error();
  }
  return omemo::Error::bad_authentication_tag;
}

}  // namespace

boost::system::error_code make_error_code(OpeningError error) {
  static const OpeningCategory category;
  return {static_cast<int>(error), category};
}

Result<OpenedMessage> open_in_tables(store::Tables& tables, const Sender& self, const store::DeviceRef& from,
                                     const omemo::Incoming& incoming, Random& random, WallTime now) {
  return Opening(tables, self, from, incoming, random, now).run();
}

}  // namespace omegate::gateway
