#include "bridge/gateway/stream/stream_record.hpp"

namespace omegate::gateway {

store::StoredStream make_record(const Resumption& resumption, bool final) {
  xmpp::StreamManagement::Snapshot snapshot = resumption.management.snapshot(final);
  store::StoredStream record{std::move(snapshot.enabled.id),
                             std::move(snapshot.enabled.location),
                             resumption.bound->to_string(),
                             snapshot.enabled.max,
                             snapshot.handled,
                             snapshot.acked,
                             snapshot.sent,
                             snapshot.final};
  for (auto& [number, stanza] : snapshot.waiting) record.waiting.push_back({number, std::move(stanza)});
  return record;
}

void take_up(Resumption& resumption, const store::StoredStream& record) {
  const auto bound = xmpp::Jid::parse(record.bound);
  if (!bound || record.id.empty()) return;
  xmpp::StreamManagement::Snapshot snapshot{{record.id, record.location, record.max_seconds},
                                            record.handled,
                                            record.acked,
                                            record.sent,
                                            record.final,
                                            {}};
  for (const auto& [number, stanza] : record.waiting) snapshot.waiting.push_back({number, stanza});
  resumption.management = xmpp::StreamManagement::restore(std::move(snapshot));
  resumption.bound = *bound;
  resumption.recorded = record.handled;
}

}  // namespace omegate::gateway
