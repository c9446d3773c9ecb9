// Requests of plugins, made for them, against a real HTTP server.
#include "bridge/gateway/plugins/plugin_fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>

#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/http/server.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/http/hook_proof.hpp"
#include "bridge/gateway/http/hook_signature.hpp"

namespace {

namespace asio = boost::asio;
using namespace omegate;
using namespace std::chrono_literals;
using config::HostSettings;
using gateway::FetchAsk;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

http::Response said(unsigned status, std::string body = {}, http::Headers headers = {}) {
  http::Response response{.status = status, .body = std::move(body), .content_type = "text/plain"};
  response.headers = std::move(headers);
  return response;
}

struct PluginFetchTest : testing::Test {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  std::vector<http::Request> seen;
  std::vector<http::Response> answers;  // the first, then the next …; the last one again and again
  http::Server server{context.get_executor(), {}, [this](http::Request request) { return answer(std::move(request)); }};
  net::Dns names;
  config::PluginSettings settings;
  std::string secret_file = testing::TempDir() + "fetch-secret";
  std::optional<gateway::PluginFetch> fetcher;
  gateway::FetchFiles files = {};
  std::string key = "key-1";
  std::size_t rate = plugin::default_fetch_rate;

  PluginFetchTest() {
    asio::co_spawn(context, server.run(), asio::use_future);
    std::ofstream(secret_file) << "s3cret-token\n";
    settings.name = "bench";
    HostSettings shop;
    shop.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api/";
    shop.allow_private = true;
    settings.hosts.emplace("shop", shop);
  }

  asio::awaitable<http::Response> answer(http::Request request) {
    seen.push_back(std::move(request));
    http::Response response = said(200, "fine");
    if (!answers.empty()) response = answers.front();
    if (answers.size() > 1) answers.erase(answers.begin());
    co_return response;
  }

  HostSettings& shop() { return settings.hosts.at("shop"); }

  std::vector<std::string> faults() const {
    std::vector<config::ConfigFault> found;
    gateway::prepare_hosts(settings, found);
    std::vector<std::string> texts;
    for (const auto& fault : found) texts.push_back(fault.text);
    return texts;
  }

  plugin::Fetched ask(plugin::Fetch fetch, std::chrono::milliseconds left = 60s) {
    if (!fetcher) {
      std::vector<config::ConfigFault> found;
      fetcher.emplace("bench", names, crypto::system_random(), gateway::prepare_hosts(settings, found),
                      gateway::FetchPace{.first_pause = 5ms}, files);
      EXPECT_THAT(found, IsEmpty());
    }
    auto result = asio::co_spawn(context, fetcher->fetch({std::move(fetch), key, left, rate}), asio::use_future);
    while (result.wait_for(0s) != std::future_status::ready) context.run_one();
    return result.get();
  }
};

TEST_F(PluginFetchTest, AsksBelowTheHostsUrl) {
  const auto fetched = ask({"shop", "GET", "/orders?open=1", {{"X-A", "b"}}});
  EXPECT_EQ(fetched.status, 200u);
  EXPECT_EQ(fetched.body, "fine");
  EXPECT_THAT(fetched.headers, testing::Contains(testing::Pair("content-type", "text/plain")));
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].path, "/api/orders");
  EXPECT_EQ(seen[0].query, "open=1");
  EXPECT_EQ(seen[0].header("X-A"), "b");
  EXPECT_EQ(seen[0].header("Idempotency-Key"), "");
  ask({"shop", "GET", ""});
  EXPECT_EQ(seen[1].path, "/api/");
}

TEST_F(PluginFetchTest, AddsTheSecretAndHidesItInWhatComesBack) {  // a server may echo what it was sent
  shop().auth = HostSettings::Auth::bearer;
  shop().secret.name = secret_file;
  answers = {said(200, "you sent Bearer s3cret-token", {{"X-Echo", "s3cret-token"}})};
  const auto fetched = ask({"shop", "GET", "/"});
  EXPECT_EQ(seen.at(0).header("Authorization"), "Bearer s3cret-token");
  EXPECT_EQ(fetched.body, "you sent Bearer ***");
  EXPECT_THAT(fetched.headers, testing::Contains(testing::Pair("x-echo", "***")));
  EXPECT_TRUE(ask({"shop", "GET", "/", {{"authorization", "Bearer mine"}}}).refused);
  EXPECT_THAT(seen, SizeIs(1));
}

TEST_F(PluginFetchTest, KnowsThreeWaysToShowASecret) {
  shop().auth = HostSettings::Auth::basic;
  shop().name = "bot";
  shop().secret.name = secret_file;
  answers = {said(200, "Ym90OnMzY3JldC10b2tlbg==")};
  EXPECT_EQ(ask({"shop", "GET", "/"}).body, "***");
  EXPECT_EQ(seen.at(0).header("Authorization"), "Basic Ym90OnMzY3JldC10b2tlbg==");
  fetcher.reset();
  shop().auth = HostSettings::Auth::header;
  shop().name = "X-Api-Key";
  ask({"shop", "GET", "/"});
  EXPECT_EQ(seen.at(1).header("X-Api-Key"), "s3cret-token");
  EXPECT_TRUE(ask({"shop", "GET", "/", {{"x-api-key", "mine"}}}).refused);
}

TEST_F(PluginFetchTest, SignsWebhooksWithBothActiveSecrets) {
  const std::string old_file = testing::TempDir() + "fetch-old-secret";
  std::ofstream(old_file) << "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
  for (const auto& file : {secret_file, old_file}) shop().sign.emplace_back().name = file;
  ask({"shop", "POST", "/", {}, R"({"test": 2432232314})"});
  const http::Request& sent = seen.at(0);
  EXPECT_EQ(sent.header("webhook-id"), "msg_key-1");
  const std::string list(sent.header("webhook-signature"));
  const std::vector<std::string> no_words;
  for (const char* secret : {"s3cret-token", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    EXPECT_THAT(list, HasSubstr(gateway::standard_signature(secret, "msg_key-1", sent.header("webhook-timestamp"), sent.body)));
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    EXPECT_TRUE(gateway::prove(sent, secret, no_words, "", now).good) << "as our own hooks check it";
  }
  EXPECT_EQ(sent.header("X-Hub-Signature-256"), gateway::github_signature("s3cret-token", sent.body));
  ask({"shop", "GET", "/"});
  EXPECT_EQ(seen.at(1).header("webhook-signature"), "");
  EXPECT_TRUE(ask({"shop", "POST", "/", {{"Webhook-Signature", "v1,mine"}}, "x"}).refused);
}

// The example of the specification.
TEST(HookSignature, IsThatOfStandardWebhooks) {
  EXPECT_EQ(gateway::standard_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                                        R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(PluginFetchTest, ReachesNothingInsideUnlessTheOperatorSaysSo) {
  shop().allow_private = false;
  const auto fetched = ask({"shop", "GET", "/"});
  EXPECT_EQ(fetched.status, 0u);
  EXPECT_THAT(fetched.error, HasSubstr("is a loopback address"));
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(PluginFetchTest, RepeatsWhatDoesNoHarm) {
  answers = {said(503), said(502), said(200, "at last")};
  EXPECT_EQ(ask({"shop", "GET", "/"}).body, "at last");
  EXPECT_THAT(seen, SizeIs(3));
  answers = {said(503)};
  EXPECT_EQ(ask({"shop", "GET", "/"}).status, 503u);
  EXPECT_THAT(seen, SizeIs(6));
  EXPECT_EQ(ask({"shop", "POST", "/", {}, "x"}).status, 503u);
  EXPECT_THAT(seen, SizeIs(7)) << "a POST may have worked";
  answers = {said(503), said(201)};
  plugin::Fetch twice{"shop", "POST", "/", {}, "x"};
  twice.retries = 1;
  EXPECT_EQ(ask(twice).status, 201u);
  EXPECT_EQ(seen.at(7).header("Idempotency-Key"), "key-1");
  EXPECT_EQ(seen.at(8).header("Idempotency-Key"), "key-1");
  answers = {said(500)};
  ask({"shop", "GET", "/"});
  EXPECT_THAT(seen, SizeIs(10)) << "a 500 says nothing about another try";
}

TEST_F(PluginFetchTest, KeepsToRetryAfterWhereThereIsTimeForIt) {
  answers = {said(429, "", {{"Retry-After", "1"}}), said(200)};
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(ask({"shop", "GET", "/"}).status, 200u);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 1s);
  answers = {said(429, "", {{"Retry-After", "60"}}), said(200)};
  EXPECT_EQ(ask({"shop", "GET", "/"}).status, 429u) << "60 s are more than the 10 s it may take";
}

TEST_F(PluginFetchTest, BoundsWhatComesBack) {
  answers = {said(200, std::string(2000, 'x'))};
  plugin::Fetch small{"shop", "GET", "/"};
  small.max_size = 1000;
  const auto fetched = ask(small);
  EXPECT_EQ(fetched.status, 0u);
  EXPECT_THAT(fetched.error, HasSubstr("larger than the 1000 bytes"));
}

TEST_F(PluginFetchTest, StopsAPluginThatAsksWithoutEnd) {
  plugin::Fetched last;
  int made = 0;
  for (; made < 1000 && last.error.empty(); ++made) last = ask({"shop", "HEAD", "/"});
  EXPECT_EQ(made, 301);
  EXPECT_THAT(last.error, HasSubstr("300 requests within a minute"));
}

TEST_F(PluginFetchTest, AsksAsOftenAsTheManifestWants) {
  rate = 2;
  EXPECT_TRUE(ask({"shop", "HEAD", "/"}).error.empty());
  EXPECT_TRUE(ask({"shop", "HEAD", "/"}).error.empty());
  EXPECT_THAT(ask({"shop", "HEAD", "/"}).error, HasSubstr("2 requests within a minute"));
}

/// With a place for files.
struct PluginFetchFilesTest : PluginFetchTest {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("omegate-fetch-" + std::to_string(getpid()));
  std::optional<store::Store> store;
  std::optional<gateway::FileDesk> desk;
  config::FileSettings limits;

  PluginFetchFilesTest() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    store.emplace((folder / "omegate.db").string(), store::FileKey{});
    limits.max_size = 300'000;
    desk.emplace(*store, crypto::system_random(), [] { return WallTime{}; }, folder / "files", limits);
    files = {&*desk, &*store, [this]() -> std::optional<store::AccountId> {
               return store->run([](store::Tables& tables) { return tables.accounts.id_of("bot@example.org"); });
             }};
  }
  ~PluginFetchFilesTest() override {
    fetcher.reset();
    desk.reset();
    store.reset();
    std::filesystem::remove_all(folder);
  }

  plugin::Fetched save(std::size_t most = plugin::max_fetch_file) {
    plugin::Fetch fetch{"shop", "GET", "/cat"};
    fetch.save_as = plugin::SaveAs{"cat.png", "image/png"};
    fetch.max_size = most;
    return ask(fetch);
  }

  std::size_t kept() const {
    return std::distance(std::filesystem::directory_iterator(folder / "files"), std::filesystem::directory_iterator());
  }
};

TEST_F(PluginFetchFilesTest, KeepsWhatComesAsAFileAndSendsItOn) {
  const std::string content = std::string(200'000, 'x') + std::string("\0\xff", 2);
  answers = {said(200, content), said(200, "thanks")};
  const auto fetched = save();
  EXPECT_EQ(fetched.body, "");
  ASSERT_TRUE(fetched.file) << fetched.error;
  EXPECT_EQ(fetched.file->name, "cat.png");
  EXPECT_EQ(fetched.file->media_type, "image/png");
  EXPECT_EQ(fetched.file->size, content.size());
  EXPECT_EQ(fetched.file->state, "here");
  plugin::Fetch sends{"shop", "POST", "/upload", {{"Content-Type", "image/png"}}};
  sends.body_file = fetched.file->handle;
  EXPECT_EQ(ask(sends).body, "thanks");
  EXPECT_EQ(seen.at(1).body, content);
  EXPECT_EQ(seen.at(1).header("Content-Type"), "image/png");
}

TEST_F(PluginFetchFilesTest, SaysWhyOneDoesNotComeAndLeavesNothing) {
  answers = {said(404, R"({"errcode":"M_NOT_FOUND"})"), said(200, std::string(300'001, 'x')), said(200, std::string(101, 'x')), said(200, "")};
  const auto none = save();
  EXPECT_EQ(none.status, 404u);
  EXPECT_FALSE(none.file);
  EXPECT_THAT(none.body, HasSubstr("M_NOT_FOUND"));
  for (const std::size_t most : {plugin::max_fetch_file, std::size_t{100}}) {
    const auto large = save(most);
    EXPECT_EQ(large.status, 0u);
    EXPECT_TRUE(large.final) << "asking again brings the same";
    EXPECT_FALSE(large.file);
  }
  EXPECT_EQ(kept(), 0u);
  EXPECT_EQ(save().file->size, 0u) << "an empty file is one";
}

TEST_F(PluginFetchFilesTest, TransfersOnceHoweverOftenItsHandlerRuns) {
  answers = {said(503), said(200, "meow"), said(200, "another")};
  const auto first = save();
  ASSERT_TRUE(first.file);
  EXPECT_EQ(save().file, first.file);
  EXPECT_THAT(seen, SizeIs(2));
  key = "key-2";
  EXPECT_NE(save().file, first.file) << "the next request of the same handler asks the same, and is another one";
}

TEST_F(PluginFetchFilesTest, SendsAFileAnewAtEachAttemptAndNoneThatIsGone) {
  answers = {said(200, "meow")};
  const auto fetched = save();
  answers = {said(503), said(200)};
  plugin::Fetch sends{"shop", "PUT", "/upload"};
  sends.body_file = fetched.file->handle;
  EXPECT_EQ(ask(sends).status, 200u);
  EXPECT_EQ(seen.at(1).body, "meow");
  EXPECT_EQ(seen.at(2).body, "meow");
  sends.body_file = "00";
  const auto gone = ask(sends);
  EXPECT_TRUE(gone.final && !gone.refused);
  EXPECT_THAT(gone.error, HasSubstr("not here"));
  EXPECT_THAT(seen, SizeIs(3));
}

TEST_F(PluginFetchTest, FollowsNoRedirect) {
  answers = {said(302, "", {{"Location", "http://169.254.169.254/"}})};
  EXPECT_EQ(ask({"shop", "GET", "/"}).status, 302u);
}

TEST_F(PluginFetchTest, RefusesHeadersThatAreNone) {
  const auto fetched = ask({"shop", "GET", "/", {{"X-A", "b\r\nX-C: d"}}});
  EXPECT_TRUE(fetched.refused);
  EXPECT_THAT(fetched.error, HasSubstr("line break"));
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(PluginFetchTest, TellsTheOperatorWhatIsWrongWithAHost) {
  const auto with_url = [&](const std::string& url) {
    shop().url = url;
    const auto found = faults();
    return found.empty() ? "" : found.front();
  };
  EXPECT_EQ(with_url("https://example.org/api"), "");
  EXPECT_THAT(with_url("example.org"), HasSubstr("plugin bench: hosts.shop: it does not begin with https://"));
  EXPECT_THAT(with_url("https://a:b@example.org"), HasSubstr("user name or password"));
  EXPECT_THAT(with_url("https://example.org/?key=1"), HasSubstr("query"));
  shop().auth = HostSettings::Auth::bearer;
  shop().secret.name = secret_file;
  shop().allow_private = false;
  EXPECT_THAT(with_url("http://example.org"), HasSubstr("in the clear"));
  shop().secret.name = "/nowhere";
  EXPECT_THAT(with_url("https://example.org"), HasSubstr("/nowhere"));
  std::ofstream(secret_file) << "two\nlines\n";
  shop().secret.name = secret_file;
  EXPECT_THAT(with_url("https://example.org"), Not(HasSubstr("two")));
  EXPECT_THAT(with_url("https://example.org"), HasSubstr("line break"));
}

}  // namespace
