#include "bridge/core/plugin/grants.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "bridge/core/plugin/limits.hpp"

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
    case EventKind::hook:
      return grants.hooks;
    case EventKind::command:
    case EventKind::timer:
    case EventKind::answer:
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

std::optional<std::string> refusal(const Hook& hook, const Installed& installed) {
  if (!installed.manifest.grants.hooks)
    return "the manifest does not grant hooks, yet it registers " + hook.path;
  if (!is_hook_path(hook.path)) return "\"" + hook.path + "\" is not a path for a hook";
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
  if (send.text.empty()) return "a message without a text";
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
  if (origin.from.empty()) return "nobody sent this event, so there is nobody to ask";
  if (!may_send_to(origin.from, installed, origin)) return "the manifest does not grant sending to " + origin.from;
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
    Change* const change = std::get_if<Change>(&effect);
    if (change != nullptr && change->target.account.empty()) change->target.account = default_account(installed, origin);
    auto why = std::visit([&](const auto& one) { return refusal(one, installed, origin); }, effect);
    if (why) return why;
  }
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
