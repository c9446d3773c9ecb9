#include "bridge/core/plugin/event.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/event_parts.hpp"
#include "bridge/core/plugin/json.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<EventKind, std::string_view>, 16> kinds{{
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
    {EventKind::mail, "mail"},
    {EventKind::mail_sent, "mail_sent"},
    {EventKind::mail_failed, "mail_failed"},
    {EventKind::topic, "topic"},
    {EventKind::ran, "ran"},
}};

json::object to_object(const Reference& reference) {
  json::object object{{"id", json_text(reference.id)}, {"own", reference.own}};
  if (!reference.handle.empty()) object["handle"] = json_text(reference.handle);
  if (!reference.name.empty()) object["name"] = json_text(reference.name);
  return object;
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
  if (!message.stanza_id.empty()) object["stanza_id"] = json_text(message.stanza_id);
  if (message.bridged) object["bridged"] = true;
  if (!message.files.empty()) object["files"] = to_array(message.files);
  if (!message.approved_by.empty()) object["approved_by"] = texts(message.approved_by);
  return object;
}

std::vector<File> read_files(Members& outer) {
  std::vector<File> files;
  for (const json::value& each : outer.array("files")) {
    if (!each.is_object()) {
      outer.fail(Error::wrong_member);
      continue;
    }
    Members members(each.get_object());
    File file = read_file(members);
    if (members.error()) outer.fail(members.error());
    files.push_back(std::move(file));
  }
  return files;
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

json::array texts(const std::vector<std::string>& values) {
  json::array array;
  for (const auto& value : values) array.emplace_back(json_text(value));
  return array;
}

json::array to_array(const std::vector<File>& files) {
  json::array array;
  for (const File& file : files) array.emplace_back(to_object(file));
  return array;
}

json::object to_object(const File& file) {
  json::object object{{"handle", json_text(file.handle)},
                      {"name", json_text(file.name)},
                      {"media_type", json_text(file.media_type)},
                      {"size", file.size},
                      {"state", json_text(file.state)}};
  if (!file.reason.empty()) object["reason"] = json_text(file.reason);
  return object;
}

File read_file(Members& members) {
  File file{members.text("handle"), members.text("name"), members.text("media_type"), 0, members.optional_text("state"),
            members.optional_text("reason")};
  const auto size = members.integer("size");
  if (size < 0) members.fail(Error::wrong_member);
  file.size = static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
  return file;
}

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
  if (news.moderated)
    object["moderated"] = json::object{{"by", json_text(news.moderated->by)}, {"reason", json_text(news.moderated->reason)}};
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
  json::object params;
  for (const auto& [name, value] : request.params) params[json_text(name)] = json_text(value);
  return json::serialize(json::object{
      {"path", json_text(request.path)},
      {"method", json_text(request.method)},
      {"content_type", json_text(request.content_type)},
      {"query", json_text(request.query)},
      {"body", json_text(request.body)},
      {"request_id", json_text(request.request_id)},
      {"headers", std::move(headers)},
      {"endpoint", json_text(request.endpoint)},
      {"params", std::move(params)},
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

std::string payload(const MailFate& report) {
  json::array recipients;
  for (const auto& [address, reason] : report.recipients)
    recipients.emplace_back(json::object{{"address", json_text(address)}, {"reason", json_text(reason)}});
  json::object object{
      {"message_id", json_text(report.message_id)}, {"subject", json_text(report.subject)}, {"recipients", std::move(recipients)},
      {"attempts", report.attempts},                {"time_ms", to_ms(report.time)},
  };
  if (!report.from.empty()) object["from"] = json_text(report.from);
  if (!report.account.empty()) object["account"] = json_text(report.account);
  return json::serialize(object);
}

std::string_view to_text(ProgramEnd::Outcome outcome) {
  switch (outcome) {
    case ProgramEnd::Outcome::ended: return "ended";
    case ProgramEnd::Outcome::killed: return "killed";
    case ProgramEnd::Outcome::too_long: return "too_long";
    case ProgramEnd::Outcome::not_started: return "not_started";
    case ProgramEnd::Outcome::unknown: return "unknown";
  }
  return "unknown";
}

std::string payload(const ProgramEnd& end) {
  json::object arguments;
  for (const auto& [name, value] : end.arguments) arguments[json_text(name)] = json_text(value);
  return json::serialize(json::object{
      {"account", json_text(end.account)},
      {"from", json_text(end.from)},
      {"program", json_text(end.program)},
      {"arguments", std::move(arguments)},
      {"outcome", to_text(end.outcome)},
      {"status", end.status},
      {"output", json_text(end.output)},
      {"cut", end.cut},
      {"took_ms", end.took_ms},
      {"time_ms", to_ms(end.time)},
  });
}

bool ends_question(const Event& event) {
  if (event.kind != EventKind::answer) return false;
  const auto object = parse_object(event.payload);
  if (!object) return false;
  Members members(*object);
  return members.optional_text("outcome") == to_text(Answer::Outcome::answered);
}

std::string question_name(const Event& event) {
  const auto object = parse_object(event.payload);
  return object ? Members(*object).optional_text("name") : std::string();
}

Result<Origin> origin(const Event& event) {
  const auto object = parse_object(event.payload);
  if (!object) return object.error();
  Members members(*object);
  Origin origin{members.optional_text("account"), members.optional_text("from")};
  if (members.has("room")) origin.from = members.text("room");  // what was said in a room is answered there
  const bool is_ours = event.kind == EventKind::command || event.kind == EventKind::answer || is_said(event.kind);
  if (is_ours && members.has("trust") && !members.has("room")) {
    origin.writer = origin.from;
    if (members.optional_flag("encrypted", false)) origin.trust = members.trust("trust");
  }
  origin.answers = event.kind == EventKind::answer && members.optional_text("outcome") == to_text(Answer::Outcome::answered);
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
  message.stanza_id = members.optional_text("stanza_id");
  message.bridged = members.optional_flag("bridged", false);
  message.files = read_files(members);
  if (members.has("approved_by")) message.approved_by = members.texts("approved_by");
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
    case EventKind::mail:
    case EventKind::mail_sent:
    case EventKind::mail_failed:
    case EventKind::topic:
    case EventKind::ran:
      return false;
  }
  return false;
}

Result<std::string> with_files(std::string_view payload, const std::vector<File>& files) {
  auto object = parse_object(payload);
  if (!object) return object.error();
  (*object)["files"] = to_array(files);
  return json::serialize(*object);
}

Result<std::string> with_trust(std::string_view payload, TrustLevel trust) {
  auto object = parse_object(payload);
  if (!object) return object.error();
  (*object)["trust"] = to_text(trust);
  return json::serialize(*object);
}

}  // namespace omegate::plugin
