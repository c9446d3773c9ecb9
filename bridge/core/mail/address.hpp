// Addresses as the envelope has them, and which of them are ours.
//
// Not here: addresses in a message's header (edge/mime).
// Source: RFC 5321 §4.1.2, RFC 6531 §3.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace omegate::mail {

/// "local@domain". The domain may be missing in `<postmaster>` only, which every server knows.
struct Address {
  std::string local;   // without quotes and backslashes
  std::string domain;  // lower case (ASCII); an address literal with its brackets

  bool is_ascii() const;
  /// As it stands in a command, quoted where it must be.
  std::string to_string() const;

  friend bool operator==(const Address&, const Address&) = default;
};

/// What stands between `<` and `>`, which is not empty. A source route in front is dropped (RFC 5321 §4.1.1.3).
/// Nothing: it is no address. No control character ever passes.
std::optional<Address> parse_address(std::string_view text);

/// Which addresses mail is taken for: "alerts@example.org", "bot+*@example.org", "nas" (in any domain), "*@example.org".
/// A `*` in the local part stands for anything, nothing too; there is one at most. Upper and lower case are alike.
class AddressPattern {
 public:
  /// Nothing: it is none.
  static std::optional<AddressPattern> parse(std::string_view text);

  bool matches(const Address& address) const;

 private:
  std::string before_, after_;  // of the local part, lower case
  bool star_ = false;
  std::string domain_;  // empty: any
};

}  // namespace omegate::mail
