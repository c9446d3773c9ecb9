// How webhooks are signed, those that come and those that go.
//
// Source: Standard Webhooks (standardwebhooks.com), GitHub's "Validating webhook deliveries".
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"

namespace omegate::gateway {

/// The bytes that sign: of `whsec_` and base64 what is encoded, of any other text itself.
Bytes signing_key(std::string_view secret);

/// "v1,…": one of the values of `webhook-signature`. `stamp` is `webhook-timestamp`, seconds since 1970.
std::string standard_signature(std::string_view secret, std::string_view id, std::string_view stamp,
                               std::string_view body);

/// "sha256=…": the value of `X-Hub-Signature-256`.
std::string github_signature(std::string_view secret, std::string_view body);

}  // namespace omegate::gateway
