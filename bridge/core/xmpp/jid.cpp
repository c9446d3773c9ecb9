#include "bridge/core/xmpp/jid.hpp"

#include <algorithm>
#include <optional>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/stringprep.hpp"

namespace omegate::xmpp {
namespace {

// Preparing may lengthen a part; more than this before it is never an address.
constexpr std::size_t max_unprepared = 3 * (3 * max_jid_part + 2);

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Prepared twice: an address must be a fixed point, or comparing would depend on how often it travelled.
std::optional<std::string> prepare_stable(Profile profile, std::string_view text) {
  const auto once = prepare(profile, text);
  if (!once) return std::nullopt;
  const auto twice = prepare(profile, *once);
  if (twice != once) return std::nullopt;
  return once;
}

std::optional<std::string> checked(std::optional<std::string> part) {
  if (!part || part->empty() || part->size() > max_jid_part) return std::nullopt;
  return part;
}

std::optional<std::string> prepare_local(std::string_view text) {
  auto part = is_printable_ascii(text) ? lower_ascii(text) : prepare_stable(Profile::nodeprep, text);
  if (part && part->find_first_of(" \"&'/:<>@") != std::string::npos) return std::nullopt;
  return checked(std::move(part));
}

std::optional<std::string> prepare_resource(std::string_view text) {
  return checked(is_printable_ascii(text) ? std::string(text) : prepare_stable(Profile::resourceprep, text));
}

bool is_domain_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// "[::1]"
bool is_ipv6_literal(std::string_view domain) {
  return domain.size() > 4 && domain.front() == '[' && domain.back() == ']' &&
         domain.find_first_not_of("0123456789abcdef:.", 1) == domain.size() - 1;
}

/// Dot-separated labels, none empty. What IDNA calls dots is a dot.
bool is_domain(std::string_view domain) {
  if (is_ipv6_literal(domain)) return true;
  if (domain.empty() || domain.front() == '.' || domain.back() == '.') return false;
  if (domain.find("..") != std::string_view::npos) return false;
  return std::all_of(domain.begin(), domain.end(), is_domain_char);
}

std::string with_ascii_dots(std::string text) {
  for (const std::string_view dot : {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"}) {
    for (std::size_t at; (at = text.find(dot)) != std::string::npos;) text.replace(at, dot.size(), ".");
  }
  return text;
}

std::optional<std::string> prepare_domain(std::string_view text) {
  std::optional<std::string> part;
  if (is_printable_ascii(text)) {
    part = lower_ascii(text);
  } else {
    part = prepare_stable(Profile::nameprep, with_ascii_dots(std::string(text)));
  }
  if (part && part->ends_with('.')) part->pop_back();
  if (!part || !is_domain(*part)) return std::nullopt;
  return checked(std::move(part));
}

}  // namespace

Result<Jid> Jid::parse(std::string_view text) {
  if (text.size() > max_unprepared) return Error::bad_jid;
  const std::size_t slash = text.find('/');
  const std::string_view bare = text.substr(0, slash);
  const std::size_t at = bare.find('@');
  const auto domain = prepare_domain(at == std::string_view::npos ? bare : bare.substr(at + 1));
  if (!domain) return Error::bad_jid;
  std::string whole;
  std::size_t local_size = 0;
  if (at != std::string_view::npos) {
    const auto local = prepare_local(bare.substr(0, at));
    if (!local) return Error::bad_jid;
    local_size = local->size();
    whole = *local + '@';
  }
  whole += *domain;
  const Jid jid(std::move(whole), local_size, domain->size());
  if (slash == std::string_view::npos) return jid;
  return jid.with_resource(text.substr(slash + 1));
}

std::string_view Jid::resource() const {
  return is_bare() ? std::string_view() : std::string_view(text_).substr(bare_size() + 1);
}

Result<Jid> Jid::with_resource(std::string_view resource) const {
  if (resource.size() > max_unprepared) return Error::bad_jid;
  const auto prepared = prepare_resource(resource);
  if (!prepared) return Error::bad_jid;
  return Jid(text_.substr(0, bare_size()) + '/' + *prepared, local_size_, domain_size_);
}

}  // namespace omegate::xmpp
