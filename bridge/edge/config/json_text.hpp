// A YAML value as JSON text, for settings whose shape only a plugin knows.
//
// Inside edge/config only.
#pragma once

#include <map>
#include <string>

#include "bridge/edge/config/yaml_section.hpp"

namespace omegate::config {

struct JsonText {
  std::string text;
  /// Where each value stands in the file, by its path: {"hooks/alerts/to/0": "omegate.yaml:12:9"}.
  std::map<std::string, std::string> places;
};

/// Types scalars by YAML 1.2's core schema: null, true/false, integers, decimals; everything else, and all
/// that is quoted, is text (so `no` is a word and `0123` is not octal but text). What JSON cannot say
/// (infinity, tags, a key that is no text) is a fault, and so is what grows beyond `max_config_size` through
/// anchors.
JsonText to_json(Reading& reading, const Value& value);

}  // namespace omegate::config
