// The XML namespaces and PubSub nodes of the protocol, each under its name in code.
#pragma once

#include <string_view>

namespace omegate::xmpp::ns {

using Name = std::string_view;

inline constexpr Name client = "jabber:client";
inline constexpr Name streams = "http://etherx.jabber.org/streams";
inline constexpr Name stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr Name stanza_errors = "urn:ietf:params:xml:ns:xmpp-stanzas";
inline constexpr Name tls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr Name sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr Name sasl2 = "urn:xmpp:sasl:2";
inline constexpr Name bind2 = "urn:xmpp:bind:0";
inline constexpr Name fast = "urn:xmpp:fast:0";
inline constexpr Name channel_binding = "urn:xmpp:sasl-cb:0";
inline constexpr Name bind = "urn:ietf:params:xml:ns:xmpp-bind";
inline constexpr Name session = "urn:ietf:params:xml:ns:xmpp-session";
inline constexpr Name stream_management = "urn:xmpp:sm:3";
inline constexpr Name stream_limits = "urn:xmpp:stream-limits:0";
inline constexpr Name roster_versions = "urn:xmpp:features:rosterver";
inline constexpr Name roster = "jabber:iq:roster";
inline constexpr Name blocking = "urn:xmpp:blocking";
inline constexpr Name disco_info = "http://jabber.org/protocol/disco#info";
inline constexpr Name disco_items = "http://jabber.org/protocol/disco#items";
inline constexpr Name caps = "http://jabber.org/protocol/caps";
inline constexpr Name data_form = "jabber:x:data";
inline constexpr Name ping = "urn:xmpp:ping";
inline constexpr Name entity_time = "urn:xmpp:time";
inline constexpr Name carbons = "urn:xmpp:carbons:2";
inline constexpr Name forward = "urn:xmpp:forward:0";
inline constexpr Name archive = "urn:xmpp:mam:2";
inline constexpr Name stanza_ids = "urn:xmpp:sid:0";
inline constexpr Name delay = "urn:xmpp:delay";
inline constexpr Name hints = "urn:xmpp:hints";
inline constexpr Name receipts = "urn:xmpp:receipts";
inline constexpr Name chat_markers = "urn:xmpp:chat-markers:0";
inline constexpr Name chat_states = "http://jabber.org/protocol/chatstates";
/// Ours: brought from elsewhere by a bridge.
inline constexpr Name bridge = "urn:omegate:bridge:0";
inline constexpr Name correction = "urn:xmpp:message-correct:0";
inline constexpr Name retraction = "urn:xmpp:message-retract:1";
inline constexpr Name moderation = "urn:xmpp:message-moderate:1";
inline constexpr Name moderation_0 = "urn:xmpp:message-moderate:0";
inline constexpr Name retraction_0 = "urn:xmpp:message-retract:0";
inline constexpr Name fasten = "urn:xmpp:fasten:0";
inline constexpr Name reactions = "urn:xmpp:reactions:0";
inline constexpr Name reply = "urn:xmpp:reply:0";
inline constexpr Name encryption = "urn:xmpp:eme:0";  // XEP-0380: a hint, never a decision
inline constexpr Name fallback = "urn:xmpp:fallback:0";
inline constexpr Name addresses = "http://jabber.org/protocol/address";
inline constexpr Name muc = "http://jabber.org/protocol/muc";
inline constexpr Name muc_admin = "http://jabber.org/protocol/muc#admin";
inline constexpr Name muc_owner = "http://jabber.org/protocol/muc#owner";
inline constexpr Name conference = "jabber:x:conference";
inline constexpr Name bookmarks = "urn:xmpp:bookmarks:1";
inline constexpr Name muc_user = "http://jabber.org/protocol/muc#user";
inline constexpr Name pubsub = "http://jabber.org/protocol/pubsub";
inline constexpr Name pubsub_event = "http://jabber.org/protocol/pubsub#event";
inline constexpr Name pubsub_owner = "http://jabber.org/protocol/pubsub#owner";
inline constexpr Name pubsub_errors = "http://jabber.org/protocol/pubsub#errors";
inline constexpr Name publish_options = "http://jabber.org/protocol/pubsub#publish-options";
inline constexpr Name node_config = "http://jabber.org/protocol/pubsub#node_config";
inline constexpr Name result_set = "http://jabber.org/protocol/rsm";
inline constexpr Name omemo_legacy = "eu.siacs.conversations.axolotl";
inline constexpr Name omemo2 = "urn:xmpp:omemo:2";
inline constexpr Name sce = "urn:xmpp:sce:1";
inline constexpr Name trust_messages = "urn:xmpp:tm:1";
inline constexpr Name automatic_trust = "urn:xmpp:atm:1";
inline constexpr Name upload = "urn:xmpp:http:upload:0";
inline constexpr Name file_sharing = "urn:xmpp:sfs:0";
inline constexpr Name encrypted_files = "urn:xmpp:esfs:0";
inline constexpr Name file_metadata = "urn:xmpp:file:metadata:0";
inline constexpr Name hashes = "urn:xmpp:hashes:2";
inline constexpr Name vcard = "vcard-temp";
inline constexpr Name vcard_update = "vcard-temp:x:update";
/// The server keeps the vCard's photo and the published avatar the same.
inline constexpr Name photo_conversion = "urn:xmpp:pep-vcard-conversion:0";
inline constexpr Name url_data = "http://jabber.org/protocol/url-data";

}  // namespace omegate::xmpp::ns
