#include "bridge/core/mail/submission.hpp"

#include <algorithm>
#include <charconv>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/mail/addr_spec.hpp"
#include "bridge/core/mail/plain_response.hpp"
#include "bridge/core/mail/submission_limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(upper(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool has(const std::vector<std::string>& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

}  // namespace

Submission::Submission(SubmissionSetup setup, SubmissionMail mail)
    : setup_(std::move(setup)), mail_(std::move(mail)), is_secure_(!setup_.starttls), settled_(mail_.to.size()) {
  for (const std::string& address : mail_.to) outcome_.recipients.push_back({address});
}

// --- what is to be done

crypto::SecretBytes Submission::take_bytes() {
  if (stage_ == Stage::content && output_.empty()) return next_piece();
  todo_ = stage_ == Stage::over ? Todo::finish : Todo::read;
  return std::exchange(output_, {});
}

/// A line that begins with a dot gets another one; the last line is a dot. Source: RFC 5321 §4.5.2.
crypto::SecretBytes Submission::next_piece() {
  std::string piece;
  const std::string_view rest = mail_.content.substr(offset_);
  const std::string_view taken = rest.substr(0, content_piece);
  piece.reserve(taken.size() + 64);
  for (const char c : taken) {
    if (line_begins_ && c == '.') piece += '.';
    piece += c;
    line_begins_ = c == '\n';
  }
  offset_ += taken.size();
  if (offset_ == mail_.content.size()) {
    piece += line_begins_ ? ".\r\n" : "\r\n.\r\n";
    stage_ = Stage::end_of_data;
    todo_ = Todo::read;
  }
  return crypto::SecretBytes(as_bytes(piece));
}

void Submission::write(std::string_view line) { write_secret(line, {}); }

void Submission::write_secret(std::string_view prefix, ByteView secret) {
  std::string encoded = secret.empty() ? std::string() : crypto::to_base64(secret);
  crypto::SecretBytes line(output_.size() + prefix.size() + encoded.size() + 2);
  auto out = std::ranges::copy(output_.bytes(), line.writable().begin()).out;
  out = std::ranges::copy(as_bytes(prefix), out).out;
  out = std::ranges::copy(as_bytes(encoded), out).out;
  std::ranges::copy(as_bytes("\r\n"), out);
  crypto::wipe({reinterpret_cast<Byte*>(encoded.data()), encoded.size()});
  output_ = std::move(line);
  todo_ = Todo::write;
}

// --- what came of it

void Submission::received(std::string_view bytes) {
  replies_.feed(bytes);
  while (todo_ == Todo::read) {
    auto reply = replies_.next();
    if (!reply) return give_up(Verdict::later, reply.error().message(), true);
    if (!*reply) return;
    take(**reply);
  }
}

void Submission::secured() {
  is_secure_ = true;
  stage_ = Stage::ehlo;
  write("EHLO " + setup_.client_name);
}

void Submission::ended(const std::string& why) {
  if (stage_ == Stage::over) return;
  const bool was_given = stage_ == Stage::content || stage_ == Stage::end_of_data;
  give_up(Verdict::later, was_given ? why + " (the mail was written and the server did not say that it has it)" : why, true);
}

/// It ends the connection by it: what is left of the mail cannot be taken back.
void Submission::interrupted(std::string_view bytes) {
  if (stage_ != Stage::content) return;
  replies_.feed(bytes);
  const auto reply = replies_.next();
  if (!reply || !*reply || (*reply)->is_positive()) return;
  const bool is_for_good = !(*reply)->is_for_now();
  give_up(is_for_good ? Verdict::refused : Verdict::later, (*reply)->words(), !is_for_good);
  stage_ = Stage::over;
  output_ = {};
  todo_ = Todo::finish;
}

void Submission::take(const ServerReply& reply) {
  if (reply.code == 421) return give_up(Verdict::later, reply.words(), true);  // it closes; RFC 5321 §3.8
  switch (stage_) {
    case Stage::greeting: return take_greeting(reply);
    case Stage::ehlo: return take_ehlo(reply);
    case Stage::starttls: return take_starttls(reply);
    case Stage::auth_plain:
    case Stage::auth_login:
    case Stage::auth_user:
    case Stage::auth_password: return take_auth(reply);
    case Stage::reset: return take_reset(reply);
    case Stage::envelope: return take_envelope(reply);
    case Stage::data: return take_data(reply);
    case Stage::end_of_data: return take_end_of_data(reply);
    case Stage::handshake:
    case Stage::content:
    case Stage::between:
    case Stage::over: return;
  }
}

void Submission::take_greeting(const ServerReply& reply) {
  if (reply.code != 220) return give_up(Verdict::later, "the server greets with " + reply.words(), true);
  stage_ = Stage::ehlo;
  write("EHLO " + setup_.client_name);
}

void Submission::take_ehlo(const ServerReply& reply) {
  if (reply.code != 250) return give_up(Verdict::later, "EHLO was answered with " + reply.words(), true);
  read_extensions(reply);
  if (is_secure_) return authenticate();
  if (!extensions_.starttls) {
    return give_up(Verdict::later,
                   "the server offers no STARTTLS, or somebody on the way took it out; nothing was told to it. If it wants "
                   "TLS from the first byte: mail.submission.tls: implicit",
                   true);
  }
  stage_ = Stage::starttls;
  write("STARTTLS");
}

void Submission::take_starttls(const ServerReply& reply) {
  if (reply.code != 220) return give_up(Verdict::later, "STARTTLS was answered with " + reply.words(), true);
  if (replies_.has_more()) {
    return give_up(Verdict::later, "bytes came behind the answer to STARTTLS: somebody on the way put them there", true);
  }
  extensions_ = {};  // what was said in the clear counts for nothing
  stage_ = Stage::handshake;
  todo_ = Todo::start_tls;
}

void Submission::read_extensions(const ServerReply& reply) {
  extensions_ = {};
  for (std::size_t i = 1; i < reply.lines.size(); ++i) {
    std::string line = reply.lines[i];
    if (upper(line).starts_with("AUTH=")) line[4] = ' ';  // as some have said it since before RFC 4954
    const auto words = words_of(line);
    if (words.empty()) continue;
    const std::string& name = words[0];
    if (name == "STARTTLS") extensions_.starttls = true;
    if (name == "PIPELINING") extensions_.pipelining = true;
    if (name == "8BITMIME") extensions_.eight_bit = true;
    if (name == "SMTPUTF8") extensions_.utf8 = true;
    if (name == "AUTH") {
      extensions_.plain |= has(words, "PLAIN");
      extensions_.login |= has(words, "LOGIN");
    }
    if (name == "SIZE" && words.size() > 1) {
      std::uint64_t size = 0;
      const auto [end, failed] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), size);
      if (failed == std::errc() && end == words[1].data() + words[1].size()) extensions_.size = size;
    }
  }
}

void Submission::authenticate() {
  if (!setup_.login) return begin_envelope();
  if (extensions_.plain) {
    stage_ = Stage::auth_plain;
    return write_secret("AUTH PLAIN ", plain_response(setup_.login->user, setup_.login->password));
  }
  if (extensions_.login) {
    stage_ = Stage::auth_login;
    return write("AUTH LOGIN");
  }
  give_up(Verdict::later, "the server lets nobody log in by AUTH PLAIN or LOGIN; does this port take submissions?", true);
}

/// AUTH LOGIN asks twice: for the user, for the password.
void Submission::take_auth(const ServerReply& reply) {
  if (stage_ == Stage::auth_login && reply.code == 334) {
    stage_ = Stage::auth_user;
    return write_secret({}, as_bytes(setup_.login->user));
  }
  if (stage_ == Stage::auth_user && reply.code == 334) {
    stage_ = Stage::auth_password;
    return write_secret({}, setup_.login->password);
  }
  const bool is_last = stage_ == Stage::auth_plain || stage_ == Stage::auth_password;
  if (is_last && reply.code == 235) return begin_envelope();
  // Some repeat what they were told; their words are not for a log.
  give_up(Verdict::later,
          "the server refuses the login of " + setup_.login->user + " (" + std::to_string(reply.code) +
              (reply.enhanced.empty() ? "" : " " + reply.enhanced) + "); look at mail.submission.user and secret",
          true);
}

void Submission::begin_envelope() {
  const bool utf8 = needs_smtputf8(mail_.from) || std::ranges::any_of(mail_.to, needs_smtputf8);
  const bool eight_bit = !is_ascii(mail_.content);
  if (extensions_.size != 0 && mail_.content.size() > extensions_.size) {
    return give_up(Verdict::refused,
                   "the mail has " + std::to_string(mail_.content.size()) + " bytes, and the server takes " +
                       std::to_string(extensions_.size),
                   false);
  }
  if (utf8 && !extensions_.utf8)
    return give_up(Verdict::refused, "an address is not ASCII, and the server cannot handle that (SMTPUTF8)", false);
  if (eight_bit && !extensions_.eight_bit)
    return give_up(Verdict::refused, "the mail is not ASCII, and the server cannot handle that (8BITMIME)", false);
  std::string from = "MAIL FROM:<" + mail_.from + ">";
  if (extensions_.size != 0) from += " SIZE=" + std::to_string(mail_.content.size());
  if (eight_bit) from += " BODY=8BITMIME";
  if (utf8) from += " SMTPUTF8";
  commands_.push_back(std::move(from));
  for (const std::string& address : mail_.to) commands_.push_back("RCPT TO:<" + address + ">");
  stage_ = Stage::envelope;
  send_envelope();
}

/// All at once, or one after the other.
void Submission::send_envelope() {
  do {
    write(commands_[sent_++]);
  } while (extensions_.pipelining && sent_ < commands_.size());
}

void Submission::take_envelope(const ServerReply& reply) {
  const std::size_t which = answered_++;
  if (which == 0) {
    if (reply.code == 530) return give_up(Verdict::later, "the server wants a login: " + reply.words(), true);
    if (reply.code != 250) {
      sender_verdict_ = reply.is_for_now() || reply.is_positive() ? Verdict::later : Verdict::refused;
      sender_refusal_ = reply.words();
    }
  } else if (sender_refusal_.empty() && reply.code / 10 != 25) {
    // "Too many recipients" means the next mail: RFC 5321 §4.5.3.1.10.
    const bool for_now = reply.is_for_now() || reply.is_positive() || reply.code == 552;
    outcome_.recipients[which - 1].verdict = for_now ? Verdict::later : Verdict::refused;
    outcome_.recipients[which - 1].reason = reply.words();
    settled_[which - 1] = true;
  }
  if (!sender_refusal_.empty() && answered_ == sent_) return settle(sender_verdict_, sender_refusal_), end_mail();
  if (answered_ < sent_) return;
  if (sent_ < commands_.size()) return send_envelope();
  end_envelope();
}

void Submission::end_envelope() {
  if (std::ranges::find(settled_, false) == settled_.end()) return end_mail();
  stage_ = Stage::data;
  write("DATA");
}

void Submission::take_data(const ServerReply& reply) {
  if (reply.code == 354) {
    stage_ = Stage::content;
    todo_ = Todo::write;
    return;
  }
  settle(reply.is_for_now() || reply.is_positive() ? Verdict::later : Verdict::refused, reply.words());
  end_mail();
}

void Submission::take_end_of_data(const ServerReply& reply) {
  settle(reply.code == 250 ? Verdict::accepted : reply.code >= 500 ? Verdict::refused : Verdict::later, reply.words());
  end_mail();
}

/// Whoever has no verdict of their own gets this one.
void Submission::settle(Verdict verdict, const std::string& reason) {
  for (std::size_t i = 0; i < settled_.size(); ++i) {
    if (settled_[i]) continue;
    settled_[i] = true;
    outcome_.recipients[i].verdict = verdict;
    outcome_.recipients[i].reason = reason;
  }
}

void Submission::end_mail() {
  if (!setup_.stays) return leave();
  needs_reset_ = stage_ != Stage::end_of_data;
  stage_ = Stage::between;
  todo_ = Todo::next;
}

void Submission::leave() {
  stage_ = Stage::over;
  write("QUIT");
}

void Submission::next(SubmissionMail mail) {
  mail_ = std::move(mail);
  commands_.clear();
  sent_ = answered_ = offset_ = 0;
  line_begins_ = true;
  sender_refusal_.clear();
  sender_verdict_ = Verdict::accepted;
  settled_.assign(mail_.to.size(), false);
  outcome_ = {};
  for (const std::string& address : mail_.to) outcome_.recipients.push_back({address});
  if (!needs_reset_) return begin_envelope();
  stage_ = Stage::reset;
  write("RSET");
}

void Submission::take_reset(const ServerReply& reply) {
  if (reply.code != 250) return give_up(Verdict::later, "RSET was answered with " + reply.words(), true);
  begin_envelope();
}

void Submission::give_up(Verdict verdict, const std::string& reason, bool is_trouble) {
  settle(verdict, reason);
  if (is_trouble) outcome_.trouble = reason;
  if (!is_trouble) return end_mail();
  stage_ = Stage::over;
  output_ = {};
  todo_ = Todo::finish;
}

}  // namespace omegate::mail
