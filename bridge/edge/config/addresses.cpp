#include "bridge/edge/config/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::config {
namespace {

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || rest != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// Whether other machines are shut out; nothing if it is no numeric address of this family.
std::optional<bool> loopback(int family, const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(family, address.c_str(), bytes.data()) != 1) return std::nullopt;
  if (family == AF_INET) return bytes[0] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto byte) { return byte == 0; }) &&
         bytes.back() == 1;
}

}  // namespace

std::optional<std::string> bare_jid(std::string_view text) {
  const auto jid = xmpp::Jid::parse(text);
  if (!jid || !jid->is_bare() || jid->local().empty()) return std::nullopt;
  return jid->to_string();
}

std::optional<std::string> bare_jid_or_domain(std::string_view text) {
  const auto jid = xmpp::Jid::parse(text);
  if (!jid || !jid->is_bare()) return std::nullopt;
  return jid->to_string();
}

std::optional<crypto::PublicKey> fingerprint(std::string_view text) {
  const auto key = omemo::parse_fingerprint(text);
  if (!key) return std::nullopt;
  return *key;
}

std::optional<ListenAddress> listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = port_number(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::string address(host);
  const auto inside = loopback(bracketed ? AF_INET6 : AF_INET, address);
  if (!port || !inside) return std::nullopt;
  return ListenAddress{address, *port, *inside};
}

bool is_name(std::string_view text) {
  constexpr std::size_t longest_name = 32;
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return !text.empty() && text.size() <= longest_name &&
         letters.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace omegate::config
