// Whose picture is which, as far as one account was told, and the last pictures themselves.
//
// In memory only: after a restart it is asked again. On the account's strand. Not here: asking (avatars.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "bridge/core/xmpp/avatar.hpp"

namespace omegate::gateway {

class AvatarBook {
 public:
  using Clock = std::chrono::steady_clock;

  enum class Source {
    asked,      // we asked, and believe it for a while
    presence,   // announced: the hash of a vCard's photo
    published,  // announced: metadata of a node; counts more than a presence
  };

  struct Known {
    std::string id;  // empty: no picture is shown, or none that is taken
    Source source = Source::asked;
    Clock::time_point until{};  // believed so long
    bool is_missing = false;    // whoever has it did not answer: nothing is known but that
  };

  /// It is announced, until another one is. `who`: a bare JID, or a room and the JID of somebody in it.
  void announced(const std::string& who, std::string id, Source source);
  /// We have asked; what was announced before it stays announced, as this one.
  void found(const std::string& who, std::string id, Clock::time_point until);
  /// We have asked, and there was no answer.
  void missed(const std::string& who, Clock::time_point until);
  /// Null: not known, or not any more.
  const Known* find(const std::string& who, Clock::time_point now) const;
  /// A session without a past: what was announced will be announced again, or was missed.
  void forget_announced();

  /// One of the last pictures. Null: it is not here.
  const xmpp::Avatar* picture(const std::string& id) const;
  void keep(xmpp::Avatar avatar);

  /// Whether one more may be asked for now; counts it.
  bool may_ask(Clock::time_point now);

  std::size_t size() const { return known_.size(); }

 private:
  void note(const std::string& who, Known known);

  std::map<std::string, Known, std::less<>> known_;
  std::deque<std::string> order_;  // of `known_`, as they came
  std::deque<xmpp::Avatar> pictures_;
  std::deque<Clock::time_point> asked_;
};

}  // namespace omegate::gateway
