// What one process leaves of a stream so that the next one resumes it, and in which order it reaches the disk.
//
// Exact after a crash at any moment, without a disk sync of its own per stanza:
// - A message carries its number in the stream. It is stored in the transaction that seals the message, before
//   it is written; what else is sent meanwhile waits behind it (`Stream::Batch`), so the number is the one it
//   will have.
// - The count of incoming stanzas is stored after their effects, and together with our answers to them that the
//   server may not have. The server is told no higher count (`Resumption::recorded`), so nothing it forgets is
//   lost; what was handled and not yet recorded comes again and is recognised.
// - Requests of ours are not stored. They count, and nobody asks for their answers any more: after a crash the
//   server may have some more stanzas than the record says, and its count is the truth
//   (`StreamManagement::Snapshot`).
// A record exists from the moment when the server has our presence until the session is over.
//
// Not here: the table (edge/store/streams.hpp), who writes it when (account_session.hpp, account.hpp).
// Source: XEP-0198 §5.
#pragma once

#include "bridge/edge/store/streams.hpp"
#include "bridge/gateway/stream/stream_resumption.hpp"

namespace omegate::gateway {

/// `resumption.possible()` must hold. `final`: nothing is sent any more.
store::StoredStream make_record(const Resumption& resumption, bool final);

/// At the start of a process. A record that cannot be read as a session is as good as none.
void take_up(Resumption& resumption, const store::StoredStream& record);

}  // namespace omegate::gateway
