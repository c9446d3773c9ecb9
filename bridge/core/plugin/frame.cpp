#include "bridge/core/plugin/frame.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/frame_metrics.hpp"
#include "bridge/core/plugin/frame_parts.hpp"
#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

std::string_view to_text(Log::Level level) {
  switch (level) {
    case Log::Level::info:
      return "info";
    case Log::Level::warn:
      return "warn";
    case Log::Level::error:
      return "error";
  }
  return "error";
}

// ---- structs → JSON

Result<json::object> to_object(const Load& load) {
  auto config = parse_object(load.config);
  if (!config) return config.error();
  json::object sources;
  for (const auto& [name, text] : load.sources) sources[name] = json_text(text);
  json::object object{
      {"type", "load"},
      {"plugin", json_text(load.plugin)},
      {"api", load.api},
      {"sources", std::move(sources)},
      {"config", std::move(*config)},
      {"secrets", texts(load.secrets)},
      {"accounts", texts(load.accounts)},
      {"hosts", texts(load.hosts)},
  };
  if (!load.mail_domain.empty()) object["mail_domain"] = json_text(load.mail_domain);
  if (!load.mail_seed.empty()) object["mail_seed"] = json_text(load.mail_seed);
  if (!load.programs.empty()) object["programs"] = programs_array(load.programs);
  return object;
}

Result<json::object> to_object(const Event& event) {
  auto payload = parse_object(event.payload);
  if (!payload) return payload.error();
  return json::object{
      {"type", "event"},
      {"id", json_text(event.id)},
      {"kind", to_text(event.kind)},
      {"payload", std::move(*payload)},
  };
}

Result<json::object> to_object(const Stop&) { return json::object{{"type", "stop"}}; }

json::object to_object(const Hook& hook) {
  json::object object{
      {"path", json_text(hook.path)}, {"secret", json_text(hook.secret)}, {"methods", texts(hook.methods)}};
  if (hook.endpoint) object["endpoint"] = endpoint_object(*hook.endpoint);
  return object;
}

json::object to_object(const Command& command) {
  json::object object{
      {"name", json_text(command.name)},
      {"usage", json_text(command.usage)},
      {"help", json_text(command.help)},
      {"min_trust", to_text(command.min_trust)},
  };
  if (!command.role.empty()) object["role"] = json_text(command.role);
  if (command.cooldown.count() != 0) object["cooldown"] = command.cooldown.count();
  if (command.approvals.need != 0)
    object["approvals"] = json::object{{"need", command.approvals.need},
                                       {"of", json_text(command.approvals.of)},
                                       {"within", command.approvals.within.count()}};
  return object;
}

Result<json::object> to_object(const Ready& ready) {
  json::array hooks, commands, subscriptions, schedules;
  for (const Schedule& schedule : ready.schedules) schedules.emplace_back(schedule_object(schedule));
  for (const Hook& hook : ready.hooks) hooks.emplace_back(to_object(hook));
  for (const Command& command : ready.commands) commands.emplace_back(to_object(command));
  for (const EventKind kind : ready.subscriptions) subscriptions.emplace_back(to_text(kind));
  json::object object{
      {"type", "ready"},
      {"hooks", std::move(hooks)},
      {"commands", std::move(commands)},
      {"subscriptions", std::move(subscriptions)},
      {"kv", ready.kv},
      {"schedules", std::move(schedules)},
  };
  if (!ready.topics.empty()) object["topics"] = texts(ready.topics);
  if (!ready.metrics.empty()) object["metrics"] = metrics_array(ready.metrics);
  return object;
}

Result<json::object> to_object(const Done& done) {
  json::array effects;
  for (const Effect& effect : done.effects) {
    effects.emplace_back(effect_object(effect));
  }
  json::object object{{"type", "done"}, {"id", json_text(done.id)}, {"effects", std::move(effects)}};
  if (!done.reads.empty()) object["reads"] = reads_array(done.reads);
  if (!done.samples.empty()) object["samples"] = samples_array(done.samples);
  return object;
}

Result<json::object> to_object(const Failed& failed) {
  json::object object{
      {"type", "failed"},
      {"id", json_text(failed.id)},
      {"error", json_text(cut_utf8(failed.error, max_report_size))},
      {"traceback", json_text(cut_utf8(failed.traceback, max_report_size))},
      {"expected", failed.expected},
  };
  if (failed.again_in) object["again_in"] = failed.again_in->count();
  return object;
}

Result<json::object> to_object(const Log& log) {
  return json::object{
      {"type", "log"},
      {"level", to_text(log.level)},
      {"text", json_text(cut_utf8(log.text, max_report_size))},
  };
}

Result<json::object> to_object(const LoadFailed& failed) {
  return json::object{
      {"type", "load_failed"},
      {"error", json_text(cut_utf8(failed.error, max_report_size))},
      {"traceback", json_text(cut_utf8(failed.traceback, max_report_size))},
  };
}

std::string with_length(const std::string& text) {
  std::string frame;
  frame.reserve(4 + text.size());
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(text.size() >> shift & 0xff);
  return frame += text;
}

Result<std::string> encode_object(const Result<json::object>& object) {
  if (!object) return object.error();
  const std::string text = json::serialize(*object);
  if (text.size() > max_frame_size) return Error::frame_too_large;
  return with_length(text);
}

template <class Frame>
Result<std::string> encode_any(const Frame& frame) {
  return encode_object(std::visit([](const auto& one) { return Result<json::object>(to_object(one)); }, frame));
}

// ---- JSON → structs

Load read_load(Members& members) {
  Load load;
  load.plugin = members.text("plugin");
  load.api = static_cast<int>(members.integer("api"));
  for (const auto& [name, text] : members.object("sources")) {
    if (!text.is_string())
      members.fail(Error::wrong_member);
    else
      load.sources.emplace(name, text.get_string());
  }
  load.config = json::serialize(members.object("config"));
  load.secrets = members.texts("secrets");
  load.accounts = members.texts("accounts");
  load.hosts = members.texts("hosts");
  load.mail_domain = members.optional_text("mail_domain");
  load.mail_seed = members.optional_text("mail_seed");
  load.programs = read_objects(members, "programs", read_program_usage);
  return load;
}

Event read_event(Members& members) {
  Event event;
  event.id = members.text("id");
  const auto kind = event_kind(members.text("kind"));
  if (!kind) members.fail(Error::wrong_member);
  event.kind = kind.value_or(EventKind::message);
  event.payload = json::serialize(members.object("payload"));
  return event;
}

Hook read_hook(Members& members) {
  Hook hook{members.text("path"), members.text("secret"), members.texts("methods")};
  if (members.has("endpoint")) hook.endpoint = read_endpoint(members);
  return hook;
}

Approvals read_approvals(Members& outer) {
  Members members(outer.object("approvals"));
  const auto need = members.integer("need");
  Approvals approvals{0, members.text("of"), std::chrono::seconds(members.integer("within"))};
  if (need < 2 || need > max_approvals || approvals.of.empty() || approvals.within < min_approval_time ||
      approvals.within > max_approval_time || members.error())
    outer.fail(Error::wrong_member);
  approvals.need = static_cast<unsigned>(need);
  return approvals;
}

Command read_command(Members& members) {
  Command command{members.text("name"), members.text("usage"), members.text("help"),
                  members.has("min_trust") ? members.trust("min_trust") : TrustLevel::undecided,
                  members.optional_text("role")};
  if (members.has("cooldown")) command.cooldown = std::chrono::seconds(members.integer("cooldown"));
  if (command.cooldown.count() < 0 || command.cooldown > max_period) members.fail(Error::wrong_member);
  if (members.has("approvals")) command.approvals = read_approvals(members);
  return command;
}

Ready read_ready(Members& members) {
  Ready ready;
  ready.hooks = read_objects(members, "hooks", read_hook);
  ready.commands = read_objects(members, "commands", read_command);
  for (const auto& name : members.texts("subscriptions")) {
    const auto kind = event_kind(name);
    if (!kind)
      members.fail(Error::wrong_member);
    else
      ready.subscriptions.push_back(*kind);
  }
  ready.kv = members.optional_flag("kv", false);
  ready.schedules = read_objects(members, "schedules", read_schedule);
  ready.topics = members.texts("topics");
  ready.metrics = read_objects(members, "metrics", read_metric);
  return ready;
}

Done read_done(Members& members) {
  return {members.text("id"), read_objects(members, "effects", read_effect),
          read_objects(members, "reads", read_kv_read), read_objects(members, "samples", read_sample)};
}

Failed read_failed(Members& members) {
  Failed failed{members.text("id"), members.text("error"), members.optional_text("traceback"),
                members.optional_flag("expected", false)};
  if (members.has("again_in")) {
    failed.again_in = std::chrono::seconds(members.integer("again_in"));
    if (failed.again_in->count() < 1 || *failed.again_in > longest_retry_pause) members.fail(Error::wrong_member);
  }
  return failed;
}

Log read_log(Members& members) {
  const std::string level = members.text("level");
  Log log{Log::Level::error, members.text("text")};
  if (level == "info") log.level = Log::Level::info;
  if (level == "warn") log.level = Log::Level::warn;
  return log;
}

LoadFailed read_load_failed(Members& members) {
  return {members.text("error"), members.optional_text("traceback")};
}

template <class Frame>
struct Reader {
  std::string_view type;
  Frame (*read)(Members&);
};

constexpr Reader<ToWorker> to_worker[] = {
    {"load", [](Members& members) -> ToWorker { return read_load(members); }},
    {"event", [](Members& members) -> ToWorker { return read_event(members); }},
    {"stop", [](Members&) -> ToWorker { return Stop{}; }},
    {"kv_value", [](Members& members) -> ToWorker { return read_kv_value(members); }},
    {"kv_page", [](Members& members) -> ToWorker { return read_kv_page(members); }},
    {"zone_time", [](Members& members) -> ToWorker { return read_zone_time(members); }},
    {"file_content", [](Members& members) -> ToWorker { return read_file_text(members); }},
    {"avatar_seen", [](Members& members) -> ToWorker { return read_avatar_seen(members); }},
    {"fetched", [](Members& members) -> ToWorker { return read_fetched(members); }},
};

constexpr Reader<ToGateway> to_gateway[] = {
    {"ready", [](Members& members) -> ToGateway { return read_ready(members); }},
    {"done", [](Members& members) -> ToGateway { return read_done(members); }},
    {"failed", [](Members& members) -> ToGateway { return read_failed(members); }},
    {"log", [](Members& members) -> ToGateway { return read_log(members); }},
    {"load_failed", [](Members& members) -> ToGateway { return read_load_failed(members); }},
    {"kv_get", [](Members& members) -> ToGateway { return read_kv_get(members); }},
    {"kv_keys", [](Members& members) -> ToGateway { return read_kv_keys(members); }},
    {"zone", [](Members& members) -> ToGateway { return read_zone_ask(members); }},
    {"file_text", [](Members& members) -> ToGateway { return read_file_ask(members); }},
    {"avatar", [](Members& members) -> ToGateway { return read_avatar_ask(members); }},
    {"fetch", [](Members& members) -> ToGateway { return read_fetch(members); }},
};

template <class Frame, std::size_t Count>
Result<Frame> parse_any(std::string_view text, const Reader<Frame> (&readers)[Count]) {
  const auto object = parse_object(text);
  if (!object) return object.error();
  Members members(*object);
  const std::string type = members.text("type");
  if (members.error()) return members.error();
  for (const Reader<Frame>& reader : readers) {
    if (reader.type != type) continue;
    Frame frame = reader.read(members);
    if (members.error()) return members.error();
    return frame;
  }
  return Error::unknown_frame;
}

}  // namespace

Result<std::string> encode(const ToWorker& frame) { return encode_any(frame); }
Result<std::string> encode(const Event& event) { return encode_object(to_object(event)); }
Result<std::string> encode(const ToGateway& frame) { return encode_any(frame); }

Result<ToWorker> parse_to_worker(std::string_view text) { return parse_any(text, to_worker); }
Result<ToGateway> parse_to_gateway(std::string_view text) { return parse_any(text, to_gateway); }

}  // namespace omegate::plugin
