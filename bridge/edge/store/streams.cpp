#include "bridge/edge/store/streams.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/outbox_seal.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place session_place(AccountId account) { return {"streams", "session", account.value(), ""}; }
Place waiting_place(AccountId account) { return {"streams", "waiting", account.value(), ""}; }

/// Four bytes of number in front of each.
Bytes encode(const std::vector<StoredStream::Stanza>& waiting) {
  std::vector<Bytes> parts;
  for (const auto& [number, stanza] : waiting) {
    Bytes part;
    for (int shift = 24; shift >= 0; shift -= 8) part.push_back(static_cast<Byte>(number >> shift));
    part.insert(part.end(), stanza.begin(), stanza.end());
    parts.push_back(std::move(part));
  }
  return join(parts);
}

std::vector<StoredStream::Stanza> decode(ByteView bytes) {
  std::vector<StoredStream::Stanza> waiting;
  for (const Bytes& part : split(bytes)) {
    if (part.size() < 4) throw StoreError("database: streams.waiting has a wrong form");
    StoredStream::Stanza stanza;
    for (std::size_t i = 0; i < 4; ++i) stanza.number = stanza.number << 8 | part[i];
    stanza.stanza = as_text(ByteView(part).subspan(4));
    waiting.push_back(std::move(stanza));
  }
  return waiting;
}

}  // namespace

void Streams::save(AccountId account, const StoredStream& stream) {
  const Bytes session =
      join(std::vector{to_bytes(stream.id), to_bytes(stream.location), to_bytes(stream.bound)});
  Query(db_, R"(INSERT INTO streams (account, session, max_seconds, handled, acked, sent, final, waiting)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (account) DO UPDATE SET session = ?2, max_seconds = ?3, handled = ?4, acked = ?5,
                  sent = ?6, final = ?7, waiting = ?8)",
        account, sealer_.seal(session_place(account), session), stream.max_seconds, stream.handled,
        stream.acked, stream.sent, stream.final, sealer_.seal(waiting_place(account), encode(stream.waiting)))
      .run();
}

std::optional<StoredStream> Streams::load(AccountId account) {
  Query find(
      db_, "SELECT session, max_seconds, handled, acked, sent, final, waiting FROM streams WHERE account = ?",
      account);
  if (!find.next()) return std::nullopt;
  const auto session = split(sealer_.open_bytes(session_place(account), find.blob(0)));
  if (session.size() != 3) throw StoreError("database: streams.session has a wrong form");
  const auto number = [&](int column) { return static_cast<std::uint32_t>(find.integer(column)); };
  return StoredStream{std::string(as_text(session[0])),
                      std::string(as_text(session[1])),
                      std::string(as_text(session[2])),
                      number(1),
                      number(2),
                      number(3),
                      number(4),
                      find.integer(5) != 0,
                      decode(sealer_.open_bytes(waiting_place(account), find.blob(6)))};
}

void Streams::forget(AccountId account) {
  Query(db_, "DELETE FROM streams WHERE account = ?", account).run();
}

}  // namespace omegate::store
