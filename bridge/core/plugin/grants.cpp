#include "bridge/core/plugin/grants.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/topic.hpp"

namespace omegate::plugin {
namespace {

using Names = std::vector<std::string>;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Stricter than JID equality where it differs at all: what it calls the same, the JID rules call the same.
bool same_jid(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

bool has_jid(const Names& jids, std::string_view jid) {
  return std::ranges::any_of(jids, [&](const auto& one) { return same_jid(one, jid); });
}

bool has_name(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool may_send_to(std::string_view jid, const Installed& installed, const Origin& origin) {
  const Grants& grants = installed.manifest.grants;
  return grants.send_to_anyone || has_jid(grants.send_to, jid) ||
         (grants.send_to_config && has_jid(installed.config.jids, jid)) ||
         (grants.send_to_sender && !origin.from.empty() && same_jid(origin.from, jid));
}

/// The event's own account and the default one need no grant, but the operator's list always holds.
bool may_send_from(std::string_view account, const Installed& installed, const Origin& origin) {
  if (!has_name(installed.accounts, account)) return false;
  const Grants& grants = installed.manifest.grants;
  return account == origin.account || account == installed.accounts.front() || grants.any_account ||
         has_name(grants.accounts, account) ||
         (grants.accounts_from_config && has_name(installed.config.accounts, account));
}

/// "*" is everybody, "*@example.org" everybody there.
bool matches(std::string_view pattern, std::string_view address) {
  if (pattern == "*") return true;
  if (!pattern.starts_with("*@")) return same_jid(pattern, address);
  const auto at = address.rfind('@');
  return at != address.npos && same_jid(pattern.substr(1), address.substr(at));
}

bool may_mail_to(std::string_view address, const Installed& installed) {
  const Grants& grants = installed.manifest.grants;
  const auto fits = [&](const std::string& pattern) { return matches(pattern, address); };
  return std::ranges::any_of(grants.mail_to, fits) || (grants.mail_to_config && std::ranges::any_of(installed.config.mail_to, fits));
}

bool has_grant(EventKind kind, const Grants& grants) {
  switch (kind) {
    case EventKind::message:
    case EventKind::edit:
    case EventKind::retract:
      return grants.messages;
    case EventKind::reaction:  // to what it sent itself; others reach who hears messages
    case EventKind::marker:
      return true;
    case EventKind::typing:
      return grants.typing;
    case EventKind::key:
      return grants.keys;
    case EventKind::mail:
      return grants.mail;
    case EventKind::hook:
      return grants.hooks || !grants.http.empty();
    case EventKind::mail_sent:
    case EventKind::mail_failed:
      return grants.has_mail_to();
    case EventKind::topic:
      return !grants.subscribe.empty();
    case EventKind::command:
    case EventKind::timer:
    case EventKind::answer:
    case EventKind::ran:  // of its own programs only
      return true;
  }
  return false;
}

/// A path is compared byte by byte with what a request names: only characters that nobody escapes.
bool is_hook_path(std::string_view path) {
  constexpr std::size_t max_size = 128;
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/";
  return path.size() > 1 && path.size() <= max_size && path[0] == '/' && path.back() != '/' &&
         path.find_first_not_of(plain) == path.npos && path.find("//") == path.npos &&
         path.find("/.") == path.npos;
}

/// Its secret is judged with those of hooks.
std::optional<std::string> refusal(const Endpoint& endpoint, const Hook& hook, const Grants& grants) {
  const auto covers = [&](const std::string& path) { return hook.path.starts_with(path); };
  if (std::ranges::none_of(grants.http, covers)) return "the manifest does not grant the endpoint " + hook.path + ": http";
  if (auto why = fault_of_endpoint(hook.path)) return "endpoint " + hook.path + ": " + *why;
  if (!endpoint.passing.empty() && endpoint.each.empty()) return "endpoint " + hook.path + ": passing is for a body with items: each";
  if (endpoint.status < 200 || endpoint.status > 499 || !parse_object(endpoint.answer) || endpoint.answer.size() > max_endpoint_answer)
    return "endpoint " + hook.path + ": expected a status from 200 to 499 and a JSON object of up to 4 KiB for an answer";
  return std::nullopt;
}

std::optional<std::string> refusal(const Hook& hook, const Installed& installed) {
  const Grants& grants = installed.manifest.grants;
  if (!hook.endpoint && !grants.hooks) return "the manifest does not grant hooks, yet it registers " + hook.path;
  if (!hook.endpoint && !is_hook_path(hook.path)) return "\"" + hook.path + "\" is not a path for a hook";
  if (hook.endpoint) {
    if (auto why = refusal(*hook.endpoint, hook, grants)) return why;
  }
  if (!has_name(installed.secrets, hook.secret)) {
    return "hook " + hook.path + ": the operator gave it no secret \"" + hook.secret + "\"";
  }
  return std::nullopt;
}

std::string default_account(const Installed& installed, const Origin& origin) {
  if (!origin.account.empty() || installed.accounts.empty()) return origin.account;
  return installed.accounts.front();
}

std::optional<std::string> refusal(const Send& send, const Installed& installed, const Origin& origin) {
  if (send.text.empty() && send.files.empty()) return "a message without a text";
  if (!may_send_to(send.to, installed, origin)) return "the manifest does not grant sending to " + send.to;
  if (!may_send_from(send.account, installed, origin)) {
    return "it may not send from the account \"" + send.account + "\"";
  }
  return std::nullopt;
}

/// A handle is of a message that the plugin has sent: it was allowed to.
std::optional<std::string> refusal(const Target& target, const Installed& installed, const Origin& origin) {
  if (!target.handle.empty()) return std::nullopt;
  if (!may_send_to(target.to, installed, origin)) return "the manifest does not grant sending to " + target.to;
  if (may_send_from(target.account, installed, origin)) return std::nullopt;
  return "it may not send from the account \"" + target.account + "\"";
}

std::optional<std::string> refusal(const Change& change, const Installed& installed, const Origin& origin) {
  if (change.kind == Change::Kind::edit && change.text.empty()) return "a new text that is empty";
  return refusal(change.target, installed, origin);
}

/// What is kept nowhere goes to nobody else than a message.
std::optional<std::string> refusal(const Typing& typing, const Installed& installed, const Origin& origin) {
  if (!may_send_to(typing.to, installed, origin)) return "the manifest does not grant sending to " + typing.to;
  if (may_send_from(typing.account, installed, origin)) return std::nullopt;
  return "it may not send from the account \"" + typing.account + "\"";
}

std::optional<std::string> refusal(const Displayed& displayed, const Installed& installed, const Origin& origin) {
  return refusal(displayed.target, installed, origin);
}

std::optional<std::string> refusal(const Moderate& wanted, const Installed& installed, const Origin& origin) {
  if (!installed.manifest.grants.moderate) return "the manifest does not grant taking back what others say in rooms: moderate";
  return refusal(wanted.target, installed, origin);
}

std::optional<std::string> keeping_refusal(const Installed& installed) {
  if (installed.manifest.grants.kv_mib != 0) return std::nullopt;
  return "the manifest does not grant keeping values: kv";
}

std::optional<std::string> refusal(const KvPut&, const Installed& installed, const Origin&) {
  return keeping_refusal(installed);
}

std::optional<std::string> refusal(const KvDelete&, const Installed& installed, const Origin&) {
  return keeping_refusal(installed);
}

/// A plugin may always do something later; what it does then is judged then.
std::optional<std::string> refusal(const SetTimer& timer, const Installed&, const Origin&) {
  if (timer.name.empty() || timer.id.empty()) return "a timer without a name or an id";
  return std::nullopt;
}

std::optional<std::string> refusal(const CancelTimer&, const Installed&, const Origin&) { return std::nullopt; }

std::optional<std::string> refusal(const Ask& ask, const Installed& installed, const Origin& origin) {
  if (ask.name.empty()) return "a question without a name";
  const std::string& whom = ask.to.empty() ? origin.from : ask.to;
  if (whom.empty()) return "nobody sent this event, so there is nobody to ask";
  if (!may_send_to(whom, installed, origin)) return "the manifest does not grant sending to " + whom;
  if (ask.to.empty() || may_send_from(ask.account, installed, origin)) return std::nullopt;
  return "it may not send from the account \"" + ask.account + "\"";
}

std::optional<std::string> refusal(const WriteMail& mail, const Installed& installed, const Origin&) {
  if (!installed.manifest.grants.has_mail_to()) return "the manifest does not grant writing mails: mail_to";
  if (installed.mail_from.empty()) return "the operator set up no sending of mails: mail.submission";
  if (mail.text.empty() && mail.files.empty()) return "a mail with nothing in it";
  for (const std::string& address : mail.to)
    if (!may_mail_to(address, installed)) return "neither manifest nor configuration grants writing mails to " + address;
  return std::nullopt;
}

std::optional<std::string> refusal(const Publish& news, const Installed& installed, const Origin&) {
  if (!has_name(installed.manifest.grants.publish, news.topic))
    return "the manifest does not grant publishing \"" + std::string(cut_utf8(news.topic, max_topic_name)) + "\": publish";
  if (!is_topic_data(news.data)) return "what it publishes under " + news.topic + " is no JSON of up to 64 KiB";
  return std::nullopt;
}

/// Whatever the plugin is made to believe: a verified key of somebody whom the operator named has just answered a question.
std::optional<std::string> refusal(const RunProgram& run, const Installed& installed, const Origin& origin) {
  const Grants& grants = installed.manifest.grants;
  if (!grants.run_any && !has_name(grants.run, run.program))
    return "the manifest does not grant having the program \"" + run.program + "\" run: run";
  const auto program = std::ranges::find(installed.programs, run.program, &Program::name);
  if (program == installed.programs.end()) return "the operator listed no program \"" + run.program + "\" for it";
  if (auto fault = fault_of(*program, run.arguments)) return "program " + run.program + ": " + *fault;
  if (!origin.answers) return "program " + run.program + ": it runs when somebody answered a question, and not before";
  if (origin.trust != TrustLevel::verified) return "program " + run.program + ": the key that wants it is not verified";
  const auto role = installed.roles.find(program->role);
  if (role == installed.roles.end() || !has_jid(role->second, origin.writer))
    return "program " + run.program + ": " + origin.writer + " is not among the " + program->role + " of roles";
  return std::nullopt;
}

std::optional<std::string> refusal(const Schedule& schedule) {
  if (schedule.name.empty()) return "a schedule without a name";
  const bool by_cron = schedule.every.count() == 0;
  if (by_cron == schedule.cron.empty()) return "schedule " + schedule.name + ": expected a period or a cron line";
  if (by_cron && !Cron::parse(schedule.cron)) {
    return "schedule " + schedule.name + ": \"" + schedule.cron +
           "\" is not a cron line; expected minute, hour, day, month, weekday, like \"0 9 * * 1-5\"";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> settle(std::vector<Effect>& effects, const Installed& installed,
                                  const Origin& origin) {
  if (effects.size() > max_effects) return "the handler sends and keeps more than 1000 things";
  if (output_size(effects) > max_output_size) return "the handler sends and keeps more than 1 MiB";
  for (Effect& effect : effects) {
    Send* const send = std::get_if<Send>(&effect);
    if (send != nullptr && send->account.empty()) send->account = default_account(installed, origin);
    if (send != nullptr && send->answers) send->answers->account = send->account;
    Ask* const ask = std::get_if<Ask>(&effect);
    if (ask != nullptr && !ask->to.empty() && ask->account.empty()) ask->account = default_account(installed, origin);
    Change* const change = std::get_if<Change>(&effect);
    if (change != nullptr && change->target.account.empty()) change->target.account = default_account(installed, origin);
    Typing* const typing = std::get_if<Typing>(&effect);
    if (typing != nullptr && typing->account.empty()) typing->account = default_account(installed, origin);
    Displayed* const displayed = std::get_if<Displayed>(&effect);
    if (displayed != nullptr && displayed->target.account.empty()) displayed->target.account = default_account(installed, origin);
    Moderate* const wanted = std::get_if<Moderate>(&effect);
    if (wanted != nullptr && wanted->target.account.empty()) wanted->target.account = default_account(installed, origin);
    auto why = std::visit([&](const auto& one) { return refusal(one, installed, origin); }, effect);
    if (why) return why;
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const Fetch& fetch, const Installed& installed) {
  const Grants& grants = installed.manifest.grants;
  const bool granted = has_name(grants.fetch, fetch.host) ||
                       (grants.fetch_from_config && has_name(installed.config.hosts, fetch.host));
  if (!granted) return "the manifest does not grant calling the host \"" + fetch.host + "\": fetch";
  if (!has_name(installed.hosts, fetch.host)) return "the operator gave it no host \"" + fetch.host + "\"";
  if ((!fetch.body_file.empty() || fetch.save_as) && !grants.fetch_files)
    return "the manifest does not grant files in requests: fetch_files";
  return fault_of_path(fetch.path);
}

std::optional<std::string> settle(AvatarAsk& ask, const Installed& installed) {
  if (!installed.manifest.grants.avatars) return "the manifest does not grant asking for pictures: avatars";
  if (ask.account.empty()) ask.account = installed.accounts.front();
  if (!has_name(installed.accounts, ask.account)) return "the plugin may not use the account \"" + ask.account + "\"";
  return std::nullopt;
}

bool has_role(const Command& command, const Roles& roles, std::string_view jid) {
  if (command.role.empty()) return true;
  const auto role = roles.find(command.role);
  return role != roles.end() && has_jid(role->second, jid);
}

std::optional<std::string> refusal(const Ready& ready, const Installed& installed) {
  if (ready.hooks.size() + ready.commands.size() + ready.schedules.size() > max_registrations) return "it registers too much";
  for (const Hook& hook : ready.hooks) {
    if (auto why = refusal(hook, installed)) return why;
  }
  for (const Command& command : ready.commands) {
    if (!is_command_name(command.name)) return "\"" + command.name + "\" is not a name for a command";
  }
  for (const Schedule& schedule : ready.schedules) {
    if (auto why = refusal(schedule)) return why;
  }
  for (const std::string& topic : ready.topics) {
    if (!has_name(installed.manifest.grants.subscribe, topic))
      return "the manifest does not grant subscribing to \"" + std::string(cut_utf8(topic, max_topic_name)) + "\": subscribe";
  }
  if (auto why = fault_of(ready.metrics)) return why;
  if (ready.kv) {
    if (auto why = keeping_refusal(installed)) return why;
  }
  for (const EventKind kind : ready.subscriptions) {
    if (!has_grant(kind, installed.manifest.grants)) {
      return "the manifest does not grant events of kind " + std::string(to_text(kind));
    }
  }
  return std::nullopt;
}

}  // namespace omegate::plugin
