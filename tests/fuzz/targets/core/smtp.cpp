// Laws: how the bytes of a connection are cut changes neither answers nor messages; a message that is handed over has
// recipients that are ours, no line end but CRLF, and no more bytes than the limit; answers are lines of SMTP.
//
// The first byte says how to cut, and which of the protocols it is.
#include <algorithm>

#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/server_session.hpp"
#include "bridge/core/mail/text.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using mail::ServerSession;
using Next = ServerSession::Next;

constexpr std::size_t max_size = 500;

struct Heard {
  std::string answers, messages;
  friend bool operator==(const Heard&, const Heard&) = default;
};

void judge_message(const std::string& message) {
  require(message.size() <= max_size, "a message is not larger than announced");
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\n') require(i > 0 && message[i - 1] == '\r', "no LF alone");
    if (message[i] == '\r') require(i + 1 < message.size() && message[i + 1] == '\n', "no CR alone");
  }
}

void judge_answers(std::string_view answers) {
  while (!answers.empty()) {
    const auto end = answers.find("\r\n");
    require(end != answers.npos, "answers are lines");
    const std::string_view line = answers.substr(0, end);
    require(line.size() >= 4 && std::all_of(line.begin(), line.begin() + 3, mail::is_digit) && (line[3] == ' ' || line[3] == '-'), "with a code");
    require(std::ranges::none_of(line, mail::is_control), "and nothing in them ends one");
    answers.remove_prefix(end + 2);
  }
}

Heard talk(std::string_view bytes, std::size_t cut, bool lmtp, bool tls) {
  mail::SessionRules rules;
  rules.protocol = lmtp ? mail::Protocol::lmtp : mail::Protocol::smtp;
  rules.host = "bot.example.org";
  rules.max_size = max_size;
  rules.offers_tls = tls;
  rules.wants_password = rules.takes_password_in_clear = tls;
  rules.takes = [](const mail::Address& address) { return address.domain == "example.org"; };
  rules.opens = [](std::string_view user, std::string_view password) { return user == "nas" && password == "let me in"; };
  ServerSession session(rules, false);
  Heard heard;
  for (Next next = session.advance(); next != Next::close; next = session.advance()) {
    heard.answers += session.take_output();
    if (next == Next::handshake) session.tls_started();
    if (next == Next::store) {
      for (const mail::Address& each : session.envelope().recipients) {
        require(each.domain == "example.org", "only our addresses");
        require(each.local.size() <= mail::max_local_part, "of a sane length");
      }
      require(!session.envelope().recipients.empty(), "and at least one");
      const std::string message = session.take_message();
      judge_message(message);
      heard.messages += message + "\n--\n";
      session.stored({250, "2.0.0", "stored"});
    }
    if (next != Next::read) continue;
    const auto some = bytes.substr(0, std::min(cut, session.room()));
    if (some.empty()) break;
    session.receive(some);
    bytes.remove_prefix(some.size());
  }
  heard.answers += session.take_output();
  judge_answers(heard.answers);
  return heard;
}

}  // namespace

// case 193
void fuzz_smtp(ByteView input) {
  if (input.empty()) return;
  const bool lmtp = (input[0] & 1) != 0, tls = (input[0] & 2) != 0;
  const std::string_view bytes = as_text(input.subspan(1));
  const Heard whole = talk(bytes, bytes.size() + 1, lmtp, tls);
  const Heard cut = talk(bytes, 1 + input[0] / 4u, lmtp, tls);
  if (!tls) require(whole == cut, "cutting changes nothing");  // what stands behind STARTTLS is dropped as it has come
  static_cast<void>(mail::AddressPattern::parse(bytes));
  const auto address = mail::parse_address(bytes);
  if (address) require(mail::parse_address(address->to_string()) == address, "an address that is written is the same");
}

}  // namespace omegate::fuzz
