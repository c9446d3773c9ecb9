// Every request in tests/data/webhooks, and the text a person reads for it. With OMEGATE_WRITE_SAMPLES=1 it
// writes the texts anew, for a person to judge in the difference.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/plugins/bench.hpp"
#include "test_places.hpp"

namespace {

namespace fs = std::filesystem;
using omegate::plugin::HookRequest;
using omegate::test::PluginBench;

constexpr const char* one_hook = R"({"hooks": {"alerts": {"secret": "token", "to": ["ops@example.org"]}}})";

fs::path folder() { return fs::path(OMEGATE_SOURCE_DIR) / "tests" / "data" / "webhooks"; }

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// As the gateway would hand it over: the hook's path, and what stands behind it.
HookRequest parse(const std::string& sample) {
  const auto head = sample.find("\n\n");
  HookRequest request{"/alerts", "POST", {}, {}, sample.substr(head + 2), {}, {}};
  const std::string target = sample.substr(5, sample.find(" HTTP/") - 5);
  if (target.starts_with("/alerts/")) request.endpoint = target.substr(8);
  for (auto start = sample.find('\n') + 1; start < head;) {
    const auto end = sample.find('\n', start);
    const std::string line = sample.substr(start, end - start);
    const auto colon = line.find(": ");
    request.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
    if (request.headers.back().first == "content-type") request.content_type = request.headers.back().second;
    start = end + 1;
  }
  return request;
}

std::string shown(const omegate::test::Did& did) {
  if (did.sent.size() != 1) return "no message: " + did.reply();
  const std::string priority(omegate::name(did.sent[0].priority));
  return "priority: " + priority + "\n\n" + did.sent[0].text + "\n";
}

TEST(WebhookSamples, ReadAsTheyAreWrittenBesideThem) {
  int samples = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() != ".http") continue;
    PluginBench webhook("webhook", one_hook);  // each speaks of alerts that nobody has heard of
    const std::string text = shown(webhook.posts(parse(read(entry.path()))));
    const fs::path wanted = fs::path(entry.path()).replace_extension(".txt");
    if (std::getenv("OMEGATE_WRITE_SAMPLES") != nullptr) std::ofstream(wanted) << text;
    EXPECT_EQ(text, read(wanted)) << entry.path().filename();
    ++samples;
  }
  EXPECT_GT(samples, 30);
}

}  // namespace
