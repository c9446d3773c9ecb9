#include "bridge/core/omemo/verification_uri.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"

namespace omegate::omemo {
namespace {

constexpr std::string_view scheme = "xmpp:", device_parameter = "omemo-sid-";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~@!$'()*+,:/").find(c) != std::string_view::npos;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<Byte>(c);
      out += '%';
      out += crypto::to_hex({&byte, 1});
    }
  }
  return out;
}

/// A '%' that begins no escape stays as it is.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? crypto::from_hex(text.substr(i + 1, 2))
                                                            : Result<Bytes>(crypto::Error::bad_encoding);
    if (byte) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return lower(std::string(text.substr(0, prefix.size()))) == prefix;
}

/// The part behind "xmpp:" or behind the "/i/" of a share link.
std::optional<std::string_view> address_and_query(std::string_view text) {
  if (starts_with_ignoring_case(text, scheme)) return text.substr(scheme.size());
  if (!starts_with_ignoring_case(text, "https://")) return std::nullopt;
  constexpr std::string_view marker = "/i/";
  const std::size_t place = text.find(marker);
  if (place == std::string_view::npos) return std::nullopt;
  return text.substr(place + marker.size());
}

std::optional<DeviceId> read_device(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const auto device = make_device_id(number);
  return device ? std::optional(*device) : std::nullopt;
}

void read_parameter(const std::string& name, const std::string& value, VerificationUri& uri) {
  const auto key = parse_fingerprint(value);
  if (!key) return;
  if (name == "omemo") uri.any_device.push_back(*key);
  if (name == "trust") uri.trust_ed.push_back(*key);
  if (name == "distrust") uri.distrust_ed.push_back(*key);
  if (!name.starts_with(device_parameter)) return;
  if (const auto device = read_device(std::string_view(name).substr(device_parameter.size()))) {
    uri.devices.push_back({*device, *key});
  }
}

void read_query(std::string_view query, VerificationUri& uri) {
  bool is_first = true;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of(";&"), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      if (is_first) uri.action = lower(unescaped(part));
    } else {
      read_parameter(lower(unescaped(part.substr(0, equals))), lower(unescaped(part.substr(equals + 1))),
                     uri);
    }
    is_first = false;
  }
}

}  // namespace

std::string make_verification_uri(std::string_view bare_jid, std::span<const DeviceFingerprint> devices) {
  std::string uri = std::string(scheme) + escaped(bare_jid);
  char separator = '?';
  for (const DeviceFingerprint& each : devices) {
    uri += separator;
    uri += device_parameter;
    uri += std::to_string(each.device.value()) + '=' + crypto::to_hex(each.curve);
    separator = ';';
  }
  return uri;
}

Result<VerificationUri> parse_verification_uri(std::string_view text) {
  auto rest = address_and_query(text);
  if (!rest) return Error::bad_uri;
  while (rest->starts_with('/')) rest->remove_prefix(1);  // an authority form: "xmpp://"
  const std::string_view without_fragment = rest->substr(0, rest->find('#'));
  const std::size_t mark = std::min(without_fragment.find('?'), without_fragment.size());
  VerificationUri uri;
  uri.jid = unescaped(without_fragment.substr(0, mark));
  if (uri.jid.empty()) return Error::bad_uri;
  if (mark < without_fragment.size()) read_query(without_fragment.substr(mark + 1), uri);
  return uri;
}

}  // namespace omegate::omemo
