// Addresses and identifiers of mails: which texts are ones. Nothing that could end a line, a bracket or a command is.
//
// Stricter than the grammar: no quoted local parts, no address literals, no comments, no folding.
// Source: RFC 5322 §3.4.1, §3.6.4; RFC 5321 §4.1.2; RFC 6531 §3.3 for what is not ASCII.
#pragma once

#include <string_view>

namespace omegate::mail {

/// "juliet@example.org"; what is not ASCII is well-formed UTF-8.
bool is_addr_spec(std::string_view text);

/// The part behind the '@'. `address` is one.
std::string_view domain_of(std::string_view address);

/// An address that only a server with SMTPUTF8 can be told. Source: RFC 6531.
bool needs_smtputf8(std::string_view address);

/// "<left@right>" in printable ASCII.
bool is_message_id(std::string_view text);

}  // namespace omegate::mail
