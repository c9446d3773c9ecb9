#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* about =
    "The bot speaks in private rooms only: members-only, and showing their members' addresses. A message is "
    "encrypted to all\n"
    "who belong to the room, there or not; `omegate why` says who was left out. A room that opens, or hides "
    "its members, is an\n"
    "alarm: what is to be said in it is held until it is private again.\n"
    "\n"
    "Examples:\n"
    "  omegate room create team@rooms.example.org --invite you@example.org\n"
    "  omegate send team@rooms.example.org \"The backup is done\"\n"
    "\n"
    "A room that exists already is one for `omegate room join`, or for the config, under `rooms:` of the account; an\n"
    "admin's invitation is followed, too.\n"
    "\n"
    "`omegate room moderate` asks the room's server, where the bot is a moderator (XEP-0425). Nothing that was said goes out for\n"
    "that, but its number, and the reason in the clear.";

struct RoomOptions {
  std::string room, account, message, reason;
  std::vector<std::string> people;
};

json::object arguments(const RoomOptions& options) {
  json::object args;
  if (!options.account.empty()) args["account"] = options.account;
  if (!options.room.empty()) args["room"] = options.room;
  if (!options.message.empty()) args["message"] = options.message;
  if (!options.reason.empty()) args["reason"] = options.reason;
  if (!options.people.empty()) args["people"] = json::array(options.people.begin(), options.people.end());
  return args;
}

void print(Screen& screen, const json::object& answer) {
  Table table({"ACCOUNT", "ROOM", "STATE", "PEOPLE", "HERE"});
  for (const auto& room : objects(answer, "rooms")) {
    const auto people = room.at("people").as_array().size();
    table.add({{text(room, "account")},
               {text(room, "jid")},
               {text(room, "state")},
               {std::to_string(people)},
               {std::to_string(number(room, "here"))}});
  }
  table.print(screen);
  for (const auto& room : objects(answer, "rooms")) {
    if (!text(room, "obstacle").empty())
      screen.line(shown(room, "obstacle"));
    else if (!flag(room, "knows_members"))
      screen.line(shown(room, "jid") +
                  " does not tell the bot who belongs to it: only who is there can read. Make the bot an "
                  "admin of the room.");
  }
}

void print_done(Screen& screen, const json::object& room) {
  if (flag(room, "left")) return screen.line(shown(room, "jid") + ": left");
  if (flag(room, "moderated")) return screen.line(shown(room, "jid") + ": the message is taken out");
  screen.line(shown(room, "jid") + ": " + std::to_string(room.at("people").as_array().size()) +
              " people can read what is said in it");
}

Parser add_verb(Parser parser, Invocation& invocation, const char* word, const char* help, const char* name,
                std::shared_ptr<RoomOptions> options) {
  auto verb = parser.add_subcommand(word, help);
  verb.add_option("--account", options->account, "Which account, if there are several").type_name("NAME");
  add_gateway_options(verb, invocation);
  const std::string asked = name;
  verb.callback([&invocation, options, asked] {
    invocation.action = [&invocation, options, asked] {
      const auto answer = invocation.ask(asked, arguments(*options));
      if (!invocation.printed_as_json(answer))
        asked == "room.list" ? print(invocation.screen, answer) : print_done(invocation.screen, answer);
      return ExitCode::ok;
    };
  });
  return verb;
}

}  // namespace

void add_room(Parser parser, Invocation& invocation) {
  auto verbs = parser.add_subcommand("room", "The rooms the bot is in; make one, invite people");
  verbs.footer(about);
  verbs.require_one_subcommand();
  add_verb(verbs, invocation, "list", "Which there are, and why one cannot be used", "room.list",
           std::make_shared<RoomOptions>());
  auto made = std::make_shared<RoomOptions>();
  auto create =
      add_verb(verbs, invocation, "create", "Make a private room and go into it", "room.create", made);
  create.add_option("ROOM", made->room, "Its address, like team@rooms.example.org").required();
  create.add_option("--invite", made->people, "Who becomes a member and is invited; may be repeated")
      .type_name("JID");
  auto entered = std::make_shared<RoomOptions>();
  auto join =
      add_verb(verbs, invocation, "join", "Go into a private room that is there", "room.join", entered);
  join.add_option("ROOM", entered->room, "The room; its owner makes the bot a member first").required();
  auto invited = std::make_shared<RoomOptions>();
  auto invite =
      add_verb(verbs, invocation, "invite", "Make people members and tell them", "room.invite", invited);
  invite.add_option("ROOM", invited->room, "The room").required();
  invite.add_option("JID", invited->people, "Who").required();
  auto left = std::make_shared<RoomOptions>();
  auto leave =
      add_verb(verbs, invocation, "leave", "Go out of a room that is not of the config", "room.leave", left);
  leave.add_option("ROOM", left->room, "The room").required();
  auto moderated = std::make_shared<RoomOptions>();
  auto moderate = add_verb(verbs, invocation, "moderate", "Have a message taken out of a room that the bot moderates", "room.moderate",
                           moderated);
  moderate.add_option("ROOM", moderated->room, "The room").required();
  moderate.add_option("MESSAGE", moderated->message, "Its stanza_id or message_id, as plugins and the HTTP API hear it").required();
  moderate.add_option("--reason", moderated->reason, "Why; not encrypted: the server and all in the room read it").type_name("TEXT");
}

}  // namespace omegate::app
