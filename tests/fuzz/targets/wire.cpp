// Laws: base64 is one-to-one but for white space; a ratchet message keeps the bytes it authenticates.
// case 90
#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/message.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void check_base64(ByteView input) {
  require(crypto::from_base64(crypto::to_base64(input)).value() == Bytes(input.begin(), input.end()),
          "base64 comes back");
  require(crypto::from_hex(crypto::to_hex(input)).value() == Bytes(input.begin(), input.end()),
          "hex comes back");
  const auto decoded = crypto::from_base64(as_text(input));
  if (!decoded) return;
  std::string text(as_text(input));
  text.erase(std::remove_if(text.begin(), text.end(), is_space), text.end());
  require(crypto::to_base64(*decoded) == text, "only one text stands for some bytes");
}

}  // namespace

void fuzz_wire(ByteView input) {
  check_base64(input);
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
