// Laws of received stanzas: no content outside encryption, nobody speaks for another, nothing comes from the
// future.
// case 55
#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/blocking.hpp"
#include "bridge/core/xmpp/disco.hpp"
#include "bridge/core/xmpp/features.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/message.hpp"
#include "bridge/core/xmpp/presence.hpp"
#include "bridge/core/xmpp/receipts.hpp"
#include "bridge/core/xmpp/roster.hpp"
#include "bridge/core/xmpp/sasl.hpp"
#include "bridge/core/xmpp/stream_error.hpp"
#include "bridge/core/xmpp/stream_management.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::xmpp;

const Jid& own() {
  static const Jid jid = Jid::parse("bot@example.org/x").value();
  return jid;
}

constexpr WallTime now = WallTime(std::chrono::milliseconds(1'772'366'400'000));

void check(const Annotations& said) {
  for (const auto* id : {&said.replaces, &said.retracts, &said.displayed}) require(id->size() <= max_id, "ids are short");
  require(!said.reactions || said.reactions->emojis.size() <= max_reactions, "reactions are few");
  constexpr std::string_view text = "> \xC3\xA4\xE2\x9C\x93\n\xF0\x9F\x90\xA2 yes";
  const std::string kept = own_text(text, said);
  require(kept.size() <= text.size() && length_of(kept) <= length_of(text), "what is cut off is gone");
  require(kept.empty() || (static_cast<unsigned char>(kept[0]) & 0xC0U) != 0x80U, "no character is cut in two");
}

void check(const ChatMessage& message, const xml::Element& stanza) {
  require(!message.encrypted || message.body.empty(), "no body beside encryption");
  require(!message.delay || *message.delay <= now + max_future_stamp, "no delay in the future");
  require(message.id.size() <= max_id && message.receipt_for.size() <= max_id, "ids are short");
  require(!(message.legacy || message.omemo2) || message.encrypted, "an encrypted message says so");
  if (message.route != Route::direct) require(stanza.attr("from") == "bot@example.org", "copies are ours");
  if (message.route == Route::sent_copy) require(message.from.same_bare(own()), "sent copies are ours");
  check(message.annotations);
  if (deserves_receipt(message)) receipt_for(message, "r").to_string();
}

void check(const PubsubEvent& event, const xml::Element& stanza) {
  require(event.owner.is_bare(), "an event speaks for a bare JID");
  const auto from = stanza.attr("from");
  require(event.owner == (from ? Jid::parse(*from).value() : own().bare()), "an event speaks for its sender");
}

void check(const Bounce&, const xml::Element&) {}
void check(const Dropped& dropped, const xml::Element&) {
  require(!name(dropped.reason).empty(), "a reason has a name");
}

void check(const Avatar& avatar) {
  require(avatar.id == avatar_id(avatar.bytes) && read_avatar_id(avatar.id) == avatar.id, "a picture is what its hash says");
  require(avatar.bytes.size() <= max_avatar && image_type(avatar.bytes) == avatar.media_type, "a picture is one, and not large");
}

/// Also of the elements that would lie in a node.
void read_pictures(const xml::Element& stanza) {
  if (const auto id = announced_photo(stanza)) require(id->empty() || read_avatar_id(*id) == *id, "an announced picture has an id");
  if (const auto photo = parse_vcard_photo(stanza); photo && *photo) check(**photo);
  vcard_with_photo(stanza, nullptr).to_string();
  for (const xml::Element& each : stanza.children()) {
    if (const auto id = parse_avatar_metadata(each)) require(id->empty() || read_avatar_id(*id) == *id, "metadata name a picture");
    if (const auto avatar = parse_avatar_data(each, "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3")) check(*avatar);
  }
}

void read_everything(const xml::Element& stanza) {
  read_pictures(stanza);
  static_cast<void>(parse_items(stanza, "n"));
  static_cast<void>(parse_config(stanza));
  static_cast<void>(parse_roster(stanza));
  static_cast<void>(parse_bound(stanza));
  static_cast<void>(parse_presence(stanza));
  static_cast<void>(parse_sasl(stanza));
  static_cast<void>(sm_h(stanza));
  static_cast<void>(parse_sm_enabled(stanza));
  static_cast<void>(parse_features(stanza));
  static_cast<void>(reaction(parse_stream_error(stanza), false));
  static_cast<void>(describe(parse_stanza_error(stanza)));
  if (const auto info = parse_disco(stanza)) static_cast<void>(caps_ver(*info));
  if (parse_roster_push(stanza, own()) || parse_blocking_push(stanza, own())) {
    require(!stanza.has("from") || Jid::parse(*stanza.attr("from")).value() == own().bare(),
            "pushes are ours");
  }
  if (is_request(stanza)) iq_error(stanza, {"cancel", "service-unavailable", {}, {}, {}}).to_string();
}

}  // namespace

void fuzz_stanza(ByteView input) {
  const auto document =
      xml::parse_document("<s xmlns='jabber:client'>" + std::string(as_text(input)) + "</s>");
  if (!document) return;
  for (const xml::Element& stanza : document->children()) {
    read_everything(stanza);
    if (!stanza.is("message", "jabber:client")) continue;
    const Incoming incoming = classify(stanza, {own(), now, true});
    std::visit([&](const auto& what) { check(what, stanza); }, incoming);
  }
}

}  // namespace omegate::fuzz
