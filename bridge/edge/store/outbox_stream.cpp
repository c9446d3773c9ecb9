// What of the outbox is under way in a stream.
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/outbox.hpp"
#include "bridge/edge/store/outbox_seal.hpp"

namespace omegate::store {

std::vector<UnackedMessage> Outbox::unacked(AccountId account) {
  std::vector<UnackedMessage> messages;
  Query query(db_, R"(SELECT id, recipient, message_id, stanzas, trust_seq, number FROM outbox
                      WHERE account = ? AND state = 2 ORDER BY write_seq)",
              account);
  while (query.next()) {
    UnackedMessage message{OutboxId(query.integer(0)), query.text(1), query.text(2), {}, 0, {}};
    const OutboxSeal seal(sealer_, message.id, account, message.recipient);
    message.stanzas = split(seal.open("stanzas", query.blob(3)));
    message.trust_seq = static_cast<std::uint64_t>(query.integer(4));
    if (!query.is_null(5)) message.number = static_cast<std::uint32_t>(query.integer(5));
    messages.push_back(std::move(message));
  }
  return messages;
}

void Outbox::set_number(OutboxId id, std::uint32_t number) {
  Query(db_, "UPDATE outbox SET number = ? WHERE id = ? AND state = 2", number, id).run();
}

void Outbox::forget_numbers(AccountId account) {
  Query(db_, "UPDATE outbox SET number = NULL WHERE account = ? AND state = 2", account).run();
}

}  // namespace omegate::store
