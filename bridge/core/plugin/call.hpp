// What a handler asks while it runs, and the gateway answers at once: reading what the plugin keeps.
//
// Not here: writing, which is an effect (effect.hpp) and happens with all others when the handler returns.
#pragma once

#include <cstddef>
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

/// What a handler has read: its effects count only while this still holds.
struct KvRead {
  std::string key, version;

  friend bool operator==(const KvRead&, const KvRead&) = default;
};

}  // namespace omegate::plugin
