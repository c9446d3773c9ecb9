// The half of ServerSession that asks for passwords.
//
// Source: RFC 4954; RFC 4616 (PLAIN); draft-murchison-sasl-login (LOGIN, which old devices know only).
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/server_session.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// Nothing: it is no base64.
std::optional<crypto::SecretBytes> decode(std::string_view base64) {
  auto bytes = crypto::from_base64(base64 == "=" ? std::string_view() : base64);
  if (!bytes) return std::nullopt;
  crypto::SecretBytes secret{ByteView(*bytes)};
  crypto::wipe(*bytes);
  return secret;
}

const Reply not_base64{501, "5.5.2", "that is no base64"};

}  // namespace

ServerSession::Next ServerSession::authenticate(std::string_view argument) {
  if (!rules_.wants_password) return refuse({502, "5.5.1", "AUTH is not offered"});
  if (stage_ != Stage::greeted) return refuse(out_of_order("say hello first, and log in before a message"));
  if (!envelope_.user.empty()) return refuse(out_of_order("you are logged in"));
  if (!offers_password()) return refuse({538, "5.7.11", "begin TLS first: a password must not be read on the way"});
  const auto end = std::min(argument.find(' '), argument.size());
  const std::string mechanism = lower(argument.substr(0, end));
  const std::string_view initial = trimmed(argument.substr(end));
  if (mechanism == "plain") {
    if (!initial.empty()) return judge_plain(initial);
    asking_ = Asking::plain;
    return say({334, {}, {}});
  }
  if (mechanism == "login") {
    if (!initial.empty()) return take_user(initial);
    asking_ = Asking::login_user;
    return say({334, {}, "VXNlcm5hbWU6"});  // "Username:"
  }
  return refuse({504, "5.5.4", "there are PLAIN and LOGIN"});
}

ServerSession::Next ServerSession::go_on_authenticating(std::string_view line) {
  const Asking asked = std::exchange(asking_, Asking::command);
  if (line == "*") return refuse({501, "5.7.0", "as you like"});
  if (asked == Asking::plain) return judge_plain(line);
  if (asked == Asking::login_user) return take_user(line);
  const auto password = decode(line);
  if (!password) return refuse(not_base64);
  return judge(login_user_, as_text(password->bytes()));
}

ServerSession::Next ServerSession::take_user(std::string_view base64) {
  const auto user = decode(base64);
  if (!user) return refuse(not_base64);
  login_user_ = as_text(user->bytes());
  asking_ = Asking::login_password;
  return say({334, {}, "UGFzc3dvcmQ6"});  // "Password:"
}

/// [whom to act for] NUL user NUL password. Source: RFC 4616 §2.
ServerSession::Next ServerSession::judge_plain(std::string_view base64) {
  const auto decoded = decode(base64);
  if (!decoded) return refuse(not_base64);
  const std::string_view text = as_text(decoded->bytes());
  const auto first = text.find('\0');
  const auto second = first == text.npos ? first : text.find('\0', first + 1);
  if (second == text.npos) return refuse({501, "5.5.2", "that is not what PLAIN says"});
  const std::string_view actor = text.substr(0, first), user = text.substr(first + 1, second - first - 1);
  if (!actor.empty() && actor != user) return refuse({535, "5.7.8", "nobody acts for somebody else here"});
  return judge(user, text.substr(second + 1));
}

ServerSession::Next ServerSession::judge(std::string_view user, std::string_view password) {
  if (rules_.opens(user, password)) {
    envelope_.user = user;
    return say({235, "2.7.0", "welcome"});
  }
  if (++wrong_passwords_ >= max_wrong_passwords) return end({421, "4.7.0", "too many wrong passwords"});
  say({535, "5.7.8", "wrong user or password"});
  return Next::pause;
}

}  // namespace omegate::mail
