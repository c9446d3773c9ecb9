// One run of the command: the options every verb knows, and how a verb reaches config and gateway.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "bridge/app/cli/cli.hpp"
#include "bridge/app/cli/outside.hpp"
#include "bridge/app/cli/parser.hpp"
#include "bridge/app/cli/screen.hpp"
#include "bridge/edge/config/settings.hpp"

namespace omegate::app {

/// The words were understood by the parser, but together they make no sense.
struct UsageError : std::runtime_error {
  using runtime_error::runtime_error;
};

class Invocation {
 public:
  explicit Invocation(Outside& world) : outside(world), screen(world.out, world.colours, world.now()) {}

  /// --config, $OMEGATE_CONFIG, else the first that exists: the system's, the user's. Without any: the
  /// system's.
  std::filesystem::path config_file() const;
  config::Settings settings(bool check_files) const;

  /// The answer of the running gateway, an object. Throws what `ask_gateway` throws.
  boost::json::object ask(const std::string& verb, boost::json::object args);

  /// With --json: prints `answer` and returns true; then there is nothing more to print.
  bool printed_as_json(const boost::json::object& answer);

  Outside& outside;
  Screen screen;
  std::function<ExitCode()> action;  // set by the verb that was named

  std::string config_option;
  std::string socket_option;
  bool json = false;

 private:
  std::filesystem::path socket(const std::string& verb) const;
};

/// What a verb's file offers: puts its words, options and help into the parser, and its action into
/// `invocation` when it is named.
using AddVerb = void (*)(Parser parser, Invocation& invocation);

/// --json and --socket, for verbs that ask the gateway.
void add_gateway_options(Parser verb, Invocation& invocation);

void add_init(Parser parser, Invocation& invocation);
void add_hello(Parser parser, Invocation& invocation);
void add_run(Parser parser, Invocation& invocation);
void add_check(Parser parser, Invocation& invocation);
void add_send(Parser parser, Invocation& invocation);
void add_keys(Parser parser, Invocation& invocation);
void add_key(Parser parser, Invocation& invocation);
void add_backup(Parser parser, Invocation& invocation);
void add_restore(Parser parser, Invocation& invocation);
void add_trust(Parser parser, Invocation& invocation);
void add_why(Parser parser, Invocation& invocation);
void add_outbox(Parser parser, Invocation& invocation);
void add_mail(Parser parser, Invocation& invocation);
void add_room(Parser parser, Invocation& invocation);
void add_hook(Parser parser, Invocation& invocation);
void add_file(Parser parser, Invocation& invocation);
void add_login(Parser parser, Invocation& invocation);
void add_inbox(Parser parser, Invocation& invocation);
void add_plugin(Parser parser, Invocation& invocation);
void add_matrix(Parser parser, Invocation& invocation);
void add_status(Parser parser, Invocation& invocation);
void add_reload(Parser parser, Invocation& invocation);
void add_doctor(Parser parser, Invocation& invocation);
void add_stop(Parser parser, Invocation& invocation);

}  // namespace omegate::app
