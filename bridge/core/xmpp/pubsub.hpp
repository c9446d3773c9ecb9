// PubSub as far as PEP needs it: publish, fetch, retract, configure, and the events of others.
//
// All builders give the payload of an IQ (iq.hpp). Not here: which nodes OMEMO uses (omemo_nodes.hpp).
// Source: XEP-0060 1.30, XEP-0163, XEP-0223.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/data_form.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/stanza_error.hpp"

namespace omegate::xmpp {

struct PubsubItem {
  std::string id;
  std::optional<xml::Element> payload;  // nothing: the server did not deliver it, fetch it
};

/// Configuration of a node, as precondition or to set. Empty fields are not mentioned.
struct NodeOptions {
  std::string access_model;    // "open", "whitelist", "presence"
  std::string max_items;       // a number or "max"
  std::string send_last_item;  // "never", "on_sub_and_presence"
  bool persist = true;
};

/// Readable by everybody, kept over restarts: what device lists and bundles need.
NodeOptions open_node(std::string_view max_items = {});

DataForm to_form(const NodeOptions& options, std::string_view form_type);

/// Whether a node configured as `config` already is what we want (values compared by meaning).
bool satisfies(const DataForm& config, const NodeOptions& wanted);

/// Set. `options` are preconditions; on a node that does not exist they become its configuration.
xml::Element publish(std::string_view node, const PubsubItem& item,
                     const std::optional<NodeOptions>& options);
/// Get: the newest `max_items` (0: all).
xml::Element items_request(std::string_view node, std::uint32_t max_items = 0);
/// Get: one item.
xml::Element item_request(std::string_view node, std::string_view item);
/// Set.
xml::Element retract(std::string_view node, std::string_view item);
xml::Element delete_node(std::string_view node);
/// Set; for access to the node of somebody whose presence we do not have.
xml::Element subscribe_request(std::string_view node, const Jid& own);
/// Get; the answer's form: `parse_form(*payload->child("configure", ns::pubsub_owner))`, or `parse_config`.
xml::Element config_request(std::string_view node);
/// Set; only the fields to change.
xml::Element configure(std::string_view node, const NodeOptions& options);

/// Of a result IQ. Errors: `malformed` (no `<items/>` for this node).
struct PubsubItems {
  std::vector<PubsubItem> items;  // document order: oldest first
  bool complete = true;           // false: the server cut the list (`<set/>`), items are missing
};
Result<PubsubItems> parse_items(const xml::Element& iq, std::string_view node);
/// Of the answer to `config_request`. Errors: `malformed`.
Result<DataForm> parse_config(const xml::Element& iq);

/// Whether a publication failed because the node is configured otherwise: configure it, publish again, once.
bool is_precondition_not_met(const StanzaError& error);

/// What a node's owner announced.
struct PubsubEvent {
  enum class Kind { items, emptied, configured };  // emptied: retracted, purged or deleted

  Jid owner;  // bare: the only authority for the node
  std::string node;
  Kind kind = Kind::items;
  std::vector<PubsubItem> items;
  std::vector<std::string> retracted;
};

/// Of a message of type headline or normal whose `from` is a bare JID, absent meaning our own account.
/// Everything else is no event: a full JID or an occupant speaks for no node.
/// Errors: `malformed`, `wrong_sender`.
Result<PubsubEvent> parse_event(const xml::Element& message, const Jid& own);

/// Item `wanted`, else the newest (the last of the list). Nothing if there is none.
const PubsubItem* pick_item(const std::vector<PubsubItem>& items, std::string_view wanted);

/// Item `wanted` and no other: a server may send all items or none. Nothing if it is not there.
const PubsubItem* find_item(const std::vector<PubsubItem>& items, std::string_view wanted);

}  // namespace omegate::xmpp
