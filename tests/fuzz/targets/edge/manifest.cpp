// Laws: a manifest is refused with the place of each mistake, or one that this gateway speaks; filling the
// defaults into an operator's settings, and checking them, comes to an end: a second time changes nothing.
//
// Input: plugin.yaml, a line "%%", the settings as JSON.
#include "bridge/edge/config/manifest.hpp"

#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

constexpr std::string_view separator = "\n%%\n";

std::optional<plugin::Manifest> read(const std::string& yaml) {
  try {
    return config::parse_manifest(yaml, "plugin.yaml");
  } catch (const config::ConfigError& error) {
    require(!error.faults().empty(), "who refuses says why");
    for (const auto& fault : error.faults()) {
      require(fault.file == "plugin.yaml" && !fault.text.empty() && fault.line >= 0,
              "a fault says what and where");
    }
    return std::nullopt;
  }
}

void check_settings(const std::vector<plugin::Field>& schema, std::string_view settings) {
  const plugin::CheckedConfig once = plugin::check_config(schema, settings);
  require(plugin::parse_object(once.json).has_value(), "what a plugin gets is an object");
  for (const auto& problem : once.problems) require(!plugin::to_text(problem).empty(), "a problem says what");
  if (!once.problems.empty()) return;
  const plugin::CheckedConfig again = plugin::check_config(schema, once.json);
  require(again.problems.empty(), "what was good stays good with its defaults");
  require(again.json == once.json && again.jids == once.jids && again.secrets == once.secrets &&
              again.accounts == once.accounts,
          "the second time changes nothing");
}

}  // namespace

void fuzz_manifest(ByteView input) {
  const std::string_view text = as_text(input);
  const std::size_t end = std::min(text.find(separator), text.size());
  const auto manifest = read(std::string(text.substr(0, end)));
  if (!manifest) return;
  require(plugin::check(*manifest).empty(), "a manifest that was taken is usable");
  require(manifest->api >= plugin::oldest_api && manifest->api <= plugin::newest_api, "it speaks our API");
  for (const auto& grant : plugin::describe(manifest->grants)) require(!grant.empty(), "a grant can be read");
  check_settings(manifest->config, "{}");
  if (end < text.size()) check_settings(manifest->config, text.substr(end + separator.size()));
}

}  // namespace omegate::fuzz
