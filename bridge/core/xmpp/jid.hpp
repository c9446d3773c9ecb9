// Addresses.
//
// Prepared once, compared as bytes: whoever holds a `Jid` need not think of case or Unicode forms.
// The rules are those of the deployed servers (stringprep profiles of RFC 6122, through ICU), which agree
// with RFC 7622 on everything people use. Not here: display, URIs. Source: RFC 7622, RFC 6122.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

class Jid {
 public:
  /// Errors: `bad_jid` (also what is not UTF-8, unassigned, or longer than `max_jid_part` in a part).
  /// Cost: a copy for lower-case ASCII, some microseconds else.
  static Result<Jid> parse(std::string_view text);

  /// `romeo`, empty for a server.
  std::string_view local() const { return std::string_view(text_).substr(0, local_size_); }
  std::string_view domain() const { return std::string_view(text_).substr(domain_at(), domain_size_); }
  /// Empty for a bare JID.
  std::string_view resource() const;

  bool is_bare() const { return bare_size() == text_.size(); }
  Jid bare() const { return Jid(text_.substr(0, bare_size()), local_size_, domain_size_); }
  Jid server() const { return Jid(std::string(domain()), 0, domain_size_); }

  /// `a.bare() == b.bare()` without copies.
  bool same_bare(const Jid& other) const {
    return std::string_view(text_).substr(0, bare_size()) ==
           std::string_view(other.text_).substr(0, other.bare_size());
  }

  /// Errors: `bad_jid`.
  Result<Jid> with_resource(std::string_view resource) const;

  const std::string& to_string() const { return text_; }

  friend bool operator==(const Jid& a, const Jid& b) { return a.text_ == b.text_; }
  friend std::strong_ordering operator<=>(const Jid& a, const Jid& b) { return a.text_ <=> b.text_; }

 private:
  Jid(std::string text, std::size_t local_size, std::size_t domain_size)
      : text_(std::move(text)),
        local_size_(static_cast<std::uint16_t>(local_size)),
        domain_size_(static_cast<std::uint16_t>(domain_size)) {}

  std::size_t domain_at() const { return local_size_ == 0 ? 0u : local_size_ + 1u; }
  std::size_t bare_size() const { return domain_at() + domain_size_; }

  std::string text_;
  std::uint16_t local_size_, domain_size_;
};

}  // namespace omegate::xmpp
