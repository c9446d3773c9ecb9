// The Lua text of the part of `P` that is written in Lua. Each chunk gets the members of P and the native
// functions.
//
// They take what they need into locals at once: a plugin may change `string.match`, and that must not change
// P.
#pragma once

#include <string_view>

namespace omegate::worker::library {

extern const std::string_view guards;    // for the parts behind it
extern const std::string_view periods;   // P.period
extern const std::string_view commands;  // P.command
extern const std::string_view keeping;   // P.kv
extern const std::string_view ids;       // P.ids
extern const std::string_view times;     // P.time, P.after, P.at, P.every, P.cron
extern const std::string_view fetching;   // P.fetch
extern const std::string_view questions;  // ev:ask
extern const std::string_view expressions;  // P.re
extern const std::string_view metrics;      // P.metrics

}  // namespace omegate::worker::library
