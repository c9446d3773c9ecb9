// Whether a request comes from somebody who has the hook's secret: by a token, or by a signature over its raw
// bytes.
//
// A signature, where there is one, decides alone. Not here: which hook is asked (hook_address), what the
// request says. Source: RFC 6750, RFC 7617; docs.github.com "Validating webhook deliveries"; docs.gitea.com
// "Webhooks"; GitLab "Validate payloads"; Standard Webhooks 1.0, "Signature scheme".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/http/server.hpp"

namespace omegate::gateway {

/// What a request proved.
struct HookProof {
  bool good = false;
  std::string problem;  // why not: for the sender, without anything secret
  std::string once;  // names this delivery, and is proved as well: a second one of this name is a repetition
};

/// `words` are those that open the hook; `in_url` what its sender put behind its path. Everything secret is compared
/// in constant time.
HookProof prove(const http::Request& request, std::string_view secret, std::span<const std::string> words,
                std::string_view in_url, WallTime now);

/// A token alone, for senders that name no hook.
bool has_token(const http::Request& request, std::string_view secret);

/// Exactly `Authorization: Bearer SECRET`, compared in constant time.
bool has_bearer(const http::Request& request, std::string_view secret);

/// The word that makes a hook's address unguessable. It follows from the secret, and the secret not from it. `number`
/// counts the addresses the hook has had.
std::string url_word(std::string_view secret, std::string_view path, std::int64_t number = 0);

/// Whether a header may hold a secret, a session or a signature: no plugin gets it, and nothing keeps it. `name` in
/// lower case.
bool is_secret_header(std::string_view name);

/// The query without the tokens in it.
std::string without_tokens(std::string_view query);

}  // namespace omegate::gateway
