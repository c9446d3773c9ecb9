// Laws: an envelope never names another sender or recipient than the real ones, carries nothing that must
// stay outside, and its content survives a new envelope.
#include "bridge/core/xmpp/sce.hpp"

#include "bridge/core/xml/error.hpp"
#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::xmpp;

class Zeros final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

}  // namespace

void fuzz_sce(ByteView input) {
  static const Jid alice = Jid::parse("alice@example.net").value(),
                   bot = Jid::parse("bot@example.org").value();
  static const Jid mallory = Jid::parse("mallory@example.net").value();
  const std::string_view text = as_text(input);
  const auto envelope = open_envelope(text, {alice, bot, false});
  if (!envelope) return;
  require(!envelope->names_sender || !open_envelope(text, {mallory, bot, false}),
          "an envelope has one sender");
  require(!envelope->names_recipient || !open_envelope(text, {alice, mallory, false}),
          "an envelope has one recipient");
  for (const xml::Element& element : envelope->content) {
    require(element.space() != ns::hints && element.space() != ns::stanza_ids,
            "what is the server's stays outside");
    require(element.local() != "encrypted" || element.space() != ns::omemo2, "nothing is encrypted twice");
  }
  const Annotations said = read_annotations(envelope->content);
  if (const auto body = envelope->body()) require(own_text(*body, said).size() <= body->size(), "nothing is added");
  Zeros zeros;
  const auto again =
      open_envelope(build_envelope({alice, bot, {}}, envelope->content, zeros), {alice, bot, false});
  // Prefixes of parents are written out anew on each element that uses them.
  if (!again && again.error() == xml::Error::too_many_namespaces) return;
  require(again && again->content == envelope->content, "content survives a new envelope");
}

}  // namespace omegate::fuzz
