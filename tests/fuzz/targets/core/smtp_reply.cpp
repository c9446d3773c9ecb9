// Laws: how a server's bytes are cut does not matter; what is read is bounded; and whatever a server says, nothing of the
// login leaves before the connection is encrypted.
// case 195, 197
#include "bridge/core/mail/smtp_reply.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "bridge/core/mail/submission.hpp"
#include "bridge/core/mail/submission_limits.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

constexpr std::string_view password = "xyzzy-secret";

struct Heard {
  std::vector<std::string> replies;
  bool broken = false;

  void take(mail::ReplyReader& reader) {
    while (!broken) {
      const auto reply = reader.next();
      broken = !reply;
      if (broken || !*reply) return;
      const mail::ServerReply& one = **reply;
      require(one.code >= 200 && one.code <= 599 && !one.lines.empty() && one.lines.size() <= mail::max_reply_lines, "a reply is bounded");
      const std::string words = one.words();
      require(words.size() <= mail::max_reply_text, "what people see of it is bounded");
      require(std::ranges::all_of(words, [](char c) { return c >= ' ' && c <= '~'; }), "and is one line");
      replies.push_back(words + "|" + one.enhanced);
    }
  }
};

Heard hear(std::string_view bytes, std::size_t step) {
  mail::ReplyReader reader;
  Heard heard;
  for (; !bytes.empty() && !heard.broken; bytes.remove_prefix(std::min(step, bytes.size()))) {
    reader.feed(bytes.substr(0, step));
    heard.take(reader);
  }
  return heard;
}

/// A conversation in which the server says this, as far as it is waited for. What was written before the handshake.
std::string in_the_clear(std::string_view bytes, std::size_t step) {
  mail::SubmissionSetup setup{"example.org", true, mail::SubmissionLogin{"user", crypto::SecretBytes(as_bytes(password))}};
  mail::Submission submission(std::move(setup), {"bot@example.org", {"a@example.org", "b@example.org"}, "private words\r\n"});
  std::string clear;
  bool is_secure = false;
  while (submission.todo() != mail::Submission::Todo::finish) {
    switch (submission.todo()) {
      case mail::Submission::Todo::write: {
        const crypto::SecretBytes said = submission.take_bytes();
        if (!is_secure) clear += as_text(said);
        break;
      }
      case mail::Submission::Todo::start_tls:
        is_secure = true;
        submission.secured();
        break;
      case mail::Submission::Todo::read:
        if (bytes.empty()) {
          submission.ended("the end");
        } else {
          submission.received(bytes.substr(0, step));
          bytes.remove_prefix(std::min(step, bytes.size()));
        }
        break;
      case mail::Submission::Todo::next: submission.leave(); break;  // its setup never stays
      case mail::Submission::Todo::finish: break;
    }
  }
  require(submission.outcome().recipients.size() == 2, "everybody has a verdict");
  for (const auto& [address, verdict, reason] : submission.outcome().recipients) {
    require(!reason.empty(), "and a reason for it");
    require(reason.find(password) == std::string::npos, "in which the password is not");
  }
  return clear;
}

}  // namespace

void fuzz_smtp_reply(ByteView input) {
  const Heard whole = hear(as_text(input), std::max<std::size_t>(input.size(), 1));
  const Heard pieces = hear(as_text(input), 3);
  require(whole.replies == pieces.replies && whole.broken == pieces.broken, "cutting does not matter");
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::max<std::size_t>(input.size(), 1)}) {
    const std::string clear = in_the_clear(as_text(input), step);
    require(clear.empty() || clear == "EHLO example.org\r\n" || clear == "EHLO example.org\r\nSTARTTLS\r\n",
            "in the clear there is only the wish for more");
  }
}

}  // namespace omegate::fuzz
