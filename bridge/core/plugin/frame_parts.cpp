#include "bridge/core/plugin/frame_parts.hpp"

#include <algorithm>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

json::object to_object(const Target& target) {
  json::object object;
  for (const auto& [name, value] : {std::pair("handle", &target.handle), std::pair("account", &target.account),
                                    std::pair("to", &target.to), std::pair("name", &target.name),
                                    std::pair("id", &target.id), std::pair("stanza_id", &target.stanza_id)}) {
    if (!value->empty()) object[name] = json_text(*value);
  }
  if (target.own) object["own"] = true;
  return object;
}

std::string_view to_text(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::edit: return "edit";
    case Change::Kind::retract: return "retract";
    case Change::Kind::react: return "react";
  }
  return {};
}

json::object to_object(const Change& change) {
  json::object object{{"type", to_text(change.kind)}, {"target", to_object(change.target)}};
  if (change.kind == Change::Kind::edit) object["text"] = json_text(change.text);
  if (change.kind == Change::Kind::react) object["reactions"] = texts(change.reactions);
  if (!change.quote.empty()) object["quote"] = json_text(change.quote);
  return object;
}

json::object to_object(const Typing& typing) {
  json::object object{{"type", "typing"}, {"to", json_text(typing.to)}, {"on", typing.on}};
  if (!typing.account.empty()) object["account"] = json_text(typing.account);
  return object;
}

json::object to_object(const Moderate& wanted) {
  json::object object{{"type", "moderate"}, {"target", to_object(wanted.target)}};
  if (!wanted.reason.empty()) object["reason"] = json_text(wanted.reason);
  return object;
}

json::object to_object(const Displayed& displayed) { return {{"type", "displayed"}, {"target", to_object(displayed.target)}}; }

json::object to_object(const Send& send) {
  json::object object{{"type", "send"}, {"to", json_text(send.to)}, {"text", json_text(send.text)}};
  if (!send.account.empty()) object["account"] = json_text(send.account);
  if (send.min_trust) object["min_trust"] = to_text(*send.min_trust);
  if (send.priority != Priority::normal) object["priority"] = name(send.priority);
  if (send.expires_in) object["expires_in"] = send.expires_in->count();
  if (!send.name.empty()) object["name"] = json_text(send.name);
  if (send.update) object["update"] = true;
  if (send.answers) object["answers"] = to_object(*send.answers);
  if (!send.quote.empty()) object["quote"] = json_text(send.quote);
  if (!send.files.empty()) object["files"] = texts(send.files);
  return object;
}

json::object to_object(const KvPut& put) {
  json::object object{{"type", "kv_put"}, {"key", json_text(put.key)}, {"value", json_text(put.value)}};
  if (put.expires_in) object["expires_in"] = put.expires_in->count();
  return object;
}

json::object to_object(const KvDelete& gone) { return {{"type", "kv_delete"}, {"key", json_text(gone.key)}}; }

json::object to_object(const SetTimer& timer) {
  return {{"type", "set_timer"},
          {"id", json_text(timer.id)},
          {"name", json_text(timer.name)},
          {"due_ms", to_ms(timer.due)},
          {"state", json_text(timer.state)}};
}

json::object to_object(const CancelTimer& timer) {
  return {{"type", "cancel_timer"}, {"id", json_text(timer.id)}};
}

json::object to_object(const Ask& ask) {
  json::object object{{"type", "ask"},
                      {"name", json_text(ask.name)},
                      {"state", json_text(ask.state)},
                      {"patience", ask.patience.count()},
                      {"min_trust", to_text(ask.min_trust)}};
  if (!ask.account.empty()) object["account"] = json_text(ask.account);
  if (!ask.to.empty()) object["to"] = json_text(ask.to);
  return object;
}

json::object to_object(const WriteMail& mail) {
  json::object object{{"type", "mail"},
                      {"to", texts(mail.to)},
                      {"subject", json_text(mail.subject)},
                      {"text", json_text(mail.text)},
                      {"message_id", json_text(mail.message_id)}};
  if (!mail.from_name.empty()) object["from_name"] = json_text(mail.from_name);
  if (!mail.in_reply_to.empty()) object["in_reply_to"] = json_text(mail.in_reply_to);
  if (!mail.references.empty()) object["references"] = texts(mail.references);
  if (!mail.files.empty()) object["files"] = texts(mail.files);
  if (mail.by_hand) object["by_hand"] = true;
  if (mail.tell_sent) object["tell_sent"] = true;
  return object;
}

json::object to_object(const Publish& news) {
  return {{"type", "publish"}, {"topic", json_text(news.topic)}, {"data", json_text(news.data)}};
}

json::object to_object(const RunProgram& run) { return run_object(run); }

std::optional<std::chrono::seconds> read_seconds(Members& members, std::string_view name,
                                                 std::chrono::seconds most) {
  if (!members.has(name)) return std::nullopt;
  const std::chrono::seconds seconds(members.integer(name));
  if (seconds.count() < 1 || seconds > most) members.fail(Error::wrong_member);
  return seconds;
}

/// One way to name it, and with what that way needs.
Target read_target(Members& outer, std::string_view name) {
  Members members(outer.object(name));
  Target target{members.optional_text("handle"), members.optional_text("account"), members.optional_text("to"),
                members.optional_text("name"),   members.optional_text("id"),      members.optional_flag("own", false),
                members.optional_text("stanza_id")};
  const int ways = static_cast<int>(!target.handle.empty()) + static_cast<int>(!target.name.empty()) +
                   static_cast<int>(!target.id.empty()) + static_cast<int>(!target.stanza_id.empty());
  const bool fits = target.handle.size() <= max_message_name && target.name.size() <= max_message_name;
  if (ways != 1 || !fits || (target.handle.empty() && target.to.empty())) members.fail(Error::wrong_member);
  if (members.error()) outer.fail(members.error());
  return target;
}

Change read_change(Members& members, Change::Kind kind) {
  Change change{kind, read_target(members, "target")};
  if (kind == Change::Kind::edit) change.text = members.text("text");
  if (kind == Change::Kind::react) change.reactions = members.texts("reactions");
  change.quote = members.optional_text("quote");
  return change;
}

Typing read_typing(Members& members) {
  return {members.optional_text("account"), members.text("to"), members.optional_flag("on", true)};
}

Moderate read_moderate(Members& members) {
  Moderate wanted{read_target(members, "target"), members.optional_text("reason")};
  if (wanted.reason.size() > max_moderation_reason) members.fail(Error::wrong_member);
  return wanted;
}

Send read_send(Members& members) {
  Send send;
  send.account = members.optional_text("account");
  send.to = members.text("to");
  send.text = members.text("text");
  if (members.has("min_trust")) send.min_trust = members.trust("min_trust");
  if (members.has("priority")) send.priority = members.priority("priority");
  send.expires_in = read_seconds(members, "expires_in", max_message_life);
  send.name = members.optional_text("name");
  send.update = members.optional_flag("update", false);
  if (members.has("answers")) send.answers = read_target(members, "answers");
  send.quote = members.optional_text("quote");
  send.files = members.texts("files");
  if (send.files.size() > max_files) members.fail(Error::wrong_member);
  if (send.name.size() > max_message_name || (send.update && send.name.empty())) members.fail(Error::wrong_member);
  return send;
}

/// The two parts of a key: a space of the plugin's and a name in it. Neither is looked at here.
std::string read_key(Members& members) {
  std::string key = members.text("key");
  if (key.empty() || key.size() > max_kv_key) members.fail(Error::wrong_member);
  return key;
}

KvPut read_put(Members& members) {
  KvPut put{read_key(members), members.text("value"), read_seconds(members, "expires_in", max_kv_life)};
  if (put.value.size() > max_kv_value) members.fail(Error::wrong_member);
  return put;
}

std::string read_bounded(Members& members, std::string_view name, std::size_t most) {
  std::string text = members.text(name);
  if (text.size() > most) members.fail(Error::wrong_member);
  return text;
}

SetTimer read_timer(Members& members) {
  SetTimer timer{read_bounded(members, "id", max_timer_name), read_bounded(members, "name", max_timer_name),
                 from_ms(members.integer("due_ms")), read_bounded(members, "state", max_timer_state)};
  if (to_ms(timer.due) < 0 || to_ms(timer.due) > latest_timer_ms) members.fail(Error::wrong_member);
  return timer;
}

Ask read_ask(Members& members) {
  return {read_bounded(members, "name", max_timer_name), read_bounded(members, "state", max_timer_state),
          read_seconds(members, "patience", max_patience).value_or(max_patience),
          members.has("min_trust") ? members.trust("min_trust") : TrustLevel::undecided,
          members.optional_text("account"), members.optional_text("to")};
}

/// What is in it is judged by the gateway: here only that it is bounded.
WriteMail read_mail(Members& members) {
  WriteMail mail{members.texts("to"), read_bounded(members, "subject", max_mail_subject), members.text("text"),
            read_bounded(members, "message_id", max_mail_id)};
  mail.from_name = members.optional_text("from_name");
  mail.in_reply_to = members.optional_text("in_reply_to");
  mail.references = members.texts("references");
  mail.files = members.texts("files");
  mail.by_hand = members.optional_flag("by_hand", false);
  mail.tell_sent = members.optional_flag("tell_sent", false);
  const bool fits = mail.to.size() <= max_mail_recipients && mail.from_name.size() <= max_mail_name &&
                    mail.references.size() <= max_mail_references && mail.files.size() <= max_files;
  if (!fits || mail.to.empty()) members.fail(Error::wrong_member);
  return mail;
}

}  // namespace

json::object effect_object(const Effect& effect) {
  return std::visit([](const auto& one) { return to_object(one); }, effect);
}

Effect read_effect(Members& members) {
  const std::string type = members.text("type");
  if (type == "send") return read_send(members);
  for (const auto kind : {Change::Kind::edit, Change::Kind::retract, Change::Kind::react}) {
    if (type == to_text(kind)) return read_change(members, kind);
  }
  if (type == "typing") return read_typing(members);
  if (type == "displayed") return Displayed{read_target(members, "target")};
  if (type == "moderate") return read_moderate(members);
  if (type == "kv_put") return read_put(members);
  if (type == "kv_delete") return KvDelete{read_key(members)};
  if (type == "set_timer") return read_timer(members);
  if (type == "cancel_timer") return CancelTimer{read_bounded(members, "id", max_timer_name)};
  if (type == "ask") return read_ask(members);
  if (type == "mail") return read_mail(members);
  if (type == "publish") return Publish{read_bounded(members, "topic", max_topic_name), read_bounded(members, "data", max_topic_data)};
  if (type == "run") return read_run(members);
  members.fail(Error::wrong_member);
  return Send{};
}

json::object schedule_object(const Schedule& schedule) {
  json::object object{{"name", json_text(schedule.name)}};
  if (schedule.every.count() != 0) object["every"] = schedule.every.count();
  if (!schedule.cron.empty()) object["cron"] = json_text(schedule.cron);
  if (!schedule.zone.empty()) object["zone"] = json_text(schedule.zone);
  return object;
}

Schedule read_schedule(Members& members) {
  return {read_bounded(members, "name", max_timer_name),
          read_seconds(members, "every", max_period).value_or(std::chrono::seconds(0)),
          members.optional_text("cron"), members.optional_text("zone")};
}

json::object endpoint_object(const Endpoint& endpoint) {
  json::object object{{"status", endpoint.status}, {"answer", json_text(endpoint.answer)}, {"heard", endpoint.heard}};
  for (const auto& [name, value] : {std::pair("once", &endpoint.once), std::pair("each", &endpoint.each),
                                    std::pair("id", &endpoint.id), std::pair("order", &endpoint.order)}) {
    if (!value->empty()) object[name] = json_text(*value);
  }
  if (!endpoint.passing.empty()) object["passing"] = texts(endpoint.passing);
  return object;
}

Endpoint read_endpoint(Members& outer) {
  Members members(outer.object("endpoint"));
  Endpoint endpoint;
  const auto status = members.integer("status");
  if (status < 100 || status > 599) members.fail(Error::wrong_member);
  endpoint.status = static_cast<unsigned>(status);
  endpoint.answer = members.text("answer");
  endpoint.heard = members.optional_flag("heard", true);
  endpoint.once = members.optional_text("once");
  endpoint.each = members.optional_text("each");
  endpoint.id = members.optional_text("id");
  endpoint.order = members.optional_text("order");
  endpoint.passing = members.texts("passing");
  if (members.error()) outer.fail(members.error());
  return endpoint;
}

Result<json::object> to_object(const ZoneAsk& ask) {
  return json::object{
      {"type", "zone"}, {"zone", json_text(ask.zone)}, {"time_ms", ask.time_ms}, {"local", ask.local}};
}

Result<json::object> to_object(const ZoneTime& time) {
  return json::object{
      {"type", "zone_time"}, {"known", time.known}, {"time_ms", time.time_ms}, {"offset", time.offset}};
}

ZoneAsk read_zone_ask(Members& members) {
  ZoneAsk ask{members.text("zone"), members.integer("time_ms"), members.optional_flag("local", false)};
  if (ask.time_ms < -latest_timer_ms || ask.time_ms > latest_timer_ms) members.fail(Error::wrong_member);
  return ask;
}

ZoneTime read_zone_time(Members& members) {
  return {members.optional_flag("known", false), members.integer("time_ms"), members.integer("offset")};
}

Result<json::object> to_object(const FileAsk& ask) {
  return json::object{{"type", "file_text"}, {"handle", json_text(ask.handle)}};
}

Result<json::object> to_object(const FileText& text) {
  json::object object{{"type", "file_content"}};
  if (text.text) object["text"] = json_text(*text.text);
  if (!text.reason.empty()) object["reason"] = json_text(text.reason);
  return object;
}

FileAsk read_file_ask(Members& members) { return {members.text("handle")}; }

FileText read_file_text(Members& members) {
  FileText text{std::nullopt, members.optional_text("reason")};
  if (members.has("text")) text.text = members.text("text");
  return text;
}

json::array reads_array(const std::vector<KvRead>& reads) {
  json::array array;
  for (const KvRead& read : reads)
    array.emplace_back(json::object{{"key", json_text(read.key)}, {"version", json_text(read.version)}});
  return array;
}

KvRead read_kv_read(Members& members) { return {members.text("key"), members.text("version")}; }

Result<json::object> to_object(const KvGet& get) {
  return json::object{{"type", "kv_get"}, {"key", json_text(get.key)}};
}

Result<json::object> to_object(const KvKeys& keys) {
  return json::object{{"type", "kv_keys"},
                      {"prefix", json_text(keys.prefix)},
                      {"after", json_text(keys.after)},
                      {"limit", keys.limit}};
}

Result<json::object> to_object(const KvValue& value) {
  json::object object{{"type", "kv_value"}, {"version", json_text(value.version)}};
  if (value.value) object["value"] = json_text(*value.value);
  return object;
}

Result<json::object> to_object(const KvPage& page) {
  return json::object{{"type", "kv_page"}, {"keys", texts(page.keys)}, {"more", page.more}};
}

KvGet read_kv_get(Members& members) { return {read_key(members)}; }

KvKeys read_kv_keys(Members& members) {
  KvKeys keys{members.optional_text("prefix"), members.optional_text("after"), 0};
  const auto limit = members.integer("limit");
  if (limit < 1 || keys.prefix.size() > max_kv_key || keys.after.size() > max_kv_key)
    members.fail(Error::wrong_member);
  keys.limit = std::min(static_cast<std::size_t>(std::max<std::int64_t>(limit, 1)), max_kv_page);
  return keys;
}

KvValue read_kv_value(Members& members) {
  KvValue value{std::nullopt, members.text("version")};
  if (members.has("value")) value.value = members.text("value");
  return value;
}

KvPage read_kv_page(Members& members) {
  return {members.texts("keys"), members.optional_flag("more", false)};
}

}  // namespace omegate::plugin
