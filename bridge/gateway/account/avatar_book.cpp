#include "bridge/gateway/account/avatar_book.hpp"

#include <algorithm>
#include <utility>

#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {

void AvatarBook::announced(const std::string& who, std::string id, Source source) {
  const auto before = known_.find(who);
  const bool has_better = before != known_.end() && before->second.source == Source::published && !before->second.id.empty();
  if (has_better && source == Source::presence) return;
  note(who, {std::move(id), source, Clock::time_point::max(), false});
}

void AvatarBook::found(const std::string& who, std::string id, Clock::time_point until) {
  const auto before = known_.find(who);
  const Source source = before != known_.end() ? before->second.source : Source::asked;
  // What is announced and could not be had is looked for again, like what was never announced.
  const bool stays = source != Source::asked && !id.empty();
  note(who, {std::move(id), source, stays ? Clock::time_point::max() : until, false});
}

void AvatarBook::missed(const std::string& who, Clock::time_point until) {
  const auto before = known_.find(who);
  note(who, {{}, before != known_.end() ? before->second.source : Source::asked, until, true});
}

/// Who was met first makes room; whoever it is about is asked again when a plugin wants to know.
void AvatarBook::note(const std::string& who, Known known) {
  const auto [place, is_new] = known_.insert_or_assign(who, std::move(known));
  if (is_new) order_.push_back(who);
  if (order_.size() <= max_known_avatars) return;
  known_.erase(order_.front());
  order_.pop_front();
}

const AvatarBook::Known* AvatarBook::find(const std::string& who, Clock::time_point now) const {
  const auto found = known_.find(who);
  return found == known_.end() || found->second.until < now ? nullptr : &found->second;
}

void AvatarBook::forget_announced() {
  std::erase_if(known_, [](const auto& each) { return each.second.source != Source::asked; });
  std::erase_if(order_, [this](const std::string& who) { return !known_.contains(who); });
}

const xmpp::Avatar* AvatarBook::picture(const std::string& id) const {
  const auto found = std::ranges::find(pictures_, id, &xmpp::Avatar::id);
  return found == pictures_.end() ? nullptr : &*found;
}

void AvatarBook::keep(xmpp::Avatar avatar) {
  if (picture(avatar.id) != nullptr) return;
  pictures_.push_back(std::move(avatar));
  if (pictures_.size() > kept_avatars) pictures_.pop_front();
}

bool AvatarBook::may_ask(Clock::time_point now) {
  while (!asked_.empty() && now - asked_.front() >= std::chrono::minutes(1)) asked_.pop_front();
  if (asked_.size() >= avatars_a_minute) return false;
  asked_.push_back(now);
  return true;
}

}  // namespace omegate::gateway
