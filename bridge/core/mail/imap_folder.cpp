// The part of ImapSession that works in the open folder: what is new, one mail after the other, and the wait for the next.
#include <algorithm>

#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/imap_session.hpp"
#include "bridge/core/mail/imap_text.hpp"

namespace omegate::mail {

// --- where we are

void ImapSession::opened() {
  if (!validity_) return give_up("the server has no UIDVALIDITY for this folder: its mails cannot be told apart over a restart", true);
  is_open_ = true;
  has_news_ = false;
  // Numbers that went back are others, whatever the server calls them.
  const bool went_back = position_ && next_uid_ && *next_uid_ - 1 < position_->uid;
  if (position_ && position_->validity == *validity_ && !went_back) {
    if (position_->to_treat) plan_treatment(position_->uid);
    return treat();
  }
  newest_.reset();
  if (!position_ && setup_.existing) return take_newest();
  if (exists_ == 0) return take_newest();
  send(Stage::newest, "UID FETCH * (UID INTERNALDATE)");
}

/// The first place: behind what lies there; or, when UIDVALIDITY has changed, before it.
void ImapSession::take_newest() {
  ImapDelivery delivery;
  delivery.position.validity = *validity_;
  const std::uint32_t last = newest_ ? static_cast<std::uint32_t>(*newest_->uid) : 0;
  setup_.unreadable.reset();  // a number of before
  if (exists_ > 0 && !newest_ && (position_ || !setup_.existing)) return give_up("the server does not say which mail is the newest");
  if (position_) {
    delivery.began_anew = true;
    delivery.position.floor = position_->floor;
    delivery.position.old_to = last;
  } else if (!setup_.existing) {
    delivery.position.uid = newest_ ? last : next_uid_.value_or(1) - 1;
    if (newest_ && newest_->date) delivery.position.floor = *newest_->date;
  }
  deliver(std::move(delivery));
}

// --- what the server says of mails

/// "12 EXISTS", "3 EXPUNGE", "12 FETCH (…)"
void ImapSession::take_numbered(std::uint64_t number, ImapWords words) {
  const std::string kind = words.word();
  words.skip_blanks();
  if (kind == "FETCH") return take_fetch(words);
  if (kind == "EXPUNGE" && exists_ > 0) --exists_;
  if (kind != "EXISTS") return;
  exists_ = number;
  has_news_ = true;
  if (stage_ == Stage::idle) wake();
}

std::optional<ImapSession::Fetched> ImapSession::parse_fetch(ImapWords words) const {
  Fetched fetched;
  if (!words.skip('(')) return std::nullopt;
  for (;;) {
    words.skip_blanks();
    if (words.skip(')')) return words.at_end() ? std::optional(std::move(fetched)) : std::nullopt;
    const std::string name = words.word();
    words.skip_blanks();
    if (name.empty()) return std::nullopt;
    if (name == "UID" || name == "RFC822.SIZE") {
      const auto value = words.number();
      if (!value) return std::nullopt;
      (name == "UID" ? fetched.uid : fetched.size) = value;
    } else if (name == "INTERNALDATE") {
      const auto text = words.text();
      if (!text) return std::nullopt;
      fetched.date = imap_time(*text);
    } else if (name == "BODY[]") {
      fetched.body = words.text();
      if (!fetched.body && words.word() != "NIL") return std::nullopt;
    } else if (!words.skip_value()) {
      return std::nullopt;
    }
  }
}

/// Unasked for it may come at any time. What cannot be read where it was asked for is no reason to pass over a mail.
void ImapSession::take_fetch(ImapWords words) {
  const bool was_asked = stage_ == Stage::newest || stage_ == Stage::list || stage_ == Stage::fetch;
  if (!was_asked) return;
  auto fetched = parse_fetch(words);
  if (!fetched || (fetched->uid && (*fetched->uid == 0 || *fetched->uid > UINT32_MAX)) || (fetched->size && !fetched->uid)) {
    const std::string reason = "the server describes a mail in words that cannot be read";
    return stage_ == Stage::fetch ? fail_at(fetching_, reason) : give_up(reason);
  }
  if (!fetched->uid) return;
  if (stage_ == Stage::list) return note(*fetched);
  if (stage_ == Stage::newest && (!newest_ || *newest_->uid < *fetched->uid)) newest_ = std::move(*fetched);
  if (stage_ == Stage::fetch && *fetched->uid == fetching_ && fetched->body && !body_) body_ = std::move(fetched->body);
}

void ImapSession::note(const Fetched& fetched) {
  const auto uid = static_cast<std::uint32_t>(*fetched.uid);
  if (!fetched.size || uid <= position_->uid) return;  // "5:*" has the last mail, even if that is the fourth
  const bool lay_there = uid <= position_->old_to && fetched.date;
  if (lay_there && (*fetched.date <= position_->floor || *fetched.date < setup_.now - imap_reread)) {
    passed_over_ = std::max(passed_over_, uid);
    return;
  }
  listed_[uid] = {*fetched.size};
  if (listed_.size() <= max_imap_listed) return;
  listed_.erase(std::prev(listed_.end()));
  list_overflowed_ = true;
}

// --- one mail after the other

/// What is new?
void ImapSession::look() {
  was_alarmed_ = has_news_;
  has_news_ = list_overflowed_ = false;
  listed_.clear();
  passed_over_ = 0;
  if (exists_ == 0 || position_->uid == UINT32_MAX) return go_on();
  send(Stage::list, "UID FETCH " + std::to_string(position_->uid + 1) + ":* (UID RFC822.SIZE INTERNALDATE)");
}

void ImapSession::go_on() {
  if (!treatments_.empty()) return treat();
  if (listed_.empty()) {
    if (list_overflowed_) return look();
    position_->uid = std::max(position_->uid, passed_over_);
    if (was_alarmed_) ++false_alarms_;
    // Whoever cries wolf again and again is asked now and then, as one who cannot tell.
    if (has_news_ && false_alarms_ < max_imap_false_alarms) return look();
    return rest();
  }
  false_alarms_ = 0;
  const auto [uid, mail] = *listed_.begin();
  const bool is_unreadable = setup_.unreadable == uid;
  if (mail.size > setup_.max_size || is_unreadable) {
    ImapDelivery delivery;
    delivery.kind = is_unreadable ? ImapDelivery::Kind::unreadable : ImapDelivery::Kind::too_large;
    delivery.uid = uid;
    delivery.size = mail.size;
    return deliver(std::move(delivery));
  }
  fetching_ = uid;
  body_.reset();
  send(Stage::fetch, "UID FETCH " + std::to_string(uid) + " (UID BODY.PEEK[])", setup_.max_size + imap_size_slack);
}

void ImapSession::take_mail() {
  if (!body_) {  // it has just gone; or the server hides it
    if (missed_ == fetching_) return fail_at(fetching_, "the server lists it and does not show it");
    missed_ = fetching_;
    return look();
  }
  ImapDelivery delivery;
  delivery.kind = body_->size() > setup_.max_size ? ImapDelivery::Kind::too_large : ImapDelivery::Kind::mail;
  delivery.uid = fetching_;
  delivery.size = body_->size();
  if (delivery.kind == ImapDelivery::Kind::mail) delivery.message = std::move(*body_);
  body_.reset();
  deliver(std::move(delivery));
}

void ImapSession::fail_at(std::uint32_t uid, const std::string& reason) {
  trouble_.mail = uid;
  give_up("the mail with the number " + std::to_string(uid) + " cannot be had: " + reason);
}

void ImapSession::deliver(ImapDelivery delivery) {
  if (delivery.kind != ImapDelivery::Kind::position) {
    delivery.position = *position_;
    delivery.position.uid = delivery.uid;
    delivery.position.to_treat = false;
  }
  delivered_position_ = delivery.position;
  delivery_ = std::move(delivery);
  todo_ = Todo::deliver;
}

ImapDelivery ImapSession::take_delivery() { return std::exchange(delivery_, std::nullopt).value(); }

void ImapSession::delivered(bool should_treat) {
  if (stage_ == Stage::over) return;
  position_ = delivered_position_;
  listed_.erase(position_->uid);
  if (should_treat) plan_treatment(position_->uid);
  if (should_treat) position_->to_treat = true;
  if (listed_.empty() && treatments_.empty()) return look();
  go_on();
}

// --- what becomes of those that were taken

/// Source: RFC 6851 §3.3 for servers without MOVE.
void ImapSession::plan_treatment(std::uint32_t uid) {
  const std::string number = std::to_string(uid);
  if (setup_.after == ImapAfter::seen) treatments_ = {"UID STORE " + number + " +FLAGS.SILENT (\\Seen)"};
  if (setup_.after != ImapAfter::move) return;
  if (has("MOVE")) {
    treatments_ = {"UID MOVE " + number + " " + imap_quoted(setup_.move_to)};
    return;
  }
  treatments_ = {"UID COPY " + number + " " + imap_quoted(setup_.move_to), "UID STORE " + number + " +FLAGS.SILENT (\\Deleted)"};
  if (has("UIDPLUS")) treatments_.push_back("UID EXPUNGE " + number);  // EXPUNGE alone would take others along
}

void ImapSession::treat() {
  if (treatments_.empty()) return listed_.empty() ? look() : go_on();
  const std::string command = std::move(treatments_.front());
  treatments_.erase(treatments_.begin());
  send(Stage::treat, command);
}

void ImapSession::take_treated(Answer answer, std::string_view words) {
  if (answer != Answer::ok) {
    treatments_.clear();
    complaint_ = words;
  }
  treat();
}

// --- the wait for the next

void ImapSession::rest() {
  if (is_told()) return send(Stage::idle_begin, "IDLE");
  stage_ = Stage::pause;
  todo_ = Todo::rest;
}

void ImapSession::wake() {
  if (stage_ == Stage::idle) {
    stage_ = Stage::idle_end;
    write("DONE");
  } else if (stage_ == Stage::pause) {
    send(Stage::noop, "NOOP");
  }
}

}  // namespace omegate::mail
