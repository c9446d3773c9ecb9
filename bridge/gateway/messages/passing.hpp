// What is said of now and kept nowhere: that we write to somebody, that we have read what they wrote.
//
// No content: a chat state, or the id of a message of theirs. Law: where a device of theirs reads OMEMO 0.3 it goes in the clear, as
// the clients of that version say it and as our receipts go to them; where all read OMEMO 2 it goes encrypted, or not at all. Who has
// no device that we may write to hears nothing. Not here: when it goes (account/account_passing.cpp), who wants it
// (plugins/plugin_effects.hpp). Source: XEP-0085 2.1, XEP-0333 1.0, XEP-0334; XEP-0420 for what belongs into the envelope.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/gateway/messages/recipients.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// Conversations of which is known up to where we have said that we read. Why: a marker never goes back; one that is forgotten costs
/// a marker too many. Unit: conversations of an account.
inline constexpr std::size_t max_passing_said = 200;

struct Passing {
  std::string to;                              // bare JID: a person, or a room
  std::optional<xmpp::ChatState> state = {};   // else:
  std::string displayed = {};                  // the id by which its readers know a message of theirs
  bool bridged = false;                        // a bridge says so: no other one carries it on
  std::int64_t order = 0;                      // of that message: what came later has a larger one

  friend bool operator==(const Passing&, const Passing&) = default;
};

/// The finished stanzas; none where `rule` would keep a message back. `members`: `to` is a room, and these people read in it. Runs
/// inside a transaction; stores the next states of the sessions that it uses.
std::vector<std::string> passing_stanzas(store::Tables& tables, const Sender& sender, const Passing& passing,
                                         const std::optional<std::vector<std::string>>& members, trust::MessageRule rule,
                                         Random& random, WallTime now);

/// What waits for the stream of an account, a moment: of each conversation and kind only the newest, and of what was read only what
/// is further than was said before.
class PassingBox : public std::enable_shared_from_this<PassingBox> {
 public:
  explicit PassingBox(asio::any_io_executor strand) : strand_(strand), signal_(std::move(strand)) {}

  /// From any thread. What finds the box full is dropped.
  void hand_in(Passing passing);

  // On the account's strand:
  void add(Passing passing);
  std::deque<Passing> take() { return std::exchange(waiting_, {}); }
  bool is_empty() const { return waiting_.empty(); }
  /// Further than what was said in its conversation, or a chat state.
  bool is_news(const Passing& passing) const;
  /// It went out: what is not further is dropped from now on.
  void note_said(const Passing& passing);
  asio::awaitable<void> wait() { return signal_.wait_until(std::chrono::steady_clock::time_point::max()); }

 private:
  asio::any_io_executor strand_;
  Signal signal_;
  std::deque<Passing> waiting_;

  struct Said {
    std::string to;
    std::int64_t order;
  };
  std::deque<Said> said_;  // the latest last
};

}  // namespace omegate::gateway
