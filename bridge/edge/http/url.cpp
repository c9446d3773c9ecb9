#include "bridge/edge/http/url.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "bridge/edge/http/limits.hpp"

namespace omegate::http {
namespace {

constexpr std::size_t max_host = 253;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), &lower);
  return out;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= max_host && host.front() != '.' && host.front() != '-' &&
         host.find("..") == host.npos && std::all_of(host.begin(), host.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
         });
}

bool is_address_6(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
  });
}

std::uint16_t parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    throw std::invalid_argument("its port is no number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

void parse_authority(std::string_view text, Origin& origin) {
  if (text.find('@') != text.npos) {
    throw std::invalid_argument("it has a user name or password in it; set them apart from the URL");
  }
  std::string_view host = text, rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) throw std::invalid_argument("the bracket around its address is not closed");
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!is_address_6(host)) throw std::invalid_argument("what is in the brackets is no IPv6 address");
  } else {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    if (colon != text.npos) rest = text.substr(colon);
    if (host.ends_with('.')) host.remove_suffix(1);
    if (!is_host_name(host)) {
      throw std::invalid_argument("its host is no name or address (names beyond ASCII are written as xn--…)");
    }
  }
  origin.host = lowered(host);
  origin.port = origin.secure ? 443 : 80;
  if (rest.empty()) return;
  if (!rest.starts_with(':')) throw std::invalid_argument("something stands between its host and its port");
  if (rest.size() > 1) origin.port = parse_port(rest.substr(1));
}

std::string_view without_fragment(std::string_view text) { return text.substr(0, text.find('#')); }

/// RFC 3986 §5.2.4 for a path that begins with a slash.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    const bool last = end == path.size();
    path.remove_prefix(end);
    if (segment == "/..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
      if (last) out += '/';
    } else if (segment == "/.") {
      if (last) out += '/';
    } else {
      out += segment;
    }
  }
  return out.empty() ? "/" : out;
}

}  // namespace

std::string Origin::authority() const {
  std::string text = host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != (secure ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::text() const { return (origin.secure ? "https://" : "http://") + origin.authority() + target; }

bool is_target(std::string_view text) {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
  });
}

Url parse_url(std::string_view text) {
  if (text.size() > max_url) throw std::invalid_argument("it is longer than " + std::to_string(max_url) + " bytes");
  Url url;
  const std::string scheme = lowered(text.substr(0, text.find("://")));
  if (scheme == "http") {
    url.origin.secure = false;
  } else if (scheme != "https") {
    throw std::invalid_argument("it does not begin with https:// or http://");
  }
  text = without_fragment(text.substr(scheme.size() + 3));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  parse_authority(text.substr(0, end), url.origin);
  const std::string_view rest = text.substr(end);
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (!is_target(url.target)) {
    throw std::invalid_argument("its path holds a character that has to be percent-encoded");
  }
  return url;
}

Url resolve(const Url& base, std::string_view reference) {
  const std::size_t colon = reference.find(':');
  if (colon != reference.npos && colon < reference.find_first_of("/?#")) return parse_url(reference);
  if (reference.starts_with("//")) {
    return parse_url((base.origin.secure ? "https:" : "http:") + std::string(reference));
  }
  reference = without_fragment(reference);
  const std::string path = base.target.substr(0, base.target.find('?'));
  const std::size_t query_at = std::min(reference.find('?'), reference.size());
  const std::string_view relative = reference.substr(0, query_at), query = reference.substr(query_at);
  Url url = base;
  if (relative.empty()) {
    url.target = query.empty() ? base.target : path + std::string(query);
  } else {
    const std::string joined = relative.starts_with('/') ? std::string(relative)
                                                         : path.substr(0, path.rfind('/') + 1) + std::string(relative);
    url.target = without_dots(joined) + std::string(query);
  }
  return parse_url(url.text());
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

}  // namespace omegate::http
