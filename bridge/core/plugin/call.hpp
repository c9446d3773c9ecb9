// What a handler asks while it runs, and the gateway answers at once: reading what the plugin keeps.
//
// Not here: writing, which is an effect (effect.hpp) and happens with all others when the handler returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace omegate::plugin {

struct KvGet {
  std::string key;
};

struct KvValue {
  std::optional<std::string> value;  // a JSON text; nothing: the key is not there
  std::string version;               // opaque; another one after each put
};

/// Keys in their order, those after `after`.
struct KvKeys {
  std::string prefix, after;
  std::size_t limit = 0;  // at most `max_kv_page`
};

struct KvPage {
  std::vector<std::string> keys;
  bool more = false;
};

/// What a zone's clock shows at a time, or (`local`) when it shows something.
struct ZoneAsk {
  std::string zone;  // "Europe/Berlin"
  std::int64_t time_ms = 0;
  bool local = false;  // `time_ms` is the wall's time, counted as if it were UTC
};

struct ZoneTime {
  bool known = false;        // there is such a zone
  std::int64_t time_ms = 0;  // UTC
  std::int64_t offset = 0;   // seconds that the zone is ahead of UTC then
};

/// The content of a small file that is text.
struct FileAsk {
  std::string handle;
};

struct FileText {
  std::optional<std::string> text;
  std::string reason;  // why there is none
};

/// What a handler has read: its effects count only while this still holds.
struct KvRead {
  std::string key, version;

  friend bool operator==(const KvRead&, const KvRead&) = default;
};

}  // namespace omegate::plugin
