#include "bridge/gateway/messages/wire_content.hpp"

#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/core/xmpp/delay.hpp"
#include "bridge/core/xmpp/file_sharing.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/receipts.hpp"
#include "bridge/core/xmpp/sce.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway {
namespace {

namespace ns = xmpp::ns;
using omemo::Version;

/// For clients that cannot take a message back. Source: XEP-0424 §3.1.
constexpr std::string_view retraction_text =
    "/me retracted a previous message, but it's unsupported by your client.";

/// A text, and the elements that say what it is.
struct Said {
  std::string text;
  std::vector<xml::Element> marks;
};

Said reply_to(const store::KnownMessage& about, const std::string& id, const std::string& quote,
              std::string text, const xmpp::Jid& self) {
  Said said{std::move(text), {}};
  const auto author = about.own ? self : xmpp::Jid::parse(about.peer).value();
  said.marks.push_back(xmpp::reply_element(id, author));
  if (quote.empty()) return said;
  const std::string before = xmpp::quotation(quote);
  said.marks.push_back(xmpp::fallback_element(ns::reply, xmpp::TextRange{0, xmpp::length_of(before)}));
  said.text = before + said.text;
  return said;
}

std::string joined(const std::vector<std::string>& reactions) {
  std::string text;
  for (const std::string& emoji : reactions) text += (text.empty() ? "" : " ") + emoji;
  return text;
}

std::optional<Said> say(const Outgoing& message, const store::KnownMessage& about, const std::string& id,
                        const xmpp::Jid& self) {
  switch (message.bearing) {
    case Bearing::none:
      break;
    case Bearing::correction:
      return Said{message.text, {xmpp::replace_element(id)}};
    case Bearing::retraction:
      return Said{std::string(retraction_text),
                  {xmpp::retract_element(id), xmpp::fallback_element(ns::retraction)}};
    case Bearing::reply:
      return reply_to(about, id, message.quote, message.text, self);
    case Bearing::reaction:  // where reactions are not encrypted: an answer that is
      if (message.reactions.empty()) return std::nullopt;
      return reply_to(about, id, message.quote, joined(message.reactions), self);
  }
  return Said{message.text, {}};
}

/// Legacy: the link is the whole text. OMEMO 2 has it, too, as what clients show that know no better.
/// Source: XEP-0454 §3, XEP-0447 §3.5, XEP-0448 §3.
Said file_said(const OutgoingFile& file, Version version) {
  Said said{xmpp::aesgcm_url(*file.upload), {}};
  if (version == Version::legacy) return said;
  const xmpp::SharedFile shared{file.name, file.media_type, file.size, {{crypto::Hash::sha256, file.sha256}}, {*file.upload}};
  said.marks.push_back(xmpp::fallback_element(ns::file_sharing));
  said.marks.push_back(xmpp::shared_file_element(shared));
  return said;
}

WireContent in_envelope(Said said, bool asks_for_receipt, bool asks_for_marker) {
  WireContent wire;
  wire.content.push_back(xmpp::body_element(said.text));
  if (asks_for_receipt) wire.content.push_back(xmpp::receipt_request());
  if (asks_for_marker) wire.content.push_back(xmpp::markable_element());
  for (xml::Element& mark : said.marks) wire.content.push_back(std::move(mark));
  return wire;
}

WireContent beside_payload(Said said, bool asks_for_marker) {
  WireContent wire{std::move(said.text), {}, std::move(said.marks)};
  if (asks_for_marker) wire.beside.push_back(xmpp::markable_element());
  return wire;
}

/// So that no other bridge carries it on, round and round; and that clients show when it was said.
WireContent with_origin(WireContent wire, Version version, const Outgoing& message, const xmpp::Jid& self) {
  auto& marks = version == Version::omemo2 ? wire.content : wire.beside;
  if (message.bridged) marks.push_back(xmpp::bridged_element());
  if (message.again) marks.push_back(xmpp::delay_element(self, message.again->said));
  return wire;
}

}  // namespace

std::string id_in(Version version, const store::KnownMessage& message) {
  const bool second = message.own && message.sent.second == version;
  return second ? message.message_id + std::string(second_stanza_suffix) : message.message_id;
}

std::optional<WireContent> wire_content(Version version, const Outgoing& message,
                                        const store::KnownMessage* about, const xmpp::Jid& self, bool to_room) {
  std::optional<Said> said = Said{message.text, {}};
  if (about) {
    const std::string id = id_in(version, *about);
    if (version == Version::omemo2 && message.bearing == Bearing::reaction)
      return with_origin({{}, {xmpp::reactions_element({id, message.reactions})}, {}}, version, message, self);
    said = say(message, *about, id, self);
  } else if (message.bearing == Bearing::retraction || message.bearing == Bearing::reaction) {
    said.reset();
  }
  if (message.file) {
    if (!message.file->upload) return std::nullopt;
    said = file_said(*message.file, version);
  }
  if (!said) return std::nullopt;
  const bool asks_for_marker = message.bearing != Bearing::retraction && !to_room;
  WireContent wire = version == Version::omemo2 ? in_envelope(std::move(*said), !to_room, asks_for_marker)
                                                : beside_payload(std::move(*said), asks_for_marker);
  return with_origin(std::move(wire), version, message, self);
}

}  // namespace omegate::gateway
