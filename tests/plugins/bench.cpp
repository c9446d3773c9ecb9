#include "tests/plugins/bench.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "bridge/core/plugin/grants.hpp"
#include "bridge/edge/config/manifest.hpp"
#include "bridge/edge/zones/zone.hpp"
#include "bridge/gateway/plugins/plugin_sources.hpp"
#include "test_places.hpp"

namespace omegate::test {
namespace {

void expect_none(const std::vector<plugin::Problem>& problems) {
  if (!problems.empty()) throw std::runtime_error(plugin::to_text(problems.front()));
}

}  // namespace

std::string Did::reply() const {
  if (!failure.empty()) return "failed: " + failure;
  return sent.size() == 1 ? sent[0].text : std::to_string(sent.size()) + " messages";
}

PluginBench::PluginBench(const std::string& name, const std::string& config,
                         std::vector<std::string> secrets) {
  installed_.folder = std::filesystem::path(OMEGATE_SOURCE_DIR) / "plugins" / name;
  installed_.manifest = config::read_manifest(installed_.folder / "plugin.yaml");
  installed_.config = plugin::check_config(installed_.manifest.config, config);
  installed_.accounts = {"bot", "cat"};
  installed_.secrets = std::move(secrets);
  installed_.hosts = installed_.config.hosts;
  installed_.hosts.insert(installed_.hosts.end(), installed_.manifest.grants.fetch.begin(),
                          installed_.manifest.grants.fetch.end());
  expect_none(check(installed_));
  load(gateway::read_plugin_sources(installed_.folder));
}

PluginBench::PluginBench(const std::string& source) {
  installed_.manifest.name = "bench";
  auto& grants = installed_.manifest.grants;
  grants.send_to_anyone = grants.any_account = grants.hooks = grants.messages = grants.keys = grants.mail = true;
  grants.kv_mib = 1;
  grants.mail_to = {"*"};
  grants.http = {"/post/in/"};
  grants.publish = {"orders"};
  grants.subscribe = {"meals"};
  installed_.accounts = {"bot", "cat"};
  installed_.secrets = {"token"};
  load({{"init.lua", source}});
}

void PluginBench::load(std::map<std::string, std::string> sources) {
  plugin_.emplace(plugin::Load{installed_.manifest.name, installed_.manifest.api, std::move(sources),
                               installed_.config.json, installed_.secrets, installed_.accounts},
                  [this](const plugin::Log& line) { log.push_back(line.text); }, worker::Limits{},
                  [this](const plugin::ToGateway& call) { return answer(call); });
  auto loaded = plugin_->load();
  if (const auto* const failed = std::get_if<plugin::LoadFailed>(&loaded)) {
    throw std::runtime_error(failed->error + "\n" + failed->traceback);
  }
  ready = std::get<plugin::Ready>(loaded);
  if (const auto why = refusal(ready, installed_)) throw std::runtime_error(*why);
}

Did PluginBench::says(const std::string& text) {
  plugin::Message message = sender;
  message.text = text;
  const auto match = plugin::match_command(text, ready.commands);
  if (!match) return handle(plugin::EventKind::message, payload(message));
  const plugin::Command& command = ready.commands[match->index];
  if (!reaches(message.trust, command.min_trust)) return {{}, {}, false, false};
  return handle(plugin::EventKind::command, payload(plugin::CommandCall{message, command.name, match->args}));
}

Did PluginBench::posts(const std::string& path, const std::string& content_type, const std::string& body,
                       const std::string& query) {
  return posts(plugin::HookRequest{path, "POST", content_type, query, body, {}, {}});
}

Did PluginBench::posts(plugin::HookRequest request) {
  request.request_id = "request-1";
  request.time = sender.time;
  return handle(plugin::EventKind::hook, payload(request));
}

Did PluginBench::handle(plugin::EventKind kind, std::string payload) {
  const plugin::Event event{"event-" + std::to_string(++events_), kind, std::move(payload)};
  auto result = plugin_->handle(event);
  if (const auto* const failed = std::get_if<plugin::Failed>(&result))
    return {{}, failed->error, failed->expected};
  auto& done = std::get<plugin::Done>(result);
  if (const auto why = settle(done.effects, installed_, origin(event).value())) return {{}, *why};
  Did did;
  for (const auto& effect : done.effects) {
    if (const auto* const message = std::get_if<plugin::Send>(&effect)) did.sent.push_back(*message);
    if (const auto* const news = std::get_if<plugin::Publish>(&effect)) published.push_back(*news);
    keep(effect, origin(event).value());
  }
  reads = done.reads;
  samples = done.samples;
  return did;
}

plugin::ToWorker PluginBench::answer(const plugin::ToGateway& call) {
  if (const auto* const fetch = std::get_if<plugin::Fetch>(&call)) {
    requests.push_back(*fetch);
    return response;
  }
  if (const auto* const ask = std::get_if<plugin::ZoneAsk>(&call)) {
    const auto zone = zones::Zone::named(ask->zone);
    if (!zone) return plugin::ZoneTime{};
    const WallTime time = ask->local ? zone->wall(zones::LocalTime(std::chrono::milliseconds(ask->time_ms)))
                                     : from_ms(ask->time_ms);
    return plugin::ZoneTime{true, to_ms(time), zone->offset(time).count() / 1000};
  }
  if (const auto* const get = std::get_if<plugin::KvGet>(&call)) {
    const auto found = kept.find(get->key);
    if (found == kept.end()) return plugin::KvValue{std::nullopt, "0"};
    return plugin::KvValue{found->second, "version of " + found->second};
  }
  if (std::holds_alternative<plugin::FileAsk>(call)) return plugin::FileText{std::nullopt, "there is no such file"};
  if (std::holds_alternative<plugin::AvatarAsk>(call)) return plugin::AvatarSeen{};
  const auto& wanted = std::get<plugin::KvKeys>(call);
  plugin::KvPage page;
  for (const auto& [key, value] : kept) {
    if (!key.starts_with(wanted.prefix) || key <= wanted.after) continue;
    page.more = page.keys.size() == wanted.limit;
    if (page.more) break;
    page.keys.push_back(key);
  }
  return page;
}

void PluginBench::keep(const plugin::Effect& effect, const plugin::Origin& origin) {
  const auto forget = [&](const std::string& id) {
    std::erase_if(timers, [&](const auto& timer) { return timer.first.id == id; });
  };
  if (const auto* const put = std::get_if<plugin::KvPut>(&effect)) kept[put->key] = put->value;
  if (const auto* const gone = std::get_if<plugin::KvDelete>(&effect)) kept.erase(gone->key);
  if (const auto* const cancelled = std::get_if<plugin::CancelTimer>(&effect)) forget(cancelled->id);
  if (const auto* const ask = std::get_if<plugin::Ask>(&effect)) question = *ask;
  if (const auto* const timer = std::get_if<plugin::SetTimer>(&effect)) {
    forget(timer->id);
    timers.emplace_back(*timer, origin);
    std::ranges::stable_sort(timers, {}, [](const auto& each) { return each.first.due; });
  }
}

Did PluginBench::answers(const std::string& text, plugin::Answer::Outcome outcome) {
  if (!question) throw std::runtime_error("nothing was asked");
  const plugin::Ask asked = *std::exchange(question, std::nullopt);
  plugin::Answer answer{asked.name, asked.state, outcome, sender};
  answer.message.text = text;
  return handle(plugin::EventKind::answer, payload(answer));
}

Did PluginBench::rings() {
  if (timers.empty()) throw std::runtime_error("there is no timer");
  const auto [timer, origin] = timers.front();
  timers.erase(timers.begin());
  sender.time = timer.due;
  return handle(plugin::EventKind::timer, payload(plugin::TimerCall{timer.name, false, origin.account, origin.from,
                                                                    timer.state, timer.due, timer.due}));
}

Did PluginBench::ticks(const std::string& name) {
  return handle(plugin::EventKind::timer,
                payload(plugin::TimerCall{name, true, {}, {}, "null", sender.time, sender.time}));
}

}  // namespace omegate::test
