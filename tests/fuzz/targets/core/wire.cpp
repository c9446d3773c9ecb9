// Law: a ratchet message of either version keeps the bytes it authenticates.
// case 90
#include <algorithm>

#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/message.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {

void fuzz_wire(ByteView input) {
  for (const omemo::Version version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    const auto incoming = omemo::parse_incoming(version, input);
    if (!incoming) continue;
    require(input.size() <= omemo::max_wire_size, "messages are short");
    const ByteView authenticated = incoming->message.authenticated();
    const auto at = std::search(input.begin(), input.end(), authenticated.begin(), authenticated.end());
    require(at != input.end() || authenticated.empty(), "what is authenticated is what came");
    require(incoming->message.mac().size() == (version == omemo::Version::legacy ? 8u : 16u),
            "the MAC has its length");
  }
}

}  // namespace omegate::fuzz
