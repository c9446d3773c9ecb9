// Which hook a request is for, and what its sender expects for an answer: senders of push services know one
// server, and put the topic, their own paths or only a token into the request.
//
//   /hooks/alerts, /hooks/alerts/WORD        ours; WORD makes the address unguessable
//   /alerts, and / with {"topic": "alerts"}  ntfy
//   /message, /hooks/alerts/message          Gotify; alone it is the token that says which hook
//   /v2/send, /hooks/alerts/v2/send          signal-cli-rest-api, likewise
//
// Source: docs.ntfy.sh/publish, gotify.net/api-docs, bbernhard.github.io/signal-cli-rest-api.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/http/server.hpp"

namespace omegate::gateway {

/// The prefix all hooks are served under.
inline constexpr std::string_view hooks_prefix = "/hooks";

struct HookAddress {
  std::string path = {};  // "/alerts/v2/send", of the hook and what follows; empty: the token says which hook
  std::string endpoint = {};  // of a sender that named no hook: "message", "v2/send"
  bool expects_ntfy = false;  // the sender takes us for an ntfy server
};

/// Reads the request's path, and its body only for ntfy's `POST /`.
HookAddress hook_address(const http::Request& request);

/// What follows the hook's own path, "/WORD/v2/send", taken apart.
struct BelowHook {
  std::string word;      // makes the address unguessable; may be empty
  std::string endpoint;  // may be empty
};

/// Nothing: there is no such place below a hook.
std::optional<BelowHook> below_hook(std::string_view rest);

/// signal-cli-rest-api's clients ask first what it can.
http::Response about_answer();

/// The answer to a request that is stored, in the form its sender reads. `id`: 24 hex digits.
http::Response hook_answer(const HookAddress& address, std::string_view endpoint, std::string_view hook,
                           const std::string& id, WallTime now);

}  // namespace omegate::gateway
