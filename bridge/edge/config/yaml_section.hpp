// Reads one YAML mapping key by key, and remembers what was wrong and what nobody asked for.
//
// Inside edge/config only: nobody else sees yaml-cpp. Not here: which keys there are (load*.cpp).
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/edge/config/load.hpp"

namespace omegate::config {

/// The faults found so far, and where paths and files count from.
class Reading {
 public:
  Reading(std::filesystem::path file, const LoadOptions& options)
      : file_(std::move(file)), options_(options) {}

  void fault(const YAML::Mark& mark, std::string text);
  std::string place(const YAML::Mark& mark) const;  // "omegate.yaml:3:7"

  std::filesystem::path absolute(const std::string& path) const;
  const LoadOptions& options() const { return options_; }
  const std::filesystem::path& file() const { return file_; }
  std::vector<ConfigFault> take_faults() { return std::move(faults_); }
  bool has_faults() const { return !faults_.empty(); }

 private:
  std::filesystem::path file_;
  LoadOptions options_;
  std::vector<ConfigFault> faults_;
};

/// A node with the words for messages about it: "accounts.bot.port".
struct Value {
  YAML::Node node;
  std::string path;
};

/// What stands there, for messages: `the text "abc"`, `a list`, `nothing`.
std::string describe(const YAML::Node& node);

/// A scalar that YAML itself would read as text; quotes are not needed for names and addresses, so a plain
/// number is taken too where `text` is asked for.
bool is_scalar(const YAML::Node& node);

template <class Choice>
using Choices = std::span<const std::pair<std::string_view, Choice>>;

class YamlSection {
 public:
  /// A node that is no mapping is a fault and reads as an empty one.
  YamlSection(Reading& reading, Value value);

  /// The key's value; from then on the key is known. Nothing if absent or null.
  std::optional<Value> take(std::string_view key);

  std::optional<std::string> text(std::string_view key, std::string_view expected);
  std::optional<bool> flag(std::string_view key);
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least, std::uint64_t most,
                                      std::string_view unit);
  std::vector<std::pair<Value, std::string>> texts(std::string_view key, std::string_view expected);
  std::vector<std::pair<std::string, Value>> entries();  // all keys, for mappings with free names

  template <class Choice>
  std::optional<Choice> choice(std::string_view key, Choices<Choice> choices) {
    const auto value = take(key);
    if (!value) return std::nullopt;
    std::string names;
    for (const auto& [name, meaning] : choices) {
      if (is_scalar(value->node) && value->node.Scalar() == name) return meaning;
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    wrong(*value, "one of " + names);
    return std::nullopt;
  }

  /// "`path`: expected `expected`, found …": the usual sentence.
  void wrong(const Value& value, std::string_view expected, std::string_view advice = {});
  /// A key that must be there is not.
  void missing(std::string_view key, std::string_view what);
  void fault(const Value& value, std::string text) { reading_.fault(value.node.Mark(), std::move(text)); }

  /// Call last: keys that nobody took are faults, with the nearest known key named.
  void finish();

  Reading& reading() { return reading_; }
  const Value& value() const { return value_; }

 private:
  std::string name_of(std::string_view key) const;

  Reading& reading_;
  Value value_;
  std::set<std::string, std::less<>> known_;
};

/// The value as text, or a fault. For list elements and free names; sections have `text`.
std::optional<std::string> as_plain_text(Reading& reading, const Value& value, std::string_view expected);

}  // namespace omegate::config
