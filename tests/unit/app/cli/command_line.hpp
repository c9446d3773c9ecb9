// The command line with a world of its own: what it asked the gateway, what it printed.
#pragma once

#include <stdlib.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "bridge/app/cli/cli.hpp"
#include "bridge/app/control_client.hpp"
#include "test_places.hpp"

namespace omegate::app::test {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Zeros, one, two …: not random, and the same in each test.
class Counting final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

struct Asked {
  std::string socket, verb;
  json::object args;
};

class CommandLine {
 public:
  CommandLine() {
    ::setenv("TZ", "UTC", 1);
    std::string pattern = (fs::temp_directory_path() / "omegate-cli-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~CommandLine() { fs::remove_all(folder); }

  int run(std::vector<std::string> words) {
    out.str("");
    err.str("");
    Outside outside{.in = in,
                    .out = out,
                    .err = err,
                    .asks = asks,
                    .colours = colours,
                    .installation = {OMEGATE_SOURCE_DIR "/plugins", worker},
                    .random = random,
                    .now = [] { return from_ms(1'790'000'000'000); },  // 2026-09-21 14:13:20
                    .environment = [this](const std::string& name) -> std::optional<std::string> {
                      const auto found = environment.find(name);
                      return found == environment.end() ? std::nullopt : std::optional(found->second);
                    },
                    .ask_secret = [this](const std::string&) { return config::SecretText(typed_secret); },
                    .ask_gateway =
                        [this](const fs::path& socket, const std::string& verb, json::object args) {
                          asked.push_back({socket.string(), verb, std::move(args)});
                          if (failure) std::rethrow_exception(failure);
                          return json::parse(answer);
                        },
                    .run_gateway =
                        [this](const config::Settings& settings, const RunOptions& options) {
                          ran.push_back(settings.file.string() + (options.take_over ? " --take-over" : ""));
                        },
                    .check_login =
                        [this](const config::AccountSettings& account, const config::SecretText& password,
                               std::chrono::seconds) {
                          logins.emplace_back(account.jid, password.reveal());
                          return login;
                        },
                    .make_account =
                        [this](const config::AccountSettings& account, const config::SecretText& password,
                               std::chrono::seconds) {
                          made.emplace_back(account.jid, password.reveal());
                          return making;
                        },
                    .check_plugin = [this](const plugin::Installed&) { return plugin_error; }};
    return run_command_line(std::move(words), outside);
  }

  /// The same with a socket named, so that no config is looked for.
  int ask(std::vector<std::string> words) {
    words.insert(words.end(), {"--socket", "/run/c.sock"});
    return run(std::move(words));
  }

  std::istringstream in;
  std::ostringstream out, err;
  bool asks = false, colours = false;
  fs::path worker = "/nowhere/worker";
  Counting random;
  std::map<std::string, std::string> environment;
  std::string typed_secret = "typed";
  std::string answer = "{}";
  std::exception_ptr failure;
  gateway::LoginCheck login{true, "logged in to xmpp.example.org:5222", "", "", "", ""};
  gateway::LoginCheck making{true, "the account was made", "", "", "", ""};
  std::string plugin_error;  // what `check` is told of each plugin

  std::vector<Asked> asked;
  std::vector<std::string> ran;
  std::vector<std::pair<std::string, std::string>> logins, made;
  fs::path folder;
};

}  // namespace omegate::app::test
