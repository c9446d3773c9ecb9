// Who may come in.
#include "bridge/gateway/api/client.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/api/limits.hpp"

namespace omegate::gateway::api {
namespace {

const std::string good_token = "0123456789abcdef0123456789abcdef";

Client client_with(const std::string& token, const std::string& name = "home") {
  Client client;
  client.settings.name = name;
  client.token = *crypto::Secret<32>::from(crypto::digest(crypto::Hash::sha256, as_bytes(token)));
  return client;
}

http::Request request_with(std::vector<std::pair<std::string, std::string>> headers, std::string query = {}) {
  http::Request request;
  request.headers = std::move(headers);
  request.query = std::move(query);
  return request;
}

std::string problem_of(const http::Request& request) {
  const auto problem = refuse_stranger(request, {"bot.example.org"});
  return problem ? problem->name : "";
}

TEST(ApiClient, OnlyTheWholeTokenIsItsToken) {
  Clients clients;
  clients.push_back(client_with("another token of somebody else", "other"));
  clients.push_back(client_with(good_token));
  ASSERT_NE(find_client(clients, good_token), nullptr);
  EXPECT_EQ(find_client(clients, good_token)->settings.name, "home");
  for (const std::string& wrong : {std::string(), good_token.substr(1), good_token.substr(0, 31), good_token + "x",
                                   good_token + '\0', std::string("X123456789abcdef0123456789abcdef")})
    EXPECT_EQ(find_client(clients, wrong), nullptr) << wrong;
}

TEST(ApiClient, ATokenComesAsBearerOnly) {
  EXPECT_EQ(token_in(request_with({{"Authorization", "Bearer abc"}})), "abc");
  EXPECT_EQ(token_in(request_with({{"authorization", "bEARER abc"}})), "abc");
  for (const char* const other : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Token abc"})
    EXPECT_EQ(token_in(request_with({{"Authorization", other}})), "") << other;
}

// case 176
TEST(ApiClient, ATokenInTheAddressIsRefusedWhateverElseThereIs) {
  for (const char* const query : {"token=a", "wait=1&access_token=a", "TOKEN=a", "auth=a", "api_key=a"}) {
    EXPECT_EQ(problem_of(request_with({{"Host", "localhost"}, {"Authorization", "Bearer " + good_token}}, query)),
              "token-in-address")
        << query;
  }
}

// case 189
TEST(ApiClient, ABrowserIsSentAway) {
  for (const char* const host : {"localhost", "localhost:8443", "127.0.0.1:8443", "[::1]:8443", "192.168.1.5", "Bot.Example.Org",
                                 "bot.example.org:443"})
    EXPECT_EQ(problem_of(request_with({{"Host", host}})), "") << host;
  for (const char* const host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "bot.example.org.evil.example"})
    EXPECT_EQ(problem_of(request_with({{"Host", host}})), "foreign-host") << host;
  EXPECT_EQ(problem_of(request_with({})), "foreign-host");
  EXPECT_EQ(problem_of(request_with({{"Host", "localhost"}, {"Origin", "http://localhost:8443"}})), "foreign-origin");
  EXPECT_EQ(problem_of(request_with({{"Host", "localhost"}, {"Origin", "null"}})), "foreign-origin");
  EXPECT_EQ(problem_of(request_with({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}})), "foreign-origin");
  EXPECT_EQ(problem_of(request_with({{"Host", "localhost"}, {"Sec-Fetch-Site", "none"}})), "");
}

TEST(ApiClient, WhatMustBeOneIsOne) {
  for (const char* const name : {"Host", "Authorization", "Idempotency-Key", "Content-Type"}) {
    const auto request = request_with({{"Host", "localhost"}, {name, "localhost"}, {name, "localhost"}});
    EXPECT_EQ(problem_of(request), "repeated-header") << name;
  }
}

TEST(ApiClient, WritesToWhomItWasGranted) {
  Client client;
  client.settings.send_to = {"alice@example.org", "team.example.org"};
  EXPECT_TRUE(client.may_send_to("alice@example.org"));
  EXPECT_TRUE(client.may_send_to("bob@team.example.org"));
  for (const char* const other : {"bob@example.org", "alice@example.org.evil", "x@a.team.example.org", "team.example.org@evil"})
    EXPECT_FALSE(client.may_send_to(other)) << other;
  client.settings.send_to_anyone = true;
  EXPECT_TRUE(client.may_send_to("bob@example.org"));
}

struct ApiTokens : testing::Test {
  config::Settings settings;

  void add(const char* name, const char* variable, const std::string& token) {
    setenv(variable, token.c_str(), 1);
    config::ApiClientSettings client;
    client.name = name;
    client.token.kind = config::SecretSource::Kind::environment;
    client.token.name = variable;
    settings.api.clients.push_back(std::move(client));
  }
  std::string fault() {
    try {
      read_clients(settings);
    } catch (const config::ConfigError& error) {
      return error.what();
    }
    return {};
  }
};

TEST_F(ApiTokens, ShortOnesAndSharedOnesAreRefusedBeforeAnythingStarts) {
  add("home", "OMEGATE_TEST_HOME", std::string(least_token - 1, 'x'));
  EXPECT_NE(fault().find("api client home: its token has fewer than 22 characters"), std::string::npos) << fault();
  settings.api.clients.clear();
  add("home", "OMEGATE_TEST_HOME", good_token);
  EXPECT_EQ(fault(), "");
  add("other", "OMEGATE_TEST_OTHER", good_token);
  EXPECT_NE(fault().find("api client other: its token is also that of home"), std::string::npos) << fault();
}

}  // namespace
}  // namespace omegate::gateway::api
