#include "bridge/gateway/log/log_budget.hpp"

#include <algorithm>
#include <array>

namespace omegate::gateway {
namespace {

/// Strangers cause them, or contacts whose key is not trusted.
constexpr std::array<std::string_view, 13> caused_by_anybody{
    "command.refused",   "device.new",      "device.no_bundle",         "devices.cut",       "devices.many",
    "hook.unauthorised", "message.dropped", "message.plain_ignored",    "message.stranger",  "message.unread",
    "request.ignored",   "presence.request_ignored", "roster.forged_push"};

}  // namespace

LogBudget::Verdict LogBudget::ask(std::string_view event, Time now) {
  const auto* const known = std::find(caused_by_anybody.begin(), caused_by_anybody.end(), event);
  if (known == caused_by_anybody.end()) return Verdict::say;
  Window& window = windows_[*known];
  if (window.lines == 0 || now - window.began >= line_window) window = {now};
  if (window.lines >= max_lines_in_window) return Verdict::leave_out;
  ++window.lines;
  return window.lines < max_lines_in_window ? Verdict::say : Verdict::say_and_warn;
}

}  // namespace omegate::gateway
