// docs/plugin-frames.md is what authors of other languages build upon: each example is a frame as we write it, byte by byte,
// and what we know has its place there.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/frame_reader.hpp"
#include "test_places.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;
using testing::Contains;
using testing::SizeIs;

const std::string& page() {
  static const std::string text = [] {
    std::ifstream file(std::string(OMEGATE_SOURCE_DIR "/docs/plugin-frames.md"));
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  return text;
}

std::vector<std::string> blocks(const std::string& language) {
  const std::string open = "```" + language + "\n";
  std::vector<std::string> found;
  for (auto start = page().find(open); start != std::string::npos; start = page().find(open, start)) {
    start += open.size();
    found.push_back(page().substr(start, page().find("\n```", start) - start));
  }
  return found;
}

/// What a frame says, without its length.
std::string text_of(const Result<std::string>& frame) { return frame.value().substr(4); }

/// Read as the one side does and written as the other does.
std::string to_worker_and_back(const std::string& text) { return text_of(encode(parse_to_worker(text).value())); }
std::string to_gateway_and_back(const std::string& text) { return text_of(encode(parse_to_gateway(text).value())); }

/// The bytes in front of the two blanks of each line.
std::string bytes_of(const std::string& dump) {
  std::string bytes;
  std::istringstream lines(dump);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find("  ")));
    for (std::string word; words >> word;) bytes += static_cast<char>(std::stoi(word, nullptr, 16));
  }
  return bytes;
}

TEST(FramesPage, HasExamplesThatAreWrittenAsWeWriteThem) {
  EXPECT_GE(blocks("gateway").size(), 9u);
  EXPECT_GE(blocks("plugin").size(), 12u);
  for (const auto& example : blocks("gateway")) EXPECT_EQ(to_worker_and_back(example), example);
  for (const auto& example : blocks("plugin")) EXPECT_EQ(to_gateway_and_back(example), example);
}

TEST(FramesPage, HasDumpsThatAreFramesToTheLastByte) {
  ASSERT_THAT(blocks("hex"), SizeIs(3));
  EXPECT_EQ(bytes_of(blocks("hex")[0]), encode(ToWorker(Stop{})).value());
  EXPECT_EQ(bytes_of(blocks("hex")[1]), encode(ToGateway(Log{Log::Level::info, "é"})).value());
  EXPECT_EQ(bytes_of(blocks("hex")[2]), encode(ToGateway(Done{"7", {}})).value());
  FrameReader reader;
  for (const auto& dump : blocks("hex")) reader.feed(bytes_of(dump));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(reader.next().value()) << "frames follow each other with nothing between them";
}

/// Names of all members, and the values of `type`.
void collect(const json::value& value, std::set<std::string>& names) {
  if (value.is_array())
    for (const auto& each : value.get_array()) collect(each, names);
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.get_object()) {
    names.emplace(name);
    if (name == "type") names.emplace(member.as_string());
    if (name != "config" && name != "sources" && name != "arguments" && name != "payload") collect(member, names);
  }
}

/// One of each kind, with everything that it may have.
std::vector<std::string> everything() {
  const Target target{"7:0", "bot", "a@example.org", "board", "m1", true, "s1"};
  Load load{"everything", 1, {{"init.lua", ""}}, "{}", {"door"}, {"bot"}, {"shop"}, "example.org", "seed", {{"restart", "restart", "help"}}};
  Endpoint endpoint;
  endpoint.once = endpoint.each = endpoint.id = endpoint.order = "x";
  endpoint.passing = {"now"};
  Ready ready{{{"/in", "door", {"POST"}, endpoint}}, {{"roll", "roll", "help", TrustLevel::tofu, "admin", std::chrono::seconds(1)}}, {EventKind::message}, true,
              {{"hour", std::chrono::seconds(60), "", ""}, {"morning", {}, "0 9 * * *", "UTC"}}};
  ready.commands[0].approvals = {2, "admin", std::chrono::seconds(600)};
  ready.topics = {"weather.storm"};
  ready.metrics = {{"orders", MetricType::histogram, "help", {"shop"}, {1}}};
  Send send{"bot", "a@example.org", "text", TrustLevel::tofu, Priority::high, std::chrono::seconds(1), "board", true, target, "quote", {"file"}};
  WriteMail mail{{"a@example.org"}, "subject", "text", "<1@example.org>", "from", "<2@example.org>", {"<3@example.org>"}, {"file"}, true, true};
  Done done{"7",
            {send, Change{Change::Kind::edit, target, "text"}, Change{Change::Kind::retract, target}, Change{Change::Kind::react, target, "", {"x"}, "quote"},
             KvPut{"key", "1", std::chrono::seconds(1)}, KvDelete{"key"}, SetTimer{"id", "name", {}, "1"}, CancelTimer{"id"},
             Ask{"name", "1", std::chrono::seconds(1), TrustLevel::tofu, "bot", "a@example.org"}, mail, Publish{"weather.storm", "1"}, RunProgram{"restart", {{"unit", "nginx"}}}, Typing{"bot", "a@example.org"}, Displayed{target},
             Moderate{target, "reason"}},
            {{"key", "1"}},
            {{"orders", {"tea"}, 1, true}}};
  Fetch fetch{"shop", "POST", "/", {{"a", "b"}}, "body"};
  fetch.retries = 1;
  Fetch binary = fetch;
  binary.body = "\xff";
  Fetch filed{"shop", "PUT", "/", {}, ""};
  filed.body_file = "handle";
  filed.save_as = SaveAs{"name", "text/plain"};
  Fetched saved{200, {}, ""};
  saved.file = File{"handle", "name", "text/plain", 1, "here", "reason"};
  Fetched refused{0, {}, ""};
  refused.error = "why";
  refused.refused = refused.final = true;
  std::vector<std::string> texts;
  const auto add = [&](const auto& frame) { texts.push_back(text_of(encode(frame))); };
  add(ToWorker(load));
  add(ToWorker(Event{"7", EventKind::message, "{}"}));
  add(ToWorker(Stop{}));
  add(ToWorker(KvValue{"1", "2"}));
  add(ToWorker(KvPage{{"key"}, true}));
  add(ToWorker(ZoneTime{true, 1, 2}));
  add(ToWorker(FileText{"text", "reason"}));
  add(ToWorker(AvatarSeen{"id", saved.file, "reason", true}));
  add(ToWorker(Fetched{200, {{"a", "b"}}, "body"}));
  add(ToWorker(refused));
  add(ToWorker(saved));
  add(ToGateway(ready));
  add(ToGateway(done));
  add(ToGateway(Failed{"7", "error", "traceback", true, std::chrono::seconds(1)}));
  add(ToGateway(Log{Log::Level::info, "text"}));
  add(ToGateway(LoadFailed{"error", "traceback"}));
  add(ToGateway(KvGet{"key"}));
  add(ToGateway(KvKeys{"prefix", "after", 1}));
  add(ToGateway(ZoneAsk{"UTC", 1, true}));
  add(ToGateway(FileAsk{"handle"}));
  add(ToGateway(AvatarAsk{"a@example.org", "bot", "room@example.org", "id"}));
  add(ToGateway(fetch));
  add(ToGateway(binary));
  add(ToGateway(filed));
  return texts;
}

TEST(FramesPage, NamesEveryMemberThatThereIs) {
  static_assert(std::variant_size_v<ToWorker> == 9 && std::variant_size_v<ToGateway> == 11 && std::variant_size_v<Effect> == 13,
                "a new kind of frame or effect: put it into `everything`, and on the page");
  std::set<std::string> names;
  for (const auto& text : everything()) collect(json::parse(text), names);
  EXPECT_GT(names.size(), 80u);
  for (const auto& name : names) {
    const bool is_named = page().find("`" + name + "`") != std::string::npos || page().find("### " + name + "\n") != std::string::npos ||
                          page().find("\"" + name + "\":") != std::string::npos;
    EXPECT_TRUE(is_named) << name;
  }
}

TEST(FramesPage, NamesEveryKindOfEvent) {
  for (const auto kind : {EventKind::message, EventKind::command, EventKind::hook, EventKind::key, EventKind::timer, EventKind::answer, EventKind::edit,
                          EventKind::retract, EventKind::reaction, EventKind::marker, EventKind::typing, EventKind::mail, EventKind::mail_sent,
                          EventKind::mail_failed, EventKind::topic, EventKind::ran}) {
    EXPECT_NE(page().find("`" + std::string(to_text(kind)) + "`"), std::string::npos) << to_text(kind);
  }
}

}  // namespace
}  // namespace omegate::plugin
