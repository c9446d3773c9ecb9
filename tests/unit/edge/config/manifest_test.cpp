#include "bridge/edge/config/manifest.hpp"

#include <gmock/gmock.h>

namespace {

using namespace omegate;
using config::ConfigError;
using config::parse_manifest;
using plugin::FieldType;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string head = "name: dice\nversion: \"1.0\"\napi: 1\n";

std::string complaint(const std::string& yaml) {
  try {
    parse_manifest(yaml, "plugin.yaml");
    return "it is fine";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(Manifest, GrantsNothingByDefault) {
  const auto manifest = parse_manifest(head, "plugin.yaml");
  EXPECT_EQ(manifest.name, "dice");
  EXPECT_EQ(manifest.version, "1.0");
  EXPECT_TRUE(describe(manifest.grants).empty());
}

TEST(Manifest, IsOneDocument) {
  EXPECT_THAT(complaint(head + "---\ngrants: {hooks: true}\n"), HasSubstr("a second document begins here"));
}

TEST(Manifest, ReadsGrants) {
  const auto grants = parse_manifest(head +
                                         "grants:\n  send_to: [config, sender, a@b]\n  hooks: true\n"
                                         "  messages: true\n  accounts: [config, bot]\n",
                                     "plugin.yaml")
                          .grants;
  EXPECT_TRUE(grants.send_to_config && grants.send_to_sender && grants.hooks && grants.messages);
  EXPECT_FALSE(grants.send_to_anyone || grants.keys || grants.any_account);
  EXPECT_THAT(grants.send_to, ElementsAre("a@b"));
  EXPECT_THAT(grants.accounts, ElementsAre("bot"));
}

TEST(Manifest, ModeratingIsAGrantOfItsOwn) {
  EXPECT_FALSE(parse_manifest(head + "grants: {messages: true}\n", "plugin.yaml").grants.moderate);
  const auto grants = parse_manifest(head + "grants: {moderate: true}\n", "plugin.yaml").grants;
  EXPECT_TRUE(grants.moderate);
  EXPECT_THAT(describe(grants), ElementsAre("have messages of others taken out of rooms that the bot moderates"));
}

TEST(Manifest, ReadsTopics) {
  const auto grants = parse_manifest(head + "grants:\n  publish: [orders, a.b]\n  subscribe: [stock]\n", "plugin.yaml").grants;
  EXPECT_THAT(grants.publish, ElementsAre("orders", "a.b"));
  EXPECT_THAT(grants.subscribe, ElementsAre("stock"));
  EXPECT_THAT(describe(grants), ElementsAre("tell other plugins of the topic orders", "tell other plugins of the topic a.b",
                                            "hear what other plugins tell of the topic stock"));
  EXPECT_THAT(complaint(head + "grants:\n  publish: [Orders]\n"), HasSubstr("topics: a letter, then letters in lower case"));
}

TEST(Manifest, SaysHowOftenAPluginMayAskAndWhetherItMaySendFiles) {
  const auto with = [](const std::string& more) { return parse_manifest(head + "grants: {fetch: [shop]" + more + "}\n", "plugin.yaml").grants; };
  EXPECT_EQ(with("").fetch_rate, plugin::default_fetch_rate);
  EXPECT_FALSE(with("").fetch_files);
  const auto grants = with(", fetch_rate: 3000, fetch_files: true");
  EXPECT_EQ(grants.fetch_rate, 3000U);
  EXPECT_TRUE(grants.fetch_files);
  EXPECT_THAT(describe(grants), testing::IsSupersetOf({HasSubstr("3000 times a minute"), HasSubstr("send files to them")}));
  for (const char* rate : {"0", "6001", "-1", "many"})
    EXPECT_THAT(complaint(head + "grants: {fetch_rate: " + std::string(rate) + "}\n"), HasSubstr("grants.fetch_rate")) << rate;
}

TEST(Manifest, SaysWhetherAPluginMaySeePictures) {
  EXPECT_FALSE(parse_manifest(head, "plugin.yaml").grants.avatars);
  const auto grants = parse_manifest(head + "grants: {avatars: true}\n", "plugin.yaml").grants;
  EXPECT_TRUE(grants.avatars);
  EXPECT_THAT(describe(grants), ElementsAre("see the pictures that people show of themselves"));
}

TEST(Manifest, ReadsASchema) {
  const auto config =
      parse_manifest(head +
                         "config:\n  sides: {type: integer, default: 6}\n  quiet: boolean\n"
                         "  hooks:\n    type: map\n    of:\n      type: record\n      fields:\n"
                         "        to: {type: list, of: jid, required: true}\n",
                     "plugin.yaml")
          .config;
  ASSERT_EQ(config.size(), 3U);
  EXPECT_EQ(config[0].default_json, "6");
  EXPECT_EQ(config[1].type, FieldType::boolean);
  const auto& to = config[2].of.at(0).fields.at(0);
  EXPECT_EQ(to.name, "to");
  EXPECT_TRUE(to.required);
  EXPECT_EQ(to.of.at(0).type, FieldType::jid);
}

TEST(Manifest, NamesTheLineOfEachMistake) {
  EXPECT_THAT(complaint(head + "grants:\n  hoks: true\n"),
              HasSubstr("plugin.yaml:5:3: unknown key \"hoks\""));
  EXPECT_THAT(complaint(head + "grants:\n  hooks: maybe\n"),
              HasSubstr("plugin.yaml:5:10: grants.hooks: expected true or false"));
  EXPECT_THAT(complaint(head + "grants:\n  send_to: [all]\n"), HasSubstr("expected config, sender"));
  EXPECT_THAT(complaint(head + "config:\n  a: {type: number}\n"), HasSubstr("one of string, integer"));
  EXPECT_THAT(complaint(head + "config:\n  a: {type: list}\n"), HasSubstr("have 'of'"));
  EXPECT_THAT(complaint(head + "config:\n  a: {type: integer, default: six}\n"),
              HasSubstr("a.default: expected a whole number"));
  EXPECT_THAT(complaint("name: dice\nversion: [1"), HasSubstr("plugin.yaml:2:"));
}

TEST(Manifest, RefusesWhatThisGatewayDoesNotSpeak) {
  EXPECT_THAT(complaint("name: dice\nversion: x\napi: 2\n"),
              HasSubstr("speaks API 1 to 1, the plugin wants 2"));
  EXPECT_THAT(complaint("name: two words\nversion: x\napi: 1\n"),
              HasSubstr("name: expected up to 32 letters"));
  EXPECT_THAT(complaint("api: 1\n"), HasSubstr("version: is missing"));
}

TEST(Manifest, RefusesASchemaWithoutEnd) {
  std::string yaml = head + "config:\n  a: ";
  for (int i = 0; i < 20; ++i) yaml += "{type: list, of: ";
  yaml += "jid" + std::string(20, '}') + "\n";
  EXPECT_THAT(complaint(yaml), HasSubstr("nest too deeply"));
}

}  // namespace
