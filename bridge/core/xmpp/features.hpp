// What a server offers at the start of a stream: `<stream:features/>`.
//
// Offers of before TLS are forgotten with that stream; never use them after it.
// Source: RFC 6120 §4.3.2; XEP-0388 §2.1 (SASL2), XEP-0386 §3, XEP-0484 §3.1; XEP-0440 (channel bindings),
// XEP-0478 (limits), XEP-0115 §6.3 (caps).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/xml/element.hpp"

namespace omegate::xmpp {

/// `<authentication/>`: SASL2 and what can be done in the same step.
struct Sasl2Features {
  std::vector<std::string> mechanisms;
  bool resume = false;            // of a stream (XEP-0198)
  bool bind = false;              // Bind 2; with it:
  bool bind_management = false;   // stream management
  bool bind_carbons = false;      // message carbons
  std::vector<std::string> fast;  // mechanisms for tokens (XEP-0484)
};

struct Features {
  bool tls = false;
  std::vector<std::string> mechanisms;  // SASL1, in the server's order
  /// XEP-0440. Nothing: the server does not say. Empty: it says none.
  std::optional<std::vector<std::string>> channel_bindings;
  std::optional<Sasl2Features> sasl2;
  bool bind = false;
  bool session = false;  // must be asked for after bind (RFC 3921 without `<optional/>`)
  bool stream_management = false;
  bool roster_versions = false;
  std::string caps_node;                   // "node#ver" of the server's disco#info answer; empty if absent
  std::optional<std::uint64_t> max_bytes;  // of a stanza to the server
  std::optional<std::chrono::seconds> idle;
};

bool is_features(const xml::Element& element);

/// Unknown features are skipped; a broken number counts as absent.
Features parse_features(const xml::Element& features);

}  // namespace omegate::xmpp
