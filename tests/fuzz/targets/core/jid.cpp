// Laws: a prepared address prepares to itself, its parts are within limits, and its forms agree.
// case 69
#include "bridge/core/xmpp/jid.hpp"

#include "bridge/core/xml/text.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/stringprep.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {

void fuzz_jid(ByteView input) {
  using namespace omegate::xmpp;
  const std::string_view text = as_text(input);
  static_cast<void>(prepare(Profile::saslprep, text));
  const auto jid = Jid::parse(text);
  if (!jid) return;
  const auto again = Jid::parse(jid->to_string());
  require(again && *again == *jid, "preparing is idempotent");
  require(again->local() == jid->local() && again->resource() == jid->resource(), "it splits the same way");
  for (const auto part : {jid->local(), jid->domain(), jid->resource()}) {
    require(part.size() <= max_jid_part, "parts are short");
    require(xml::is_xml_text(part), "parts can be written into a stanza");
  }
  require(!jid->domain().empty(), "there is a domain");
  require(jid->bare().is_bare() && jid->bare().same_bare(*jid), "the bare form is bare and the same account");
  require(jid->server().to_string() == jid->domain(), "the server is the domain");
}

}  // namespace omegate::fuzz
