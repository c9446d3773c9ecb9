#include "bridge/core/plugin/reference/reference_text.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

#include "test_places.hpp"

namespace {

using namespace omegate::plugin::reference;
using testing::HasSubstr;

const Entry& entry(std::string_view name) {
  for (const Section& section : sections())
    for (const Entry& each : section.entries)
      if (each.name == name) return each;
  throw std::runtime_error("no such entry");
}

TEST(PluginReferencePage, IsAsTheProgramWritesIt) {
  std::ifstream file(OMEGATE_SOURCE_DIR "/docs/plugin-reference.md");
  const std::string written{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(written == page()) << "docs/plugin-reference.md is not what the table says; write it anew: "
                                    "omegate plugin reference > docs/plugin-reference.md";
}

TEST(PluginReferencePage, SaysSomethingOfEachFunctionOnce) {
  std::set<std::string_view> names;
  for (const Section& section : sections()) {
    for (const Entry& each : section.entries) {
      EXPECT_TRUE(names.insert(each.name).second) << each.name;
      EXPECT_FALSE(each.about.empty()) << each.name;
      EXPECT_FALSE(each.example.empty()) << each.name;
    }
  }
  EXPECT_GT(names.size(), 70u);
}

TEST(PluginReferencePage, ShowsHowFunctionsAreCalled) {
  EXPECT_EQ(call(entry("P.send")), "P.send(to, text, [opts])");
  EXPECT_EQ(call(entry("P.command")), "P.command(usage, help, [opts], handler)");
  EXPECT_EQ(call(entry("Event:reply")), "ev:reply(text, [opts])");
  EXPECT_EQ(call(entry("P.react")), "P.react(message, …)");
  EXPECT_EQ(call(entry("P.name")), "P.name");
}

TEST(PluginStubs, DeclareFunctionsWithTheirTypes) {
  const std::string text = stubs();
  EXPECT_THAT(text, HasSubstr("---@param to string\n---@param text string\n---@param opts? omegate.SendOptions\n"
                              "---@return string handle\nfunction P.send(to, text, opts) end\n"));
  EXPECT_THAT(text, HasSubstr("---@overload fun(usage: string, help: string, handler: fun(cmd: omegate.Event))\n"
                              "function P.command(usage, help, opts, handler) end\n"));
  EXPECT_THAT(text, HasSubstr("---@class omegate.Expression\nlocal Expression = {}\n"));
  EXPECT_THAT(text, HasSubstr("function Expression:replace(text, with, most) end\n"));
  EXPECT_THAT(text, HasSubstr("---@field reply_to? omegate.Reference # what it answers\n"));
  EXPECT_THAT(text, HasSubstr("---@return any value\n---@return string? reason\nfunction P.json.decode(text) end\n"));
}

}  // namespace
