// Addresses as people write them into the config: JIDs, domains, fingerprints, host:port.
//
// Inside edge/config only. Each returns nothing for what is none; the caller knows what to say about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/crypto/curve25519.hpp"

namespace omegate::config {

/// Prepared (lower case and so on). "alice@example.org", neither a domain nor a full JID.
std::optional<std::string> bare_jid(std::string_view text);

/// A bare JID or a domain.
std::optional<std::string> bare_jid_or_domain(std::string_view text);

std::optional<crypto::PublicKey> fingerprint(std::string_view text);

struct ListenAddress {
  std::string address;  // numeric
  std::uint16_t port = 0;
  bool loopback = false;
};

/// "127.0.0.1:8443", "[::1]:8443"; names are not looked up.
std::optional<ListenAddress> listen_address(std::string_view text);

/// A name that other parts of the config, the command line and URLs use: a-z, 0-9, '-', '_', starting with a
/// letter, at most 32 characters.
bool is_name(std::string_view text);

}  // namespace omegate::config
