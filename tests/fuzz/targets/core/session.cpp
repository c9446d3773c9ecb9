// Laws: a stored session reads as what was written, and no message, whatever is in it, changes a session that
// refused it, or takes it beyond its limits.
//
// Input: the length of the record (2 bytes, little endian), the record, a message.
// case 74
#include "bridge/core/omemo/session.hpp"

#include <algorithm>

#include "bridge/core/omemo/limits.hpp"
#include "tests/fuzz/random.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using omemo::Session;

void check_stored(const Session& session) {
  const auto bytes = omemo::serialise(session);
  const auto again = omemo::parse_session(bytes.bytes());
  require(again.has_value(), "what we write we read");
  require(omemo::serialise(*again) == bytes, "writing is stable");
  require(session.skipped_keys() <= omemo::max_skipped_keys, "skipped keys are bounded");
}

void check_steps(const Session& session, ByteView wire) {
  const auto before = omemo::serialise(session);
  CountingRandom random;
  const auto incoming = omemo::parse_incoming(session.version(), wire);
  if (incoming) {
    const auto opened = omemo::open(session, incoming->message, random);
    if (opened) check_stored(opened->next);
    static_cast<void>(session.knows(incoming->message));
    if (incoming->key_exchange) static_cast<void>(session.was_built_by(*incoming->key_exchange));
  }
  const Bytes material(session.version() == omemo::Version::legacy ? 32 : 48, Byte{1});
  const auto sealed = omemo::seal(session, material);
  if (sealed) {
    check_stored(sealed->next);
    require(sealed->wire.size() <= omemo::max_wire_size, "what we send is short");
    // A key exchange names our identity, which is any bytes here.
    const bool is_read = omemo::parse_incoming(session.version(), sealed->wire).has_value();
    require(is_read || sealed->key_exchange, "others can read what we send");
    require(!(omemo::serialise(sealed->next) == before), "no key is used twice");
  }
  require(omemo::serialise(session) == before, "a step leaves the session as it was");
}

}  // namespace

void fuzz_session(ByteView input) {
  if (input.size() < 2) return;
  const std::size_t size = std::min<std::size_t>(input[0] + 256u * input[1], input.size() - 2);
  const auto session = omemo::parse_session(input.subspan(2, size));
  if (!session) return;
  check_stored(*session);
  check_stored(session->without_oldest_skipped(size));
  if (session->needs_heartbeat())
    require(!session->after_heartbeat().needs_heartbeat(), "one heartbeat is enough");
  check_steps(*session, input.subspan(2 + size));
}

}  // namespace omegate::fuzz
