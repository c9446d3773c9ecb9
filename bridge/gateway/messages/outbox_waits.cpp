#include "bridge/gateway/messages/outbox_waits.hpp"

#include <algorithm>

#include "bridge/gateway/messages/copies.hpp"

namespace omegate::gateway {
namespace {

using store::MessageState;
using State = AccountStatus::State;

std::string in_kilobytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50) / 100;
  if (tenths >= 1000) return std::to_string(tenths / 10) + " kB";
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " kB";
}

std::string account_words(const AccountStatus& status) {
  switch (status.state) {
    case State::connecting:
      return "the account logs in";
    case State::alarm:
      return "the account sends nothing until somebody has looked: " + status.detail;
    case State::stopped:
      return "the account is stopped: " + status.detail;
    case State::online:
    case State::waiting:
      break;
  }
  return "the account is offline: " + status.detail;
}

Waits for_account(const AccountStatus& status, std::string_view before = {}) {
  return {"account", std::string(before) + account_words(status), status.since, status.next_try};
}

std::string pace_words(const StreamLoad& load) {
  std::string words = in_kilobytes(load.bytes) + " are on their way";
  if (load.bytes_per_second)
    words += ", and the server takes about " + in_kilobytes(*load.bytes_per_second) + "/s";
  return words;
}

std::string ahead_words(std::size_t ahead) {
  if (ahead == 0) return "nothing goes before it";
  const std::string number = std::to_string(ahead) + (ahead >= max_counted_ahead ? " or more" : "");
  return number + (ahead == 1 ? " message that is more urgent or older goes first"
                              : " messages that are more urgent or older go first");
}

Waits accepted(const store::OutboxRow& row, const AccountTraffic& traffic, std::size_t ahead, WallTime now) {
  if (traffic.status.state != State::online) return for_account(traffic.status);
  const bool taken = std::find(traffic.taken.begin(), traffic.taken.end(), row.id) != traffic.taken.end();
  if (taken) return {"keys", "the devices and keys of " + row.recipient + " are being fetched", row.changed, {}};
  if (traffic.uploading && traffic.uploading->row == row.id) {
    const AccountMemory::Upload& upload = *traffic.uploading;
    const std::string part = upload.total == 0 ? "" : ", " + std::to_string(upload.done * 100 / upload.total) + " % of " + in_kilobytes(upload.total);
    return {"upload", "its file is being uploaded" + part, row.changed, {}};
  }
  if (row.due > now) {
    const std::string why = row.reason.empty() ? "the last try was interrupted" : "the last try failed: " + row.reason;
    return {"retry", why, row.changed, row.due};
  }
  if (traffic.load.one_by_one) {
    return {"server", "the server objected to a message; until it is found they go out one at a time; " + ahead_words(ahead),
            row.created, {}};
  }
  if (traffic.load.congested)
    return {"server", pace_words(traffic.load) + "; " + ahead_words(ahead), row.created, {}};
  return {"turn", ahead_words(ahead), row.created, {}};
}

Waits written(const store::OutboxRow& row, const AccountTraffic& traffic) {
  if (traffic.status.state != State::online)
    return for_account(traffic.status, "not acknowledged by the server, and goes out again if it was lost; ");
  return {"acknowledgement", "the server has not acknowledged it; " + pace_words(traffic.load), row.changed, {}};
}

}  // namespace

std::optional<Waits> waits_of(const store::OutboxRow& row, const AccountTraffic& traffic, std::size_t ahead,
                              WallTime now) {
  switch (row.state) {
    case MessageState::accepted:
      return accepted(row, traffic, ahead, now);
    case MessageState::written:
      return written(row, traffic);
    case MessageState::held:
      return Waits{decode_notes(row.notes).copies.empty() ? "device" : "decision", row.reason, row.changed, {}};
    case MessageState::parked:
      return Waits{"operator", row.reason, row.changed, {}};
    case MessageState::sent:
    case MessageState::delivered:
    case MessageState::refused:
    case MessageState::bounced:
    case MessageState::expired:
      break;
  }
  return std::nullopt;
}

}  // namespace omegate::gateway
