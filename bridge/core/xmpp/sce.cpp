#include "bridge/core/xmpp/sce.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::string_view padding_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(padding_alphabet.size() == 64);

// What servers act on belongs to them, and what is already inside needs no second encryption. Source:
// XEP-0420 §6.
constexpr std::array<std::string_view, 8> forbidden_inside{ns::hints,      ns::stanza_ids,   ns::addresses,
                                                           ns::encryption, ns::omemo_legacy, ns::carbons,
                                                           ns::archive,    ns::sce};

bool is_forbidden_inside(const xml::Element& element) {
  if (element.is("encrypted", ns::omemo2)) return true;  // its opt-out is content
  if (element.is("body", ns::sce)) return false;         // young libraries' mistake
  return std::find(forbidden_inside.begin(), forbidden_inside.end(), element.space()) !=
         forbidden_inside.end();
}

/// 0 to `max_padding`, each as likely.
std::size_t random_size(Random& random) {
  for (;;) {
    std::array<std::uint8_t, 1> byte{};
    random.fill(byte);
    if (byte[0] <= max_padding) return byte[0];
  }
}

std::string random_text(std::size_t size, Random& random) {
  Bytes bytes(size);
  random.fill(bytes);
  std::string text;
  for (const Byte byte : bytes) text += padding_alphabet[byte % padding_alphabet.size()];
  return text;
}

xml::Element jid_affix(std::string_view name, const Jid& jid) {
  return xml::Element(name, ns::sce).set("jid", jid.bare().to_string());
}

/// An affix that may stand once.
Result<const xml::Element*> affix(const xml::Element& envelope, std::string_view name) {
  const xml::Element* found = nullptr;
  for (const xml::Element& child : envelope.children(name, ns::sce)) {
    if (found) return Error::malformed;
    found = &child;
  }
  return found;
}

bool names(const xml::Element& affix, const Jid& expected) {
  const auto jid = Jid::parse(affix.attr("jid").value_or(""));
  return jid && jid->same_bare(expected);
}

Result<> check_addresses(const xml::Element& envelope, const EnvelopeContext& context, Envelope& result) {
  const auto from = affix(envelope, "from"), to = affix(envelope, "to");
  if (!from || !to) return Error::malformed;
  if (*from && !names(**from, context.sender)) return Error::wrong_sender;
  if (*to ? !names(**to, context.recipient) : context.room) return Error::wrong_recipient;
  result.names_sender = *from != nullptr;
  result.names_recipient = *to != nullptr;
  return {};
}

}  // namespace

xml::Element body_element(std::string_view text) { return xml::text_element("body", ns::client, text); }

std::string build_envelope(const EnvelopeHead& head, const std::vector<xml::Element>& content,
                           Random& random) {
  xml::Element envelope("envelope", ns::sce);
  xml::Element& inside = envelope.add(xml::Element("content", ns::sce));
  for (const xml::Element& element : content) inside.add(element);
  envelope.add(xml::Element("time", ns::sce)).set("stamp", format_time(head.time));
  envelope.add(jid_affix("to", head.to));
  envelope.add(jid_affix("from", head.from));
  const std::size_t unpadded = envelope.to_string().size() + std::string_view("<rpad></rpad>").size();
  const std::size_t fill = unpadded < min_envelope ? min_envelope - unpadded : 0;
  const std::size_t size = fill + random_size(random);
  envelope.add(xml::text_element("rpad", ns::sce, random_text(size, random)));
  return envelope.to_string();
}

Result<Envelope> open_envelope(std::string_view text, const EnvelopeContext& context) {
  const auto document = xml::parse_document(text);
  if (!document) return document.error();
  if (!document->is("envelope", ns::sce)) return Error::malformed;
  const auto content = affix(*document, "content"), time = affix(*document, "time");
  if (!content || !*content || !time) return Error::malformed;

  Envelope envelope;
  if (const auto checked = check_addresses(*document, context, envelope); !checked) return checked.error();
  if (*time) envelope.time = parse_time((*time)->attr("stamp").value_or(""));
  envelope.padded = document->child("rpad", ns::sce) != nullptr;
  for (const xml::Element& element : (*content)->children()) {
    if (!is_forbidden_inside(element)) envelope.content.push_back(element);
  }
  return envelope;
}

const xml::Element* Envelope::child(std::string_view local, std::string_view space) const {
  for (const xml::Element& element : content) {
    if (element.is(local, space)) return &element;
  }
  return nullptr;
}

std::optional<std::string> Envelope::body() const {
  for (const std::string_view space : {ns::client, ns::sce, ns::Name()}) {
    if (const xml::Element* body = child("body", space)) return body->text();
  }
  return std::nullopt;
}

}  // namespace omegate::xmpp
