#include "bridge/core/mail/address.hpp"

#include <algorithm>

#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > max_domain) return false;
  if (text.front() == '[') {
    return text.size() > 2 && text.back() == ']' &&
           std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) { return is_alphanumeric(c) || c == '.' || c == ':' || c == '-'; });
  }
  return is_dotted(text, [](char c) { return is_alphanumeric(c) || !is_ascii(c) || c == '-' || c == '_'; });
}

/// `"quoted \" text"`, from its first quote on: what it means, and what is behind it. Nothing: it is none.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string plain;
  for (std::size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return plain;
    }
    if (c == '\\' && ++i < text.size()) c = text[i];
    if (is_control(c)) return std::nullopt;
    plain += c;
  }
  return std::nullopt;
}

}  // namespace

bool Address::is_ascii() const { return mail::is_ascii(local) && mail::is_ascii(domain); }

std::string Address::to_string() const {
  std::string text;
  if (is_dot_atom(local)) {
    text = local;
  } else {
    text = "\"";
    for (const char c : local) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return domain.empty() ? text : text + "@" + domain;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > max_path) return std::nullopt;
  if (text.starts_with('@')) {
    const auto colon = text.find(':');
    if (colon == text.npos) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
  if (lower(text) == "postmaster") return Address{"postmaster", {}};
  Address address;
  if (text.starts_with('"')) {
    auto local = take_quoted(text);
    if (!local || !text.starts_with('@')) return std::nullopt;
    address.local = std::move(*local);
  } else {
    const auto at = text.rfind('@');
    if (at == text.npos || !is_dot_atom(text.substr(0, at))) return std::nullopt;
    address.local = text.substr(0, at);
    text.remove_prefix(at);
  }
  address.domain = lower(text.substr(1));
  if (address.local.empty() || address.local.size() > max_local_part || !is_domain(address.domain)) return std::nullopt;
  return address;
}

std::optional<AddressPattern> AddressPattern::parse(std::string_view text) {
  if (text.size() > max_pattern) return std::nullopt;
  AddressPattern pattern;
  const auto at = text.rfind('@');
  if (at != text.npos) {
    pattern.domain_ = lower(text.substr(at + 1));
    if (!is_domain(pattern.domain_)) return std::nullopt;
  }
  const std::string local = lower(text.substr(0, at));
  const auto star = local.find('*');
  if (local.empty() || local.find('*', star == local.npos ? star : star + 1) != local.npos) return std::nullopt;
  if (std::ranges::any_of(local, [](char c) { return is_control(c) || c == ' ' || c == '@'; })) return std::nullopt;
  pattern.star_ = star != local.npos;
  pattern.before_ = local.substr(0, star);
  if (pattern.star_) pattern.after_ = local.substr(star + 1);
  return pattern;
}

bool AddressPattern::matches(const Address& address) const {
  if (!domain_.empty() && address.domain != domain_) return false;
  const std::string local = lower(address.local);
  if (!star_) return local == before_;
  return local.size() >= before_.size() + after_.size() && local.starts_with(before_) && local.ends_with(after_);
}

}  // namespace omegate::mail
