// The stringprep profiles of XMPP and SASL, through ICU.
//
// ICU 72 has no PRECIS; the profiles here are what servers deployed today compare with.
// Source: RFC 3491 (nameprep), RFC 6122 (nodeprep, resourceprep), RFC 4013 (SASLprep).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace omegate::xmpp {

enum class Profile { nodeprep, nameprep, resourceprep, saslprep };

/// Nothing if `text` is not UTF-8 or has a character the profile forbids; in nodeprep and nameprep also one
/// that Unicode 3.2 did not know.
std::optional<std::string> prepare(Profile profile, std::string_view text);

}  // namespace omegate::xmpp
