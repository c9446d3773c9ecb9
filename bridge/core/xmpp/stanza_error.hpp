// Errors as answers to a stanza.
//
// Not here: errors that end the stream (stream_error.hpp).
// Source: RFC 6120 §8.3; XEP-0086 (the legacy code), XEP-0060 (PubSub conditions).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bridge/core/xml/element.hpp"

namespace omegate::xmpp {

struct StanzaError {
  std::string type = "cancel";  // auth, cancel, continue, modify, wait
  std::string condition;        // "item-not-found"; "undefined-condition" if the peer named none
  std::string text;
  std::string pubsub;  // local name of the child in pubsub#errors: "precondition-not-met"
  std::string code;    // legacy; tells condition where the peer gave only this
};

/// Of a stanza whose type is "error". Never fails: what is missing stays empty.
StanzaError parse_stanza_error(const xml::Element& stanza);

/// `<error/>`, to be put into an answer.
xml::Element to_element(const StanzaError& error);

/// Whether trying again later may help.
bool is_transient(const StanzaError& error);

/// Of the peer's words this much goes into a description. Unit: bytes.
inline constexpr std::size_t max_described_text = 200;

/// "item-not-found (no such node)" for logs; control characters of the peer are not in it.
std::string describe(const StanzaError& error);

}  // namespace omegate::xmpp
