#include "bridge/core/mail/imap_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/imap_text.hpp"
#include "bridge/core/mail/plain_response.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

bool can_be_quoted(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_ascii(c) && !is_control(c); });
}

/// Not the mail's fault: with these codes the server says that it will be able to later. Source: RFC 5530 §3.
bool is_temporary(std::string_view said) {
  return std::ranges::any_of(std::array{"[UNAVAILABLE", "[INUSE", "[LIMIT"}, [&](const char* code) { return upper(said).starts_with(code); });
}

}  // namespace

ImapSession::ImapSession(ImapSetup setup) : setup_(std::move(setup)), is_secure_(!setup_.starttls), position_(setup_.position) {}

// --- what is to be done

crypto::SecretBytes ImapSession::take_bytes() {
  todo_ = stage_ == Stage::over ? Todo::finish : Todo::read;
  return std::exchange(output_, {});
}

void ImapSession::write(std::string_view prefix, ByteView secret) {
  crypto::SecretBytes line(prefix.size() + secret.size() + 2);
  auto out = std::ranges::copy(as_bytes(prefix), line.writable().begin()).out;
  out = std::ranges::copy(secret, out).out;
  std::ranges::copy(as_bytes("\r\n"), out);
  output_ = std::move(line);
  todo_ = Todo::write;
}

void ImapSession::send(Stage stage, std::string_view command) { send(stage, command, max_imap_literal); }

void ImapSession::send(Stage stage, std::string_view command, std::size_t longest_literal) {
  stage_ = stage;
  tag_ = "A" + std::to_string(++commands_);
  reader_.begin(longest_literal);
  write(tag_ + " " + std::string(command));
}

void ImapSession::ended(const std::string& why) {
  if (stage_ != Stage::over) give_up(why);
}

void ImapSession::give_up(const std::string& reason, bool is_lasting) {
  trouble_.reason = reason;
  trouble_.is_lasting = is_lasting;
  stage_ = Stage::over;
  output_ = {};
  todo_ = Todo::finish;
}

// --- what came of it

void ImapSession::received(std::string_view bytes) {
  reader_.feed(bytes);
  while (todo_ == Todo::read || todo_ == Todo::rest) {
    auto response = reader_.next();
    if (!response) {
      const bool is_mails_fault = stage_ == Stage::fetch && response.error() == ImapError::literal_too_long;
      if (is_mails_fault) return fail_at(fetching_, response.error().message());
      return give_up(response.error().message());
    }
    if (!*response) return;
    take(**response);
  }
}

void ImapSession::secured() {
  is_secure_ = true;
  send(Stage::capability, "CAPABILITY");
}

void ImapSession::take(const ImapResponse& response) {
  switch (response.kind) {
    case ImapResponse::Kind::untagged: return take_untagged(response);
    case ImapResponse::Kind::go_on: return take_go_on();
    case ImapResponse::Kind::tagged: return take_tagged(response);
  }
}

void ImapSession::take_untagged(const ImapResponse& response) {
  ImapWords words(response);
  const auto number = words.number();
  words.skip_blanks();
  if (number && stage_ != Stage::greeting) return take_numbered(*number, words);
  const std::string kind = words.word();
  words.skip_blanks();
  const std::string_view rest = words.rest();
  if (kind == "BYE") return give_up("the server ends it: " + imap_words(rest));
  if (stage_ == Stage::greeting) {
    if (kind == "OK") return send(Stage::capability, "CAPABILITY");
    // Where STARTTLS would follow, somebody on the way may have put it there: RFC 9051 §11.1 and §7.1.4.
    return give_up(kind == "PREAUTH" ? "the server says that somebody is logged in already, which nobody was asked for (PREAUTH); nothing was told to it"
                                     : "the server greets with " + imap_words(response.text));
  }
  if (kind == "CAPABILITY" && stage_ == Stage::capability) return take_capabilities(rest);
  if (kind == "OK" && stage_ == Stage::select) return take_status(response);
}

/// "[UIDVALIDITY 3857529045] UIDs valid"
void ImapSession::take_status(const ImapResponse& response) {
  ImapWords words(response);
  words.word();
  words.skip_blanks();
  if (!words.skip('[')) return;
  const std::string name = words.word();
  words.skip_blanks();
  const auto value = words.number();
  if (!value || *value == 0 || *value > UINT32_MAX) return;
  if (name == "UIDVALIDITY") validity_ = static_cast<std::uint32_t>(*value);
  if (name == "UIDNEXT") next_uid_ = static_cast<std::uint32_t>(*value);
}

void ImapSession::take_capabilities(std::string_view text) {
  while (!text.empty() && capabilities_.size() < max_imap_capabilities) {
    const auto end = std::min(text.find(' '), text.size());
    std::string word = upper(text.substr(0, end));
    if (!word.empty()) capabilities_.insert(std::move(word));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void ImapSession::take_go_on() {
  if (stage_ == Stage::plain_data) {
    std::string encoded = crypto::to_base64(plain_response(setup_.user, setup_.password));
    stage_ = Stage::plain;
    write({}, as_bytes(encoded));
    return crypto::wipe({reinterpret_cast<Byte*>(encoded.data()), encoded.size()});
  }
  if (stage_ == Stage::idle_begin) {
    stage_ = Stage::idle;
    todo_ = Todo::rest;
    if (has_news_) wake();
    return;
  }
  give_up("the server wants more where nothing more is to be said");
}

void ImapSession::take_tagged(const ImapResponse& response) {
  if (tag_.empty() || response.tag != tag_) return give_up("the server answers what was not asked");
  tag_.clear();
  ImapWords words(response);
  const std::string status = words.word();
  words.skip_blanks();
  const std::string said = imap_words(words.rest());
  if (status != "OK" && status != "NO" && status != "BAD") return give_up("the server answers with " + imap_words(response.text));
  const Answer answer = status == "OK" ? Answer::ok : status == "NO" ? Answer::no : Answer::bad;
  const bool is_fine = answer == Answer::ok;
  switch (stage_) {
    case Stage::capability:
      return is_fine ? after_capabilities() : give_up("CAPABILITY was answered with " + said);
    case Stage::starttls:
      if (!is_fine) return give_up("STARTTLS was answered with " + said);
      if (reader_.has_more()) return give_up("bytes came behind the answer to STARTTLS: somebody on the way put them there");
      capabilities_.clear();  // what was said in the clear counts for nothing
      stage_ = Stage::handshake;
      todo_ = Todo::start_tls;
      return;
    case Stage::plain:
    case Stage::plain_data:
    case Stage::login:
      // Some repeat what they were told; their words are not for a log.
      if (!is_fine) return give_up("the server refuses the login of " + setup_.user + "; look at user and secret of mail.imap", true);
      is_logged_in_ = true;
      capabilities_.clear();
      return send(Stage::capability, "CAPABILITY");
    case Stage::create:
      return open_folder();  // it is there already, or moving says why not
    case Stage::select:
      return is_fine ? opened() : give_up("the folder " + imap_words(setup_.folder) + " cannot be opened: " + said, true);
    case Stage::newest:
      return is_fine ? take_newest() : give_up("the newest mail cannot be looked at: " + said);
    case Stage::list:
      return is_fine ? go_on() : give_up("the folder cannot be looked through: " + said);
    case Stage::fetch:
      if (!is_fine && is_temporary(said)) return give_up("the server cannot show mails for now: " + said);
      return is_fine ? take_mail() : fail_at(fetching_, said);
    case Stage::treat:
      return take_treated(answer, said);
    case Stage::idle_begin:
    case Stage::idle:
      idle_refused_ = true;  // not in general, but to us: it is asked now and then
      return rest();
    case Stage::idle_end:
    case Stage::noop:
      return is_fine ? look() : give_up("the server does not answer any more as it should: " + said);
    case Stage::greeting:
    case Stage::handshake:
    case Stage::pause:
    case Stage::over: return;
  }
}

void ImapSession::after_capabilities() {
  if (!is_secure_) {
    if (has("STARTTLS")) return send(Stage::starttls, "STARTTLS");
    return give_up(
        "the server offers no STARTTLS, or somebody on the way took it out; nothing was told to it. If it wants TLS from the first byte: "
        "tls: implicit",
        true);
  }
  if (!is_logged_in_) return authenticate();
  if (setup_.after == ImapAfter::move) return send(Stage::create, "CREATE " + imap_quoted(setup_.move_to));
  open_folder();
}

void ImapSession::authenticate() {
  if (has("AUTH=PLAIN")) {
    if (!has("SASL-IR")) return send(Stage::plain_data, "AUTHENTICATE PLAIN");
    std::string encoded = crypto::to_base64(plain_response(setup_.user, setup_.password));
    send(Stage::plain, {});
    write(tag_ + " AUTHENTICATE PLAIN ", as_bytes(encoded));
    return crypto::wipe({reinterpret_cast<Byte*>(encoded.data()), encoded.size()});
  }
  if (has("LOGINDISABLED")) return give_up("the server lets nobody log in by AUTHENTICATE PLAIN or LOGIN", true);
  if (!can_be_quoted(setup_.user) || !can_be_quoted(as_text(setup_.password)))
    return give_up("the server knows LOGIN only, which takes a user and a password of ASCII", true);
  std::string secret = imap_quoted(as_text(setup_.password));
  send(Stage::login, {});
  write(tag_ + " LOGIN " + imap_quoted(setup_.user) + " ", as_bytes(secret));
  crypto::wipe({reinterpret_cast<Byte*>(secret.data()), secret.size()});
}

/// Who leaves the mails as they are looks only: nothing becomes "recent" or "seen" by it.
void ImapSession::open_folder() {
  send(Stage::select, (setup_.after == ImapAfter::leave ? "EXAMINE " : "SELECT ") + imap_quoted(setup_.folder));
}

}  // namespace omegate::mail
