// The example configuration is what operators begin with: its plugins must load with what it sets.
#include <gtest/gtest.h>

#include "bridge/edge/config/load.hpp"
#include "tests/plugins/bench.hpp"
#include "test_places.hpp"

namespace {

namespace config = omegate::config;
using omegate::test::PluginBench;

std::vector<std::string> secrets_of(const config::PluginSettings& settings) {
  std::vector<std::string> names;
  for (const auto& [name, source] : settings.secrets) names.push_back(name);
  return names;
}

TEST(ExampleConfiguration, FitsItsPlugins) {
  const std::filesystem::path source(OMEGATE_SOURCE_DIR);
  const auto settings = config::load_settings(source / "config/omegate.yaml",
                                              {.plugins_dir = source / "plugins", .check_files = false});
  EXPECT_EQ(settings.plugins.size(), 2U);
  for (const auto& settings_of : settings.plugins) {
    EXPECT_NO_THROW(PluginBench(settings_of.name, settings_of.config_json, secrets_of(settings_of)))
        << settings_of.name;
  }
}

}  // namespace
