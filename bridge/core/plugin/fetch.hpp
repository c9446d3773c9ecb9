// A handler's HTTP request to a host that the operator named, and what came of it. A body may be a file: its content
// stays in the gateway.
//
// Not here: the request itself (gateway/plugins/plugin_fetch), who may ask (grants.hpp), the function in Lua (worker/api).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {

using FetchHeaders = std::vector<std::pair<std::string, std::string>>;

/// How a response becomes a file: what it will be called. Not known: an empty text.
struct SaveAs {
  std::string name, media_type;

  friend bool operator==(const SaveAs&, const SaveAs&) = default;
};

struct Fetch {
  std::string host;  // as the operator calls it
  std::string method = "GET";
  std::string path = {};  // below the host's URL, with a query; empty: the URL itself
  FetchHeaders headers = {};
  std::string body = {};                                    // any bytes
  std::chrono::milliseconds timeout = default_fetch_limit;  // all attempts and pauses together
  std::optional<int> retries = {};                          // nothing: by the method
  std::size_t max_size = max_fetch_size;                    // of the response's body; of one that is saved up to `max_fetch_file`
  std::string body_file = {};                               // the handle of a file that is sent instead of `body`
  std::optional<SaveAs> save_as = {};                       // what a 2xx response brings becomes a file
};

struct Fetched {
  unsigned status = 0;       // 0: there is no response
  FetchHeaders headers = {};  // names in lower case; of two with one name both are there
  std::string body = {};     // any bytes
  std::string error = {};    // why there is no response: a sentence
  bool refused = false;      // it was not even tried: a mistake of the plugin, or the operator has to allow it
  std::optional<File> file = {};  // instead of a body, if it was saved
  bool final = false;        // there is no response, and the same request would have none again: what it brings is too large
};

/// Why the path does not stay below the host's URL, or is none; nothing: it does. Looks through percent-encoding, also a
/// repeated one, because some servers do, too.
std::optional<std::string> fault_of_path(std::string_view path);

/// Methods without a side effect, or whose repetition has none. Source: RFC 9110 §9.2.
bool is_safe_method(std::string_view method);
bool is_idempotent_method(std::string_view method);

}  // namespace omegate::plugin
