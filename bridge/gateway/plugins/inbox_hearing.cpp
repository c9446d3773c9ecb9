// The half of InboxWorker that decides what a plugin hears of a row.
#include <algorithm>
#include <boost/json/parse.hpp>

#include "bridge/core/plugin/command.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/plugins/inbox_worker.hpp"
#include "bridge/gateway/trust/judging.hpp"

namespace omegate::gateway {
namespace {

bool subscribes(const plugin::Ready& registrations, plugin::EventKind kind) {
  const auto& kinds = registrations.subscriptions;
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Granted, and not registered (any more): nobody is there to hear it.
bool hears_topic(const plugin::Ready& registrations, const store::DueEvent& row) {
  const auto event = plugin::parse_topic_event(as_text(row.payload));
  const auto& topics = registrations.topics;
  return event && std::find(topics.begin(), topics.end(), event->topic) != topics.end();
}

/// Said elsewhere, and brought here by a bridge: another one would bring it back.
bool goes_round(const store::DueEvent& row) {
  const auto kind = plugin::event_kind(row.kind);
  if (!kind || !plugin::is_said(*kind)) return false;
  const auto message = plugin::parse_message(as_text(row.payload));
  return message && message->bridged;
}

/// Of now: who began to type so long ago does not type any more. That somebody stopped is heard in any case.
bool is_stale(const store::DueEvent& row, plugin::EventKind kind, const plugin::Message& message, WallTime now) {
  if (kind != plugin::EventKind::typing || now - message.time <= typing_life) return false;
  boost::system::error_code failure;
  const boost::json::value news = boost::json::parse(as_text(row.payload), failure);
  const auto* const state = failure || !news.is_object() ? nullptr : news.get_object().if_contains("state");
  return state != nullptr && state->is_string() && std::string_view(state->get_string()) == xmpp::name(xmpp::ChatState::composing);
}

}  // namespace

/// What follows a row with a question waits, so a question that stands now stands until this row is done.
InboxWorker::Taken InboxWorker::take(store::Tables& tables, store::DueEvent row) const {
  judge_again(tables, row);
  Taken taken{std::move(row), std::nullopt};
  if (taken.row.kind != "message") return taken;
  const auto question = tables.timers.find(host_.name(), store::TimerKind::question, taken.row.conversation);
  if (question) taken.question = parse_timer(question->data);
  return taken;
}

void InboxWorker::judge_again(store::Tables& tables, store::DueEvent& row) const {
  const auto kind = plugin::event_kind(row.kind);
  if (!kind) return;
  const JidOfAccount jid_of = [this](std::string_view name) -> std::optional<std::string> {
    const auto account = outgoing_.account(name);
    return account ? std::optional(account->jid) : std::nullopt;
  };
  row.payload = to_bytes(judged_now(tables, jid_of, *kind, std::string(as_text(row.payload))));
}

InboxWorker::Heard InboxWorker::event_for(const Taken& taken, const PluginStatus& status) {
  const store::DueEvent& row = taken.row;
  if (status.bridges && goes_round(row)) {
    log_warning("bridge.loop", {{"plugin", host_.name()}, {"event", event_id(row.id)}, {"conversation", row.conversation}});
    return {};
  }
  if (row.kind == "message") return message_event(taken, status);
  const auto kind = plugin::event_kind(row.kind);
  const bool by_subscription = kind == plugin::EventKind::key || kind == plugin::EventKind::mail;
  if (!kind || (by_subscription && !subscribes(*status.registrations, *kind))) return {};
  if (*kind == plugin::EventKind::topic && !hears_topic(*status.registrations, row)) return {};
  // Whoever knows no corrections hears the new text as it would without them.
  if (*kind == plugin::EventKind::edit && !subscribes(*status.registrations, *kind)) return message_event(taken, status);
  if (plugin::is_said(*kind) && !is_heard(row, *kind, *status.registrations)) return {};
  return {plugin::Event{event_id(row.id), *kind, std::string(as_text(row.payload))}};
}

/// Reactions, markers and typing come in the clear, too: as nobody's word, which a plugin takes only if it says so.
bool InboxWorker::is_heard(const store::DueEvent& row, plugin::EventKind kind, const plugin::Ready& registrations) const {
  const auto message = plugin::parse_message(as_text(row.payload));
  if (!message || !subscribes(registrations, kind) || is_stale(row, kind, *message, context_.now())) return false;
  return !message->encrypted || plugin::reaches(message->trust, heard_from);
}

/// Commands and answers are found here and not in the plugin, so that `min_trust` holds whatever its code does.
/// Whoever has a question to answer may still give commands, with their sign in front.
InboxWorker::Heard InboxWorker::message_event(const Taken& taken, const PluginStatus& status) {
  const plugin::Ready& registrations = *status.registrations;
  const store::DueEvent& row = taken.row;
  auto message = plugin::parse_message(as_text(row.payload));
  if (!message) return {};
  const auto match = plugin::match_command(message->text, registrations.commands);
  if (taken.question && !(match && plugin::has_command_sign(message->text)))
    return answer_event(taken, std::move(*message));
  if (match) return command_event(taken, status, *match, std::move(*message));
  if (!subscribes(registrations, plugin::EventKind::message) || !plugin::reaches(message->trust, heard_from)) return {};
  return {plugin::Event{event_id(row.id), plugin::EventKind::message, std::string(as_text(row.payload))}};
}

InboxWorker::Heard InboxWorker::command_event(const Taken& taken, const PluginStatus& status,
                                              const plugin::CommandMatch& match, plugin::Message message) {
  const plugin::Command& command = status.registrations->commands[match.index];
  if (taken.is_behind && command.cooldown > 0s) return {.in_its_turn = true};
  const auto verdict = gate_.judge(command, message, *status.roles, context_.now(),
                                   taken.row.attempts > 1 || !message.approved_by.empty());
  if (!verdict.passes) {
    log_warning("command.refused", {{"plugin", host_.name()}, {"command", command.name}, {"from", message.from},
                                    {"trust", plugin::to_text(message.trust)}, {"reason", verdict.why}});
    return {std::nullopt, verdict.reply};
  }
  if (message.approved_by.size() < command.approvals.need) {
    const auto people = status.roles->find(command.approvals.of);
    ApprovalWanted wanted{command.approvals, people == status.roles->end() ? std::vector<std::string>() : people->second,
                          std::move(message)};
    return {.approval = std::move(wanted)};
  }
  const plugin::CommandCall call{std::move(message), command.name, match.args};
  return {plugin::Event{event_id(taken.row.id), plugin::EventKind::command, plugin::payload(call)}};
}

/// A key that is trusted less than the question wants answers nothing, and the question stays open.
InboxWorker::Heard InboxWorker::answer_event(const Taken& taken, plugin::Message message) const {
  const TimerData& question = *taken.question;
  if (!plugin::reaches(message.trust, std::max(question.min_trust, heard_from))) {
    log_warning("answer.refused", {{"plugin", host_.name()}, {"question", question.name}, {"from", message.from},
                                   {"trust", plugin::to_text(message.trust)},
                                   {"needs", plugin::to_text(question.min_trust)}});
    return {};
  }
  const plugin::Answer answer{question.name, question.state, plugin::Answer::Outcome::answered, std::move(message)};
  return {plugin::Event{event_id(taken.row.id), plugin::EventKind::answer, plugin::payload(answer)}};
}

}  // namespace omegate::gateway
