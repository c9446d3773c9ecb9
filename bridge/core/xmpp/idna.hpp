// Domains as the DNS and certificates write them.
//
// Source: RFC 5891 (IDNA), UTS 46.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

/// "bücher.example" -> "xn--bcher-kva.example". ASCII names and address literals stay as they are.
/// Errors: `bad_jid`.
Result<std::string> ascii_domain(std::string_view domain);

}  // namespace omegate::xmpp
