// Requests of plugins: paths that stay where they belong, grants, frames.
#include "bridge/core/plugin/fetch.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/frame_reader.hpp"
#include "bridge/core/plugin/grants.hpp"

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::Pair;

template <class Frame, class Any>
Frame through_the_wire(const Any& frame) {
  FrameReader reader;
  reader.feed(encode(frame).value());
  const std::string text(reader.next().value().value());
  if constexpr (std::is_same_v<Any, ToGateway>) {
    return std::get<Frame>(parse_to_gateway(text).value());
  } else {
    return std::get<Frame>(parse_to_worker(text).value());
  }
}

TEST(FetchPath, StaysBelowTheHostsUrl) {
  for (const char* path : {"", "/", "/a/b", "/a?b=../c", "?q=1", "/a%20b", "/group%2Fproject", "/a..b/...", "/50%25", "/a;b=c"}) {
    EXPECT_EQ(fault_of_path(path), std::nullopt) << path;
  }
  for (const char* path :
       {"/..", "/../x", "/a/../../x", "/a/./b", "/%2e%2e/x", "/%2E./x", "/a/..%2fx", "/a%2f..%2fx", "/%252e%252e/x",
        "/a\\..\\x", "/a%5c..%5cx", "/..;a/x", "/.%00./x", "/a%0d%0aX: y", "x", "//", "http://evil.example/", "@evil.example/",
        "/a b", "/a\r\nX: y", "/a#b", "/%", "/%zz", "/\xc3\xa4", "/%2525252525252e"}) {
    if (std::string_view(path) == "//") continue;  // an empty segment climbs nowhere
    EXPECT_TRUE(fault_of_path(path)) << path;
  }
  EXPECT_TRUE(fault_of_path("/" + std::string(max_fetch_path, 'x')));
}

// case 217
TEST(FetchGrants, AreOfTheManifestAndOfTheOperator) {
  Installed installed{{}, {}, {{}, {}, {}, {}, {}, {"shop"}}, {"bot"}, {}};
  const Fetch fetch{"shop", "GET", "/status"};
  EXPECT_THAT(refusal(fetch, installed), Optional(HasSubstr("does not grant calling the host \"shop\"")));
  installed.manifest.grants.fetch_from_config = true;
  EXPECT_THAT(refusal(fetch, installed), Optional(HasSubstr("gave it no host")));
  installed.hosts = {"shop", "bank"};
  EXPECT_EQ(refusal(fetch, installed), std::nullopt);
  EXPECT_TRUE(refusal(Fetch{"bank", "GET", "/"}, installed)) << "the operator named it, the manifest did not";
  installed.manifest.grants.fetch = {"bank"};
  EXPECT_EQ(refusal(Fetch{"bank", "GET", "/"}, installed), std::nullopt);
  EXPECT_TRUE(refusal(Fetch{"bank", "GET", "/../x"}, installed));
}

TEST(FetchGrants, AreAskedForFilesBesides) {
  Installed installed{{}, {}, {}, {"bot"}, {}};
  installed.manifest.grants.fetch = installed.hosts = {"shop"};
  Fetch sends{"shop", "POST", "/"}, keeps{"shop", "GET", "/"};
  sends.body_file = "handle";
  keeps.save_as = SaveAs{"cat.png", "image/png"};
  for (const Fetch& fetch : {sends, keeps}) EXPECT_THAT(refusal(fetch, installed), Optional(HasSubstr("fetch_files")));
  installed.manifest.grants.fetch_files = true;
  for (const Fetch& fetch : {sends, keeps}) EXPECT_EQ(refusal(fetch, installed), std::nullopt);
}

TEST(FetchFrame, CarriesFilesByTheirHandles) {
  Fetch asked{"shop", "PUT", "/"};
  asked.body_file = "1234";
  asked.save_as = SaveAs{"a \xc3\xa4.png", ""};
  asked.max_size = max_fetch_file;
  const auto heard = through_the_wire<Fetch>(ToGateway(asked));
  EXPECT_EQ(heard.body_file, "1234");
  EXPECT_EQ(heard.save_as, asked.save_as);
  EXPECT_EQ(heard.max_size, max_fetch_file);
  Fetched answered{200};
  answered.file = File{"5678", "cat.png", "image/png", 1 << 20, "here"};
  answered.final = true;
  const auto got = through_the_wire<Fetched>(ToWorker(answered));
  EXPECT_EQ(got.file, answered.file);
  EXPECT_TRUE(got.final);
  EXPECT_EQ(through_the_wire<Fetched>(ToWorker(Fetched{200})).file, std::nullopt);
}

TEST(FetchFrame, CarriesARequest) {
  Fetch asked{"shop", "POST", "/orders?x=1", {{"X-A", "1"}}, "text \xc3\xa4"};
  asked.timeout = std::chrono::milliseconds(2500);
  asked.retries = 3;
  asked.max_size = 1000;
  const auto read = through_the_wire<Fetch>(ToGateway(asked));
  EXPECT_EQ(read.host, "shop");
  EXPECT_EQ(read.method, "POST");
  EXPECT_EQ(read.path, "/orders?x=1");
  EXPECT_THAT(read.headers, ElementsAre(Pair("X-A", "1")));
  EXPECT_EQ(read.body, asked.body);
  EXPECT_EQ(read.timeout, asked.timeout);
  EXPECT_EQ(read.retries, 3);
  EXPECT_EQ(read.max_size, 1000u);
}

TEST(FetchFrame, CarriesAResponseWithAnyBytes) {
  Fetched fetched{200, {{"content-type", "image/png"}}, std::string("\x89PNG\0\xff", 6)};
  const auto read = through_the_wire<Fetched>(ToWorker(fetched));
  EXPECT_EQ(read.status, 200u);
  EXPECT_EQ(read.body, fetched.body);
  EXPECT_THAT(read.headers, ElementsAre(Pair("content-type", "image/png")));
  EXPECT_FALSE(read.refused);
  Fetched none;
  none.error = "nobody listens";
  EXPECT_EQ(through_the_wire<Fetched>(ToWorker(none)).error, "nobody listens");
  Fetched largest{200, {}, std::string(max_fetch_size, '\x01')};  // each byte is six in JSON
  EXPECT_EQ(through_the_wire<Fetched>(ToWorker(largest)).body, largest.body);
}

TEST(FetchFrame, ThatAsksForTooMuchIsNone) {
  for (const char* more : {R"("timeout_ms":60001)", R"("timeout_ms":0)", R"("retries":6)", R"("retries":-1)",
                           R"("body":"x","body_file":"1")", R"("save_as":{"name":"x"})", R"("save_as":"x")",
                           R"("max_size":1073741825,"save_as":{"name":"x","media_type":""})", R"("max_size":1048577)", R"("max_size":-1)", R"("body_hex":"0g")", R"("body_hex":"0")"}) {
    EXPECT_FALSE(parse_to_gateway(R"({"type":"fetch","host":"a","method":"GET",)" + std::string(more) + "}")) << more;
  }
}

}  // namespace
