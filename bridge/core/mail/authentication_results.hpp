// What our own mail server found out about a message's sender: SPF, DKIM, DMARC.
//
// Anybody can write such a field into a message. Only those that name our server count, and of each method only what
// stands furthest up: fields are added on top. Source: RFC 8601 §2.2, §5.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace omegate::mail {

struct AuthenticationResult {
  std::string method;  // lower case: "dkim", "spf", "dmarc"
  std::string result;  // lower case: "pass", "fail", "none" …
  std::string about;   // whom it is about: of dkim header.d, of spf smtp.mailfrom, of dmarc header.from; may be empty

  friend bool operator==(const AuthenticationResult&, const AuthenticationResult&) = default;
};

/// `fields` are the values of all Authentication-Results fields, topmost first. With an empty `authserv_id` nothing is
/// believed.
std::vector<AuthenticationResult> believed_results(const std::vector<std::string>& fields, std::string_view authserv_id);

/// Is the author's domain who sent it? By DMARC, else by a DKIM signature of that domain or one above it.
enum class Authenticity { unknown, pass, fail };
std::string_view to_text(Authenticity authenticity);
Authenticity authenticity(const std::vector<AuthenticationResult>& results, std::string_view author_domain);

}  // namespace omegate::mail
