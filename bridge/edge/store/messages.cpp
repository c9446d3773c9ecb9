#include "bridge/edge/store/messages.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/rows.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place details_of(MessageId id, AccountId account) {
  return {"messages", "details", account.value(), std::to_string(id.value())};
}

std::optional<int> stored(const std::optional<omemo::Version>& version) {
  return version ? std::optional(number_of(*version)) : std::nullopt;
}

std::optional<omemo::Version> version_in(Query& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(version_of(row.integer(column)));
}

std::optional<crypto::PublicKey> key_in(Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  const Bytes bytes = row.blob(column);
  crypto::PublicKey key{};
  if (bytes.size() != key.size())
    throw StoreCorrupt("an identity key in the table messages has a wrong length");
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

}  // namespace

Messages::Messages(Connection& db, const Sealer& sealer)
    : db_(db), sealer_(sealer), next_id_(first_unused_id(db, "messages")) {}

std::optional<MessageId> Messages::add(const NewKnownMessage& message, WallTime now) {
  const MessageId id(next_id_);
  std::optional<Bytes> handle, name;
  if (!message.handle.empty()) handle = sealer_.blind("messages", {"handle", message.owner, message.handle});
  if (!message.name.empty()) {
    name = sealer_.blind("messages", {"name", message.owner, message.peer, message.name});
    Query(db_, "UPDATE messages SET name = NULL WHERE account = ? AND name = ?", message.account, *name)
        .run();
  }
  const auto writer = message.writer ? std::optional(ByteView(*message.writer)) : std::nullopt;
  const auto added = Query(db_, R"(
      INSERT INTO messages (id, account, peer, own, message_id, writer, owner, outbox, first, handle, name, created_ms, room_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (handle) DO NOTHING)",
                           id, message.account, message.peer, message.own,
                           std::string_view(message.message_id).substr(0, max_message_id), writer,
                           message.owner, message.outbox, message.first, handle, name, now,
                           message.room_id.empty() ? std::nullopt
                                                   : std::optional(std::string_view(message.room_id).substr(0, max_message_id)))
                         .run();
  if (added == 0) return std::nullopt;
  ++next_id_;
  Query(db_, "DELETE FROM messages WHERE id <= ?", id.value() - static_cast<std::int64_t>(max_known_messages))
      .run();
  return id;
}

std::optional<KnownMessage> Messages::first_row(Query& query) {
  if (!query.next()) return std::nullopt;
  KnownMessage found{MessageId(query.integer(0)), AccountId(query.integer(1)), query.text(2)};
  found.own = query.integer(3) != 0;
  found.message_id = query.text(4);
  found.writer = key_in(query, 5);
  found.owner = query.text(6);
  if (!query.is_null(7)) found.outbox = OutboxId(query.integer(7));
  if (!query.is_null(8)) found.first = MessageId(query.integer(8));
  found.sent = {version_in(query, 9), version_in(query, 10)};
  if (!query.is_null(11))
    found.details = sealer_.open_bytes(details_of(found.id, found.account), query.blob(11));
  if (!query.is_null(12)) found.room_id = query.text(12);
  return found;
}

#define OMEGATE_MESSAGE_COLUMNS                                                                        \
  "SELECT id, account, peer, own, message_id, writer, owner, outbox, first, sent_first, sent_second, " \
  "details, room_id FROM messages "

std::optional<KnownMessage> Messages::find(MessageId id) {
  Query query(db_, OMEGATE_MESSAGE_COLUMNS "WHERE id = ?", id);
  return first_row(query);
}

std::optional<KnownMessage> Messages::find(AccountId account, std::string_view peer, bool own,
                                           std::string_view message_id) {
  Query query(db_,
              OMEGATE_MESSAGE_COLUMNS
              "WHERE account = ? AND peer = ? AND own = ? AND message_id = ? ORDER BY id DESC LIMIT 1",
              account, peer, own, message_id.substr(0, max_message_id));
  return first_row(query);
}

std::optional<KnownMessage> Messages::in_room(AccountId account, std::string_view room, std::string_view room_id) {
  Query query(db_, OMEGATE_MESSAGE_COLUMNS "WHERE account = ? AND peer = ? AND room_id = ? ORDER BY id DESC LIMIT 1", account,
              room, room_id.substr(0, max_message_id));
  return first_row(query);
}

std::optional<KnownMessage> Messages::of_outbox(OutboxId outbox) {
  Query query(db_, OMEGATE_MESSAGE_COLUMNS "WHERE outbox = ?", outbox);
  return first_row(query);
}

std::optional<KnownMessage> Messages::by_handle(std::string_view owner, std::string_view handle) {
  Query query(db_, OMEGATE_MESSAGE_COLUMNS "WHERE handle = ?",
              sealer_.blind("messages", {"handle", owner, handle}));
  return first_row(query);
}

std::optional<KnownMessage> Messages::by_name(AccountId account, std::string_view peer,
                                              std::string_view owner, std::string_view name) {
  Query query(db_, OMEGATE_MESSAGE_COLUMNS "WHERE account = ? AND name = ?", account,
              sealer_.blind("messages", {"name", owner, peer, name}));
  return first_row(query);
}

#undef OMEGATE_MESSAGE_COLUMNS

void Messages::set_room_id(MessageId id, std::string_view room_id) {
  Query(db_, "UPDATE messages SET room_id = ? WHERE id = ?", room_id.substr(0, max_message_id), id).run();
}

void Messages::set_sent(MessageId id, const SentVersions& sent) {
  Query(db_, "UPDATE messages SET sent_first = ?, sent_second = ? WHERE id = ?", stored(sent.first),
        stored(sent.second), id)
      .run();
}

void Messages::set_details(MessageId id, ByteView details) {
  const auto row = find(id);
  if (!row) return;
  Query(db_, "UPDATE messages SET details = ? WHERE id = ?",
        sealer_.seal(details_of(id, row->account), details), id)
      .run();
}

void Messages::forget_names(MessageId id) {
  Query(db_, "UPDATE messages SET handle = NULL, name = NULL WHERE id = ?", id).run();
}

std::size_t Messages::purge(WallTime before) {
  return Query(db_, "DELETE FROM messages WHERE created_ms < ?", before).run();
}

}  // namespace omegate::store
