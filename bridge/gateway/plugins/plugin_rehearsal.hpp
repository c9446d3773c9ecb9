// The last events of a plugin with everything that its handlers asked and were told, so that another version can be shown
// what it would have made of them. Nothing of that happens.
//
// In memory only: it ends with the process. Not here: the process that rehearses (plugin_host.hpp).
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/plugin/frame.hpp"

namespace omegate::gateway {

/// Why: so far back people remember what the plugin did. Units: events; bytes of all of them together.
inline constexpr std::size_t max_recent_events = 100;
inline constexpr std::size_t max_recent_size = std::size_t{2} << 20;

/// Answers of one event. Why: each question of a rehearsal is looked for among them, and small ones cost next to no bytes.
inline constexpr std::size_t max_recent_answers = 1000;

struct RecentEvent {
  plugin::Event event;
  std::vector<std::pair<std::string, plugin::ToWorker>> answers{};  // by the question, as its frame
  std::vector<plugin::Effect> effects{};
  std::string trouble{};  // why it has no effects; empty: it was done
  std::size_t kept = 0;   // bytes of the answers
  bool too_large = false;  // they would have been too many, or more than all events together may be; none is kept

  void note(const plugin::ToGateway& question, const plugin::ToWorker& answer);
  /// What was answered to this question, the first time first; it is used up by that.
  std::optional<plugin::ToWorker> take(const plugin::ToGateway& question);
};

class RecentEvents {
 public:
  /// One that is larger than all of them may be is not kept, and costs none of the others its place.
  void add(RecentEvent event);
  /// The newest `count`, oldest first.
  std::vector<RecentEvent> last(std::size_t count) const;
  /// How many were not kept.
  std::size_t too_large() const { return too_large_; }

 private:
  std::deque<RecentEvent> events_;
  std::deque<std::size_t> sizes_;
  std::size_t size_ = 0, too_large_ = 0;
};

/// What another version makes of one of these events otherwise.
struct RehearsalDifference {
  std::string event, kind;
  std::string before, now;  // effects as JSON, one a line, or what went wrong
};

/// What has loaded or not, and what it does otherwise.
struct Rehearsal {
  std::string error;  // why it does not load; empty: it does
  std::size_t events = 0;
  std::size_t too_large = 0;  // since the start: they cannot be shown, with all that was answered
  std::vector<RehearsalDifference> differences{};
};

/// For people: effects as JSON, one a line, "nothing", or "failure: …".
std::string outcome_text(const std::vector<plugin::Effect>& effects, const std::string& trouble);

}  // namespace omegate::gateway
