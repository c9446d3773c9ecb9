#include "bridge/core/plugin/event.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/json.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<EventKind, std::string_view>, 11> kinds{{
    {EventKind::message, "message"},
    {EventKind::command, "command"},
    {EventKind::hook, "hook"},
    {EventKind::key, "key"},
    {EventKind::timer, "timer"},
    {EventKind::answer, "answer"},
    {EventKind::edit, "edit"},
    {EventKind::retract, "retract"},
    {EventKind::reaction, "reaction"},
    {EventKind::marker, "marker"},
    {EventKind::typing, "typing"},
}};

json::object to_object(const Reference& reference) {
  json::object object{{"id", json_text(reference.id)}, {"own", reference.own}};
  if (!reference.handle.empty()) object["handle"] = json_text(reference.handle);
  if (!reference.name.empty()) object["name"] = json_text(reference.name);
  return object;
}

json::array texts(const std::vector<std::string>& values) {
  json::array array;
  for (const auto& value : values) array.emplace_back(json_text(value));
  return array;
}

json::object to_object(const Message& message) {
  json::object object{
      {"account", json_text(message.account)},
      {"from", json_text(message.from)},
      {"text", json_text(message.text)},
      {"trust", to_text(message.trust)},
      {"device", message.device},
      {"fingerprint", json_text(message.fingerprint)},
      {"encrypted", message.encrypted},
      {"version", json_text(message.version)},
      {"time_ms", to_ms(message.time)},
      {"shared", message.shared},
  };
  if (!message.message_id.empty()) object["message_id"] = json_text(message.message_id);
  if (message.reply_to) object["reply_to"] = to_object(*message.reply_to);
  if (!message.room.empty()) object["room"] = json_text(message.room);
  if (!message.nick.empty()) object["nick"] = json_text(message.nick);
  return object;
}

Reference read_reference(const json::object& object, Members& outer) {
  Members members(object);
  Reference reference{members.text("id"), members.optional_flag("own", false), members.optional_text("handle"),
                      members.optional_text("name")};
  if (members.error()) outer.fail(members.error());
  return reference;
}

/// A state is stored by us and has been JSON once; what is not any more is nothing.
json::value state_of(std::string_view text) {
  error_code broken;
  json::value state = json::parse(text, broken);
  return broken ? json::value(nullptr) : state;
}

std::string_view to_text(Answer::Outcome outcome) {
  switch (outcome) {
    case Answer::Outcome::answered:
      return "answered";
    case Answer::Outcome::timeout:
      return "timeout";
    case Answer::Outcome::lost:
      return "lost";
  }
  return "lost";
}

/// Split at blanks, so that no plugin needs to.
json::array words(std::string_view text) {
  json::array words;
  constexpr std::string_view blanks = " \t\r\n";
  for (auto start = text.find_first_not_of(blanks); start != text.npos;) {
    const auto end = std::min(text.find_first_of(blanks, start), text.size());
    words.emplace_back(json_text(text.substr(start, end - start)));
    start = text.find_first_not_of(blanks, end);
  }
  return words;
}

}  // namespace

std::string_view to_text(EventKind kind) {
  return std::ranges::find(kinds, kind, [](const auto& entry) { return entry.first; })->second;
}

std::optional<EventKind> event_kind(std::string_view text) {
  const auto found = std::ranges::find(kinds, text, [](const auto& entry) { return entry.second; });
  if (found == kinds.end()) return std::nullopt;
  return found->first;
}

std::string payload(const Message& message) { return json::serialize(to_object(message)); }

std::string payload(const MessageNews& news) {
  json::object object = to_object(news.message);
  if (news.about) object["about"] = to_object(*news.about);
  if (!news.state.empty()) object["state"] = json_text(news.state);
  object["reactions"] = texts(news.reactions);
  object["added"] = texts(news.added);
  object["removed"] = texts(news.removed);
  return json::serialize(object);
}

std::string payload(const CommandCall& call) {
  json::object object = to_object(call.message);
  object["name"] = json_text(call.name);
  object["args"] = json_text(call.args);
  object["words"] = words(call.args);
  return json::serialize(object);
}

std::string payload(const HookRequest& request) {
  json::object headers;
  for (const auto& [name, value] : request.headers) headers[json_text(name)] = json_text(value);
  return json::serialize(json::object{
      {"path", json_text(request.path)},
      {"method", json_text(request.method)},
      {"content_type", json_text(request.content_type)},
      {"query", json_text(request.query)},
      {"body", json_text(request.body)},
      {"request_id", json_text(request.request_id)},
      {"headers", std::move(headers)},
      {"endpoint", json_text(request.endpoint)},
      {"time_ms", to_ms(request.time)},
  });
}

std::string payload(const KeyNotice& notice) {
  return json::serialize(json::object{
      {"account", json_text(notice.account)},
      {"peer", json_text(notice.peer)},
      {"device", notice.device},
      {"fingerprint", json_text(notice.fingerprint)},
      {"what", json_text(notice.what)},
      {"trust", to_text(notice.trust)},
      {"time_ms", to_ms(notice.time)},
  });
}

std::string payload(const TimerCall& call) {
  json::object object{
      {"name", json_text(call.name)}, {"schedule", call.schedule},     {"state", state_of(call.state)},
      {"due_ms", to_ms(call.due)},    {"time_ms", to_ms(call.time)},
  };
  if (!call.from.empty()) object["from"] = json_text(call.from);
  if (!call.account.empty()) object["account"] = json_text(call.account);
  return json::serialize(object);
}

std::string payload(const Answer& answer) {
  json::object object = answer.outcome == Answer::Outcome::answered
                            ? to_object(answer.message)
                            : json::object{{"account", json_text(answer.message.account)},
                                           {"from", json_text(answer.message.from)},
                                           {"time_ms", to_ms(answer.message.time)}};
  object["name"] = json_text(answer.name);
  object["state"] = state_of(answer.state);
  object["outcome"] = to_text(answer.outcome);
  return json::serialize(object);
}

bool ends_question(const Event& event) {
  if (event.kind != EventKind::answer) return false;
  const auto object = parse_object(event.payload);
  if (!object) return false;
  Members members(*object);
  return members.optional_text("outcome") == to_text(Answer::Outcome::answered);
}

Result<Origin> origin(const Event& event) {
  const auto object = parse_object(event.payload);
  if (!object) return object.error();
  Members members(*object);
  Origin origin{members.optional_text("account"), members.optional_text("from")};
  if (members.has("room")) origin.from = members.text("room");  // what was said in a room is answered there
  if (members.error()) return members.error();
  return origin;
}

Result<Message> parse_message(std::string_view payload) {
  const auto object = parse_object(payload);
  if (!object) return object.error();
  Members members(*object);
  Message message;
  message.account = members.text("account");
  message.from = members.text("from");
  message.text = members.text("text");
  message.trust = members.trust("trust");
  const auto device = members.integer("device");
  if (device < 0 || device > 0x7fff'ffff) members.fail(Error::wrong_member);
  message.device = static_cast<std::uint32_t>(device);
  message.fingerprint = members.text("fingerprint");
  message.encrypted = members.optional_flag("encrypted", true);
  message.version = members.text("version");
  message.time = from_ms(members.integer("time_ms"));
  message.shared = members.optional_flag("shared", false);
  message.message_id = members.optional_text("message_id");
  message.room = members.optional_text("room");
  message.nick = members.optional_text("nick");
  if (members.has("reply_to")) message.reply_to = read_reference(members.object("reply_to"), members);
  if (members.error()) return members.error();
  return message;
}

bool is_said(EventKind kind) {
  switch (kind) {
    case EventKind::message:
    case EventKind::edit:
    case EventKind::retract:
    case EventKind::reaction:
    case EventKind::marker:
    case EventKind::typing:
      return true;
    case EventKind::command:
    case EventKind::hook:
    case EventKind::key:
    case EventKind::timer:
    case EventKind::answer:
      return false;
  }
  return false;
}

Result<std::string> with_trust(std::string_view payload, TrustLevel trust) {
  auto object = parse_object(payload);
  if (!object) return object.error();
  (*object)["trust"] = to_text(trust);
  return json::serialize(*object);
}

}  // namespace omegate::plugin
