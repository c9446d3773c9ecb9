#include <iterator>
#include <memory>
#include <ostream>

#include "bridge/app/cli/file_transfer.hpp"
#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/limits.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate send you@example.org \"The backup is done\"\n"
    "  df -h | omegate send you@example.org\n"
    "  omegate send you@example.org - --wait delivered --timeout 60 < report.txt\n"
    "  omegate send you@example.org \"The pump stands still\" --priority high --expires 3600\n"
    "  omegate send you@example.org \"Build 812 failed\" --id build-812     # a second try sends nothing "
    "twice\n"
    "  omegate send you@example.org \"The backup runs\" --name backup\n"
    "  omegate send you@example.org \"The backup is done\" --edit backup   # the same message, with this text\n"
    "  omegate send you@example.org --retract backup\n"
    "  omegate send you@example.org --file report.pdf \"The figures of May\"\n"
    "  pg_dump shop | gzip | omegate send you@example.org --file - --name-as shop.sql.gz\n"
    "\n"
    "A text on the command line can be read by other users of this machine while the command runs; standard "
    "input\n"
    "cannot. Exit code 4: the message is stored, but held, refused or not yet where --wait wants it.";

struct SendOptions {
  std::string to, account, id, name, min_trust, file, name_as;
  std::string edit, update, retract, reply, react;  // which message
  std::string priority = "normal";
  int expires = 0;  // seconds; 0: never
  std::optional<std::string> text;
  std::string wait = "accepted";
  int timeout = 30;  // seconds
};

std::string read_all(std::istream& in) {
  std::string text;
  char c = 0;
  while (in.get(c)) {
    text += c;
    if (text.size() > max_control_request) throw UsageError("the text is longer than a message can be");
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string message_text(const SendOptions& options, Outside& outside) {
  if (!options.file.empty() && options.text == "-")
    throw UsageError("TEXT goes beside a file only from the command line: standard input cannot be both");
  if (!options.file.empty()) return options.text.value_or("");
  if (!options.retract.empty()) {
    if (options.text) throw UsageError("--retract takes a message back: there is no text to send with it");
    return {};
  }
  if (!options.react.empty()) {
    if (!options.text) throw UsageError("--react needs an emoji behind the JID; \"\" takes back what was there");
    return *options.text;
  }
  const bool from_input = !options.text || *options.text == "-";
  if (from_input && outside.asks && !options.text)
    throw UsageError("no text: write it behind the JID, or `-` and type it, ended by Ctrl-D");
  std::string text = from_input ? read_all(outside.in) : *options.text;
  if (text.empty()) throw UsageError("the text is empty");
  return text;
}

json::object request(const SendOptions& options, std::string text) {
  json::object args{{"to", options.to},
                    {"text", std::move(text)},
                    {"wait", options.wait},
                    {"timeout_ms", std::int64_t{options.timeout} * 1000}};
  if (!options.account.empty()) args["account"] = options.account;
  if (!options.id.empty()) args["id"] = options.id;
  if (!options.min_trust.empty()) args["min_trust"] = options.min_trust;
  if (!options.name.empty()) args["name"] = options.name;
  for (const auto& [name, which] : {std::pair("edit", &options.edit), std::pair("update", &options.update),
                                    std::pair("retract", &options.retract), std::pair("reply", &options.reply),
                                    std::pair("react", &options.react)}) {
    if (!which->empty()) args[name] = *which;
  }
  if (options.priority != "normal") args["priority"] = options.priority;
  if (options.expires > 0) args["expires_in_s"] = options.expires;
  return args;
}

bool went_wrong(const std::string& state) {
  return state == "held" || state == "parked" || state == "refused" || state == "bounced" ||
         state == "expired";
}

void print(Screen& screen, const json::object& sent) {
  const auto state = shown(sent, "state");
  if (state == "withdrawn") return screen.line("withdrawn: it had not gone out, and will not");
  std::string line =
      screen.tint(tone_of(state), state) + ": row " + shown(sent, "id") + " to " + shown(sent, "to");
  if (flag(sent, "changed")) line += " (it had not gone out yet: it has the new text now)";
  if (flag(sent, "duplicate")) line += " (this --id was known: nothing new was sent)";
  if (flag(sent, "timed_out")) line += " (not further within the time limit)";
  screen.line(line);
  if (has(sent, "reason")) screen.line("  " + shown(sent, "reason"));
  if (has(sent, "hint")) screen.line("  " + shown(sent, "hint"));
}

ExitCode send(Invocation& invocation, const SendOptions& options) {
  std::string words = message_text(options, invocation.outside);
  json::object args = request(options, std::move(words));
  if (!options.file.empty()) args["file"] = hand_over(invocation, options.file, options.name_as, options.account);
  const auto sent = invocation.ask("send", std::move(args));
  if (!invocation.printed_as_json(sent)) print(invocation.screen, sent);
  return went_wrong(text(sent, "state")) || flag(sent, "timed_out") ? ExitCode::not_delivered : ExitCode::ok;
}

}  // namespace

void add_send(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("send", "Send a message through the running gateway");
  auto options = std::make_shared<SendOptions>();
  verb.add_option("JID", options->to, "To whom").required();
  verb.add_option("TEXT", options->text, "The message; `-` or nothing: from standard input");
  const Option file =
      verb.add_option(
              "--file", options->file,
              "Send this file, `-`: what comes from standard input; TEXT, if there is one, goes before it")
          .type_name("PATH");
  verb.add_option("--name-as", options->name_as, "What the file is called for whoever gets it")
      .type_name("NAME")
      .needs(file);
  verb.add_option("--account", options->account, "From which account, if there are several")
      .type_name("NAME");
  verb.add_option("--wait", options->wait,
                  "Until it is accepted (stored), sent (the server has it) or delivered")
      .one_of({"accepted", "sent", "delivered"})
      .type_name("STATE")
      .capture_default_str();
  verb.add_option("--timeout", options->timeout, "How long to wait")
      .range(1, static_cast<int>(std::chrono::seconds(max_send_wait).count()))
      .type_name("SECONDS")
      .capture_default_str();
  verb.add_option("--min-trust", options->min_trust, "Only to devices whose key is trusted at least so much")
      .one_of({"tofu", "trusted", "verified"})
      .type_name("LEVEL");
  verb.add_option("--priority", options->priority, "What is higher goes first when not all can go at once")
      .one_of({"low", "normal", "high"})
      .type_name("PRIORITY")
      .capture_default_str();
  verb.add_option("--expires", options->expires, "Do not send it after this time")
      .range(1, static_cast<int>(plugin::max_message_life.count()))
      .type_name("SECONDS");
  verb.add_option("--id", options->id,
                  "A name for this message: sending it again under the same name does nothing")
      .type_name("TEXT");
  verb.add_option("--name", options->name, "Names this message for --edit, --retract, --reply and --react")
      .type_name("KEY");
  std::vector<Option> deeds;
  const auto add_deed = [&](const char* name, std::string& which, const char* help) {
    Option deed = verb.add_option(name, which, help).type_name("KEY");
    deed.excludes(file);
    for (const Option other : deeds) deed.excludes(other);
    deeds.push_back(deed);
  };
  add_deed("--edit", options->edit, "TEXT is the new text of the message of that name or message id");
  add_deed("--update", options->update, "The same if there is such a message, else a new one of that name");
  add_deed("--retract", options->retract, "Takes that message back, as far as clients do so");
  add_deed("--reply", options->reply, "TEXT answers that message");
  add_deed("--react", options->react, "TEXT is an emoji (or several, with blanks between) for that message");
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return send(invocation, *options); };
  });
}

}  // namespace omegate::app
