// What the bridge to Matrix makes of messages that do not fit into one: whatever is done to a piece is done to the whole.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "bridge/edge/config/manifest.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"
#include "test_places.hpp"

namespace omegate::gateway {
namespace {

const std::string head =
    "== Pieces\n"
    "config: {\"host\": \"hs\", \"secret\": \"hs_token\", \"server\": \"example.org\", \"links\": {\"ops\": {\"room\": \"!ops:example.org\", "
    "\"chat\": \"alice@example.org\", \"encryption_ends_here\": true}}}\n"
    "secrets: hs_token\n";
const std::string room = "/_matrix/client/v3/rooms/%21ops%3Aexample.org";

std::string words(int count) {
  std::string text = "word";
  for (int i = 1; i < count; ++i) text += " word";
  return text;
}

/// What the homeserver hands over: one event.
std::string event(const std::string& id, const std::string& rest) {
  return "PUT /_matrix/app/v1/transactions/" + id + " {\"events\": [{\"event_id\": \"$" + id +
         "\", \"room_id\": \"!ops:example.org\", \"sender\": \"@maria:example.org\", " + rest + "}]}\n";
}

/// "ok", or what is wrong.
std::string run(const std::string& script) {
  const auto make_stage = [](const ScriptCase& each) {
    plugin::Installed installed;
    installed.folder = std::filesystem::path(OMEGATE_SOURCE_DIR) / "plugins" / "matrix";
    installed.manifest = config::read_manifest(installed.folder / "plugin.yaml");
    installed.config = plugin::check_config(installed.manifest.config, each.config);
    installed.accounts = {"bot"};
    installed.secrets = each.secrets;
    installed.hosts = {"hs"};
    auto stage = std::make_unique<PluginStage>(std::move(installed), OMEGATE_BINARY_DIR "/omegate-plugin-worker", each.start);
    if (const auto error = stage->load(); !error.empty()) throw std::runtime_error("does not load: " + error);
    return stage;
  };
  const auto cases = parse_script(head + script, "pieces.chat");
  return play(cases.at(0), "pieces.chat", make_stage).value_or("ok").substr(0, 500);
}

TEST(MatrixPieces, WhoHasReadOrLikedALaterEventHasReadAndLikedTheMessage) {
  const std::string send = "fetch hs PUT " + room + "/send/m.room.message/* ";
  EXPECT_EQ(run(send + "*\"alice: word *\"* -> 200 {\"event_id\": \"$m1\"}\n" + send + "*word* -> 200 {\"event_id\": \"$m2\"}\n" +
                "alice> " + words(6000) + "\n" +
                "PUT /_matrix/app/v1/transactions/1 {\"events\": [], \"ephemeral\": [{\"type\": \"m.receipt\", \"room_id\": \"!ops:example.org\", "
                "\"content\": {\"$m2\": {\"m.read\": {\"@maria:example.org\": {\"ts\": 1}}}}}]}\n"
                "alice< (displayed)\n" +
                event("r2", "\"type\": \"m.reaction\", \"content\": {\"m.relates_to\": {\"rel_type\": \"m.annotation\", \"event_id\": \"$m2\", "
                            "\"key\": \"👍\"}}") +
                "alice< (reaction) 👍\n" +
                event("r3", "\"type\": \"m.room.redaction\", \"redacts\": \"$m2\", \"content\": {}")),
            "ok");
}

TEST(MatrixPieces, APictureWithALongCaptionIsThreeMessagesThatAreReadAndTakenBackAsOne) {
  EXPECT_EQ(run("fetch hs GET /_matrix/client/v1/media/download/media.example/abc -> 200 meow\n"
                "fetch hs GET * -> 200 {\"displayname\": \"Maria\"}\n" +
                event("1", "\"type\": \"m.room.message\", \"content\": {\"msgtype\": \"m.image\", \"body\": \"" + words(11000) +
                               "\", \"filename\": \"cat.png\", \"info\": {\"size\": 2048, \"mimetype\": \"image/png\"}, "
                               "\"url\": \"mxc://media.example/abc\"}") +
                "alice< Maria: word*\nalice< … *\nalice< (file) cat.png\n"
                "fetch hs POST " + room + "/receipt/m.read/%241 {} -> 200 {}\n"
                "alice> (displayed)\n" +
                event("2", "\"type\": \"m.room.redaction\", \"redacts\": \"$1\", \"content\": {}") +
                "alice< (retract)\nalice< (retract)\nalice< (retract)\n"),
            "ok");
}

}  // namespace
}  // namespace omegate::gateway
