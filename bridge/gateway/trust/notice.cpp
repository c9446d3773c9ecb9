#include "bridge/gateway/trust/notice.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/outgoing.hpp"

namespace omegate::gateway {

store::OutboxId add_notice(store::Tables& tables, const Sender& self, const std::string& to, std::string text,
                           Random& random, WallTime now) {
  std::array<Byte, 16> id{};
  random.fill(id);
  Outgoing message{std::move(text), std::nullopt, "omegate"};
  message.is_notice = true;
  store::NewMessage row{self.account, to, crypto::to_hex(id), encode(message)};
  row.expires = now + notice_life;
  return *tables.outbox.add(row, now);
}

bool has_allowed_device(store::Tables& tables, const Sender& self, const std::string& peer, WallTime now) {
  const auto known = recipients(tables, self, peer, now);
  return std::any_of(known.begin(), known.end(),
                     [](const Recipient& each) { return each.decision == trust::Decision::allow; });
}

}  // namespace omegate::gateway
