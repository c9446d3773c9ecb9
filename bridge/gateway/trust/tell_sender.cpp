#include "bridge/gateway/trust/tell_sender.hpp"

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/trust/notice.hpp"
#include "bridge/gateway/trust/phrases.hpp"

namespace omegate::gateway {

bool tell_sender(store::Tables& tables, const Sender& self, Language language, store::UnreadId id,
                 Random& random, WallTime now) {
  const auto row = tables.unread.find(id);
  const auto cause = row ? unread_cause_named(row->message.cause) : std::nullopt;
  if (!cause || *cause == UnreadCause::revoked || row->told || row->message.peer == self.jid) return false;
  const auto last =
      tables.unread.last_told(self.account, row->message.peer, row->message.device, row->message.cause);
  if (last && now < *last + told_again) return false;
  if (!has_allowed_device(tables, self, row->message.peer, now)) return false;
  add_notice(tables, self, row->message.peer, cannot_read(language, *cause), random, now);
  tables.unread.set_told(id, now);
  return true;
}

}  // namespace omegate::gateway
