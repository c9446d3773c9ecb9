// What a server offers at the start of a stream: `<stream:features/>`.
//
// Offers of before TLS are forgotten with that stream; never use them after it.
// Source: RFC 6120 §4.3.2; XEP-0440 (channel bindings), XEP-0478 (limits), XEP-0115 §6.3 (caps).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/xml/element.hpp"

namespace omegate::xmpp {

struct Features {
  bool tls = false;
  std::vector<std::string> mechanisms;  // SASL1, in the server's order
  /// XEP-0440. Nothing: the server does not say. Empty: it says none.
  std::optional<std::vector<std::string>> channel_bindings;
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
