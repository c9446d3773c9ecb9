// The frames between gateway and plugin worker: a length, then one JSON object. The page for authors of
// workers in other languages is docs/plugin-frames.md.
//
// Sans-io: bytes in, structs out. The socket is edge/workers, the worker's loop is worker/session.
#pragma once

#include <cstdint>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/plugin/avatar.hpp"
#include "bridge/core/plugin/call.hpp"
#include "bridge/core/plugin/command.hpp"
#include "bridge/core/plugin/effect.hpp"
#include "bridge/core/plugin/endpoint.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/fetch.hpp"
#include "bridge/core/plugin/metric.hpp"
#include "bridge/core/plugin/program.hpp"
#include "bridge/core/plugin/schedule.hpp"

namespace omegate::plugin {

// ---- gateway → worker

/// The first frame: what the plugin is. Secrets are names; their values stay in the gateway.
struct Load {
  std::string plugin;
  int api = 1;
  std::map<std::string, std::string> sources;  // "init.lua" → its text; others by `require "name"`
  std::string config = "{}";                   // a JSON object, already checked against the manifest
  std::vector<std::string> secrets;
  std::vector<std::string> accounts;
  std::vector<std::string> hosts = {};  // names of those it may call
  std::string mail_domain = {};         // of the address that mails come from; empty: there are none
  std::string mail_seed = {};           // of their identifiers; another one each time
  std::vector<ProgramUsage> programs = {};  // that it may have run
};

struct Stop {};

using ToWorker = std::variant<Load, Event, Stop, KvValue, KvPage, ZoneTime, FileText, AvatarSeen, Fetched>;

// ---- worker → gateway

struct Hook {
  std::string path;    // "/alerts": served below the gateway's prefix for hooks
  std::string secret;  // name of the bearer token that opens it
  std::vector<std::string> methods;
  std::optional<Endpoint> endpoint = {};  // then `path` is a pattern, and the whole address

  friend bool operator==(const Hook&, const Hook&) = default;
};

/// The plugin is loaded; this is what it listens to.
struct Ready {
  std::vector<Hook> hooks;
  std::vector<Command> commands;
  std::vector<EventKind> subscriptions;
  bool kv = false;  // it keeps values
  std::vector<Schedule> schedules = {};
  std::vector<std::string> topics = {};  // that it hears of
  std::vector<Metric> metrics = {};
};

/// The handler returned: these effects belong to it, in this order.
struct Done {
  std::string id;
  std::vector<Effect> effects;
  std::vector<KvRead> reads = {};  // what it builds upon
  std::vector<Sample> samples = {};  // counted when the effects are committed
};

/// The handler failed; nothing it staged counts.
struct Failed {
  std::string id;
  std::string error;      // "init.lua:12: attempt to index a nil value", or the text of P.fail
  std::string traceback;  // with an excerpt of the source; empty when expected
  bool expected = false;  // the plugin said so by P.fail: the text is for the user
  std::optional<std::chrono::seconds> again_in = {};  // by P.retry: the event comes again then, or later
};

struct Log {
  enum class Level { info, warn, error };
  Level level = Level::info;
  std::string text;
};

/// The plugin did not load; the worker ends after this.
struct LoadFailed {
  std::string error;
  std::string traceback;
};

using ToGateway = std::variant<Ready, Done, Failed, Log, LoadFailed, KvGet, KvKeys, ZoneAsk, FileAsk, AvatarAsk, Fetch>;

/// The whole frame, length included. Strings that are not UTF-8 are mended with U+FFFD.
/// Errors: `frame_too_large`, `frame_not_json` (a `config` or `payload` that is not a JSON object).
Result<std::string> encode(const ToWorker& frame);
Result<std::string> encode(const Event& event);  // without a copy of it
Result<std::string> encode(const ToGateway& frame);

/// One frame's text, without its length. Unknown members are ignored, unknown types are not.
/// Errors: `frame_not_json`, `unknown_frame`, `missing_member`, `wrong_member`.
Result<ToWorker> parse_to_worker(std::string_view json);
Result<ToGateway> parse_to_gateway(std::string_view json);

}  // namespace omegate::plugin
