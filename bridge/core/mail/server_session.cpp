#include "bridge/core/mail/server_session.hpp"

#include <array>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// So much is received at once. Unit: bytes. Why: what one read of a socket brings; any line fits besides.
constexpr std::size_t input_size = std::size_t{32} * 1024;
static_assert(input_size > 2 * max_auth_line);

/// What browsers say, whom a page may have told to come here.
bool is_http(std::string_view verb) {
  constexpr std::array<std::string_view, 7> verbs{"GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH", "CONNECT"};
  return std::ranges::find(verbs, verb) != verbs.end();
}

}  // namespace

ServerSession::ServerSession(SessionRules rules, bool is_secure) : rules_(std::move(rules)), secure_(is_secure) {
  input_.reserve(input_size);
  const char* const name = rules_.protocol == Protocol::lmtp ? " LMTP omegate" : " ESMTP omegate";
  say({220, {}, rules_.host + name});
}

ServerSession::~ServerSession() { forget(0, input_.size()); }

/// Passwords have been in there.
void ServerSession::forget(std::size_t begin, std::size_t end) {
  crypto::wipe({reinterpret_cast<Byte*>(input_.data()) + begin, end - begin});
}

std::size_t ServerSession::room() const { return input_size - (input_.size() - used_); }

void ServerSession::receive(std::string_view bytes) {
  const std::size_t left = input_.size() - used_;
  std::copy(input_.begin() + static_cast<std::ptrdiff_t>(used_), input_.end(), input_.begin());
  forget(left, input_.size());
  input_.resize(left);
  used_ = 0;
  input_.append(bytes.substr(0, input_size - left));
}

std::string ServerSession::take_output() { return std::exchange(output_, {}); }

ServerSession::Next ServerSession::advance() {
  if (closed_) return Next::close;
  if (pending_) return *pending_;
  for (;;) {
    const std::size_t before = used_;
    const Next next = work();
    if (next == Next::close) closed_ = true;
    if (next == Next::store || next == Next::handshake) pending_ = next;
    if (next != Next::read || used_ == before) return next;
  }
}

ServerSession::Next ServerSession::work() { return data_ ? read_data() : read_line(); }

ServerSession::Next ServerSession::read_line() {
  const std::string_view rest = std::string_view(input_).substr(used_);
  const std::size_t limit = asking_ == Asking::command ? max_command_line : max_auth_line;
  const auto end = rest.substr(0, limit).find('\n');
  if (end == rest.npos) return rest.size() < limit ? Next::read : this->end({500, "5.5.2", "the line is too long"});
  if (end == 0 || rest[end - 1] != '\r') return this->end({500, "5.5.2", "lines end with CR LF"});
  const std::size_t begin = used_;
  used_ += end + 1;
  const Next next = run(rest.substr(0, end - 1));
  forget(begin, std::min(begin + end + 1, input_.size()));
  return next;
}

ServerSession::Next ServerSession::run(std::string_view line) {
  if (asking_ != Asking::command) return go_on_authenticating(line);
  if (++commands_ > max_idle_commands) return end({421, "4.7.0", "too many commands without a message"});
  const auto command = parse_command(line);
  if (!command) return refuse({500, "5.5.2", "that is no command"});
  return run(*command);
}

ServerSession::Next ServerSession::run(const CommandLine& command) {
  const std::string& verb = command.verb;
  if (verb == "EHLO" || verb == "HELO" || verb == "LHLO") return greet(command);
  if (verb == "MAIL") return mail_from(command.argument);
  if (verb == "RCPT") return rcpt_to(command.argument);
  if (verb == "DATA") return begin_data(command.argument);
  if (verb == "STARTTLS") return start_tls(command.argument);
  if (verb == "AUTH") return authenticate(command.argument);
  if (verb == "NOOP") return say({250, "2.0.0", "OK"});
  if (verb == "QUIT") return end({221, "2.0.0", "bye"});
  if (verb == "VRFY") return refuse({252, "2.1.5", "who is here is not told; send the message"});
  if (verb == "RSET") {
    reset();
    return say({250, "2.0.0", "OK"});
  }
  if (is_http(verb)) return end({421, "5.5.2", "this is a mail server, and that was HTTP"});
  return refuse({502, "5.5.1", "there is no such command here"});
}

ServerSession::Next ServerSession::say(Reply reply) {
  output_ += to_line(reply);
  return Next::read;
}

ServerSession::Next ServerSession::refuse(Reply reply) {
  if (++errors_ > max_errors) return end({421, "4.7.0", "too many mistakes"});
  return say(std::move(reply));
}

ServerSession::Next ServerSession::end(Reply reply) {
  say(std::move(reply));
  return Next::close;
}

void ServerSession::give_up(std::string_view why) {
  say({421, "4.3.2", std::string(why)});
  reset();
  pending_.reset();
  closed_ = true;
}

void ServerSession::reset() {
  data_.reset();
  envelope_.sender.reset();
  envelope_.recipients.clear();
  accepted_ = 0;
  utf8_ = false;
  if (stage_ != Stage::fresh) stage_ = Stage::greeted;
}

bool ServerSession::offers_password() const {
  return rules_.wants_password && envelope_.user.empty() && (secure_ || rules_.takes_password_in_clear);
}

ServerSession::Next ServerSession::greet(const CommandLine& command) {
  const bool lmtp = rules_.protocol == Protocol::lmtp;
  if ((command.verb == "LHLO") != lmtp)
    return refuse({500, "5.5.1", lmtp ? "this is LMTP: say LHLO" : "this is SMTP: say EHLO"});
  if (command.argument.empty()) return refuse({501, "5.5.4", "expected a name behind " + command.verb});
  stage_ = Stage::greeted;
  reset();
  envelope_.helo = command.argument.substr(0, max_domain);
  envelope_.secure = secure_;
  if (command.verb == "HELO") return say({250, {}, rules_.host});
  say_extensions();
  return Next::read;
}

void ServerSession::say_extensions() {
  std::vector<std::string> words{rules_.host,  "PIPELINING", "SIZE " + std::to_string(rules_.max_size),
                                 "8BITMIME", "SMTPUTF8",   "ENHANCEDSTATUSCODES"};
  if (rules_.offers_tls && !secure_) words.emplace_back("STARTTLS");
  if (offers_password()) words.emplace_back("AUTH PLAIN LOGIN");
  for (std::size_t i = 0; i < words.size(); ++i)
    output_ += (i + 1 < words.size() ? "250-" : "250 ") + words[i] + "\r\n";
}

ServerSession::Next ServerSession::start_tls(std::string_view argument) {
  if (!rules_.offers_tls || secure_) return refuse({502, "5.5.1", "STARTTLS is not offered"});
  if (!argument.empty()) return refuse({501, "5.5.4", "STARTTLS takes no argument"});
  if (stage_ == Stage::fresh) return refuse(out_of_order("say hello first"));
  say({220, "2.0.0", "begin"});
  return Next::handshake;
}

/// What came behind STARTTLS in the clear was put there by somebody on the way, or by a client that does not wait: it is
/// dropped, and never taken for what came under TLS.
void ServerSession::tls_started() {
  pending_.reset();
  secure_ = true;
  stage_ = Stage::fresh;
  reset();
  envelope_ = {};
  forget(0, input_.size());
  used_ = input_.size();
}

std::optional<Reply> ServerSession::fault_of_parameters(const PathArgument& path) {
  for (const auto& [name, value] : path.parameters) {
    if (name == "SIZE") {
      const auto size = parse_size(value);
      if (!size) return Reply{501, "5.5.4", "SIZE is no number"};
      if (*size > rules_.max_size) return Reply{552, "5.3.4", "at most " + std::to_string(rules_.max_size) + " bytes are taken"};
    } else if (name == "BODY") {
      if (lower(value) != "7bit" && lower(value) != "8bitmime") return Reply{501, "5.5.4", "BODY is 7BIT or 8BITMIME"};
    } else if (name == "SMTPUTF8" && value.empty()) {
      utf8_ = true;
    } else if (name != "AUTH" || !rules_.wants_password) {  // AUTH=: on whose behalf, which is nothing to us
      return Reply{555, "5.5.4", "the parameter " + name + " is not known"};
    }
  }
  return std::nullopt;
}

ServerSession::Next ServerSession::mail_from(std::string_view argument) {
  if (stage_ == Stage::fresh) return refuse(out_of_order("say hello first"));
  if (stage_ != Stage::greeted) return refuse(out_of_order("one message at a time"));
  if (rules_.wants_password && envelope_.user.empty())
    return refuse({530, "5.7.0", offers_password() ? "log in first" : "begin TLS and log in first"});
  const auto path = parse_path_argument(argument, "FROM:");
  if (!path) return refuse({501, "5.5.4", "expected MAIL FROM:<address>"});
  std::optional<Address> sender;
  if (!path->path.empty()) {
    sender = parse_address(path->path);
    if (!sender) return refuse({501, "5.1.7", "that is no address"});
  }
  utf8_ = false;
  if (auto fault = fault_of_parameters(*path)) return refuse(std::move(*fault));
  if (sender && !sender->is_ascii() && !utf8_) return refuse({553, "5.6.7", "this address needs SMTPUTF8"});
  envelope_.sender = std::move(sender);
  stage_ = Stage::mail;
  return say({250, "2.1.0", "OK"});
}

ServerSession::Next ServerSession::rcpt_to(std::string_view argument) {
  if (stage_ != Stage::mail && stage_ != Stage::recipients) return refuse(out_of_order("expected MAIL first"));
  const auto path = parse_path_argument(argument, "TO:");
  if (!path) return refuse({501, "5.5.4", "expected RCPT TO:<address>"});
  if (!path->parameters.empty()) return refuse({555, "5.5.4", "the parameter " + path->parameters.front().first + " is not known"});
  const auto address = parse_address(path->path);
  if (!address) return refuse({501, "5.1.3", "that is no address"});
  if (!address->is_ascii() && !utf8_) return refuse({553, "5.6.7", "this address needs SMTPUTF8"});
  if (!rules_.takes(*address)) return refuse({550, "5.1.1", "there is no such address here, and nothing is passed on"});
  if (accepted_ >= max_recipients) return refuse({452, "4.5.3", "too many recipients"});
  ++accepted_;
  if (std::ranges::find(envelope_.recipients, *address) == envelope_.recipients.end()) envelope_.recipients.push_back(*address);
  stage_ = Stage::recipients;
  return say({250, "2.1.5", "OK"});
}

ServerSession::Next ServerSession::begin_data(std::string_view argument) {
  if (!argument.empty()) return refuse({501, "5.5.4", "DATA takes no argument"});
  if (stage_ != Stage::recipients) return refuse(out_of_order("no recipient was accepted"));
  data_.emplace(rules_.max_size);
  return say({354, {}, "send it, and a line with a dot"});
}

ServerSession::Next ServerSession::read_data() {
  used_ += data_->read(std::string_view(input_).substr(used_));
  switch (data_->state()) {
    case DataReader::State::reading:
      return Next::read;
    case DataReader::State::smuggled:
      return end({521, "5.5.2", "the message ends with <CR><LF>.<CR><LF> and with nothing else"});
    case DataReader::State::complete:
      break;
  }
  if (!data_->is_too_large() && !data_->has_bare_line_end() && !data_->has_long_line()) return Next::store;
  answer_message(data_->is_too_large() ? Reply{552, "5.3.4", "the message is too large"}
                 : data_->has_bare_line_end()
                     ? Reply{554, "5.6.0", "there is a CR or LF alone in the message; lines end with CR LF"}
                     : Reply{554, "5.6.0", "a line of the message is too long"});
  return Next::read;
}

std::string ServerSession::take_message() { return data_->take(); }

void ServerSession::stored(const Reply& reply) {
  pending_.reset();
  if (reply.is_success()) commands_ = errors_ = 0;
  answer_message(reply);
}

/// LMTP answers for each recipient that was accepted.
void ServerSession::answer_message(const Reply& reply) {
  const std::size_t times = rules_.protocol == Protocol::lmtp ? accepted_ : 1;
  for (std::size_t i = 0; i < times; ++i) say(reply);
  reset();
}

}  // namespace omegate::mail
