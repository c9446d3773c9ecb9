// Laws: how a server's bytes are cut does not matter; what is kept is bounded; nothing of the login leaves before the
// connection is encrypted; and the place up to which all is done only goes on, with a mail for each step.
// case 195, 198
#include "bridge/core/mail/imap_session.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using mail::ImapAfter;
using mail::ImapDelivery;
using mail::ImapSession;
using Todo = ImapSession::Todo;

constexpr std::string_view password = "xyzzy-secret";
constexpr std::size_t largest = 200;

std::vector<std::string> responses(std::string_view bytes, std::size_t step) {
  mail::ImapReader reader;
  std::vector<std::string> all;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      const auto response = reader.next();
      if (!response) {
        all.push_back("fault " + std::to_string(response.error().value()));
        return all;
      }
      if (!*response) break;
      std::string one = (*response)->tag + "|" + (*response)->text;
      std::size_t held = 0;
      for (const std::string& literal : (*response)->literals) {
        one += "|" + literal;
        held += literal.size();
      }
      require(held <= mail::max_imap_literal && (*response)->text.size() <= mail::max_imap_line, "a response is bounded");
      all.push_back(std::move(one));
    }
  }
  return all;
}

mail::ImapSetup setup(bool starttls, ImapAfter after) {
  mail::ImapSetup setup;
  setup.user = "user";
  setup.password = crypto::SecretBytes(as_bytes(password));
  setup.starttls = starttls;
  setup.after = after;
  setup.move_to = "Read";
  setup.max_size = largest;
  setup.position = mail::ImapPosition{7, 11, true, WallTime(std::chrono::days(10)), 20};
  setup.now = WallTime(std::chrono::days(20'000));
  return setup;
}

/// All that is said and delivered in one conversation.
struct Course {
  std::string clear, said;
  std::vector<std::string> deliveries;
};

void take(const ImapDelivery& delivery, mail::ImapPosition& position) {
  const mail::ImapPosition& next = delivery.position;
  if (delivery.kind == ImapDelivery::Kind::position) {
    require(next.uid == 0 && next.old_to <= UINT32_MAX, "another folder is read from its beginning");
  } else {
    require(next.validity == position.validity && next.uid > position.uid && next.uid == delivery.uid, "the place goes on, by this mail");
  }
  require(delivery.message.size() <= largest, "what is delivered is bounded");
  require(delivery.kind == ImapDelivery::Kind::mail || delivery.message.empty(), "only a mail has words");
  position = next;
}

Course converse(std::string_view bytes, std::size_t step, bool starttls, ImapAfter after) {
  ImapSession session(setup(starttls, after));
  mail::ImapPosition position{7, 11};
  Course course;
  bool is_secure = !starttls;
  for (int turns = 0; session.todo() != Todo::finish; ++turns) {
    switch (session.todo()) {
      case Todo::write: {
        const crypto::SecretBytes out = session.take_bytes();
        (is_secure ? course.said : course.clear) += as_text(out);
        break;
      }
      case Todo::start_tls:
        is_secure = true;
        session.secured();
        break;
      case Todo::deliver: {
        const ImapDelivery delivery = session.take_delivery();
        take(delivery, position);
        course.deliveries.push_back(std::to_string(static_cast<int>(delivery.kind)) + ":" + std::to_string(delivery.uid) + ":" + delivery.message);
        session.delivered(delivery.kind == ImapDelivery::Kind::mail);
        break;
      }
      case Todo::read:
      case Todo::rest:
        if (bytes.empty() && session.todo() == Todo::rest && turns < 100) {
          session.wake();
        } else if (bytes.empty()) {
          session.ended("the end");
        } else {
          session.received(bytes.substr(0, step));
          bytes.remove_prefix(std::min(step, bytes.size()));
        }
        break;
      case Todo::finish: break;
    }
  }
  const std::string& reason = session.trouble().reason;
  require(!reason.empty() && reason.size() < 2000, "the end has a reason");
  require(std::ranges::all_of(reason, [](char c) { return c >= ' ' && c <= '~'; }), "for people");
  require(reason.find(password) == reason.npos, "in which the password is not");
  return course;
}

}  // namespace

void fuzz_imap(ByteView input) {
  const std::string_view bytes = as_text(input);
  const std::size_t whole = std::max<std::size_t>(input.size(), 1);
  require(responses(bytes, whole) == responses(bytes, 3), "cutting does not matter");
  for (const ImapAfter after : {ImapAfter::leave, ImapAfter::seen, ImapAfter::move}) {
    const Course at_once = converse(bytes, whole, false, after), in_pieces = converse(bytes, 5, false, after);
    require(at_once.deliveries.size() <= input.size() && in_pieces.deliveries.size() <= input.size(), "no mail of nothing");
    const std::string clear = converse(bytes, 1, true, after).clear;
    require(clear.empty() || clear == "A1 CAPABILITY\r\n" || clear == "A1 CAPABILITY\r\nA2 STARTTLS\r\n", "in the clear there is only the wish for more");
  }
}

}  // namespace omegate::fuzz
