#include "bridge/gateway/messages/unread.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/omemo/error.hpp"
#include "bridge/gateway/messages/opening.hpp"

namespace omegate::gateway {
namespace {

constexpr std::array<std::string_view, 8> names{"not_for_us", "no_session", "other_key", "undecided",
                                                "revoked",    "unreadable", "outdated",  "unencrypted"};

UnreadCause cause_of(const boost::system::error_code& error) {
  if (error == OpeningError::no_session || error == OpeningError::unknown_prekey ||
      error == OpeningError::unknown_signed_prekey || error == omemo::Error::bad_authentication_tag ||
      error == omemo::Error::too_many_skipped_messages) {
    return UnreadCause::no_session;
  }
  if (error == omemo::Error::outdated_payload) return UnreadCause::outdated;
  return UnreadCause::unreadable;
}

std::optional<UnreadCause> cause_of(const Received& received) {
  switch (received.kind) {
    case Received::Kind::not_for_us:
      return UnreadCause::not_for_us;
    case Received::Kind::identity_changed:
      return UnreadCause::other_key;
    case Received::Kind::undecryptable:
      return cause_of(received.error);
    case Received::Kind::not_allowed:
      return received.level == trust::Level::revoked ? UnreadCause::revoked : UnreadCause::undecided;
    case Received::Kind::message:
    case Received::Kind::empty:
    case Received::Kind::control:
    case Received::Kind::own:
    case Received::Kind::duplicate:
      return std::nullopt;
  }
  return std::nullopt;
}

store::UnreadMessage row_of(const Sender& self, const xmpp::ChatMessage& message, UnreadCause cause,
                            WallTime now) {
  store::UnreadMessage row{self.account, message.from.bare().to_string()};
  row.message_id = message.id;
  row.cause = name(cause);
  row.received = now;
  return row;
}

}  // namespace

std::string_view name(UnreadCause cause) { return names.at(static_cast<std::size_t>(cause)); }

std::optional<UnreadCause> unread_cause_named(std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<UnreadCause>(found - names.begin());
}

std::optional<store::UnreadId> note_unread(store::Tables& tables, const Sender& self,
                                           const xmpp::ChatMessage& message, const Received& received,
                                           WallTime now) {
  const auto cause = cause_of(received);
  if (!cause) return std::nullopt;
  store::UnreadMessage row = row_of(self, message, *cause, now);
  if (received.device) {
    row.device = received.device->device.value();
    row.version = omemo::name(received.device->version);
  }
  row.fingerprint = received.fingerprint;
  if (received.error) row.detail = received.error.message();
  return tables.unread.add(row);
}

store::UnreadId note_unencrypted(store::Tables& tables, const Sender& self, const xmpp::ChatMessage& message,
                      WallTime now) {
  return tables.unread.add(row_of(self, message, UnreadCause::unencrypted, now));
}

}  // namespace omegate::gateway
