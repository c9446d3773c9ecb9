#include "bridge/gateway/mail/mail_listener.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

constexpr auto as_code = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = std::size_t{16} * 1024;

net::Listening listen(const asio::any_io_executor& executor, const config::MailListenerSettings& settings) {
  if (settings.address.empty()) return net::Listening::unix_socket(executor, settings.socket, settings.socket_group);
  return net::Listening::tcp(executor, settings.address, settings.port);
}

/// All are looked at, so that the time tells nothing.
bool opens(const std::vector<MailRules::User>& users, std::string_view name, std::string_view password) {
  bool good = false;
  for (const MailRules::User& user : users) {
    const bool same_name = crypto::equal(as_bytes(user.name), as_bytes(name));
    const bool same_password = crypto::equal(as_bytes(user.password.reveal()), as_bytes(password));
    good = good || (same_name && same_password);
  }
  return good;
}

mail::SessionRules session_rules(const MailRules& ours, const MailSide& side) {
  mail::SessionRules rules;
  rules.protocol = ours.settings.protocol;
  rules.host = ours.host;
  rules.max_size = ours.settings.max_size;
  rules.offers_tls = ours.identity != nullptr && !ours.settings.direct_tls;
  rules.wants_password = !ours.users.empty();
  rules.takes_password_in_clear = ours.settings.address.empty() || ours.settings.loopback;
  rules.takes = side.takes;
  rules.opens = [&ours](std::string_view name, std::string_view password) { return opens(ours.users, name, password); };
  return rules;
}

}  // namespace

MailRules::MailRules(const config::MailListenerSettings& settings_, std::string host_) : settings(settings_), host(std::move(host_)) {
  if (!settings.certificate.empty()) identity = std::make_unique<net::TlsIdentity>(settings.certificate.string(), settings.key.string());
  for (const config::MailUserSettings& each : settings.users) {
    User user{each.name, config::read_secret(each.password)};
    for (const std::string& text : each.senders) user.senders.push_back(mail::AddressPattern::parse(text).value());
    users.push_back(std::move(user));
  }
}

std::vector<mail::AddressPattern> MailRules::senders_of(const std::string& user) const {
  const auto found = std::ranges::find(users, user, &User::name);
  return found == users.end() ? std::vector<mail::AddressPattern>() : found->senders;
}

bool is_same_place(const config::MailListenerSettings& a, const config::MailListenerSettings& b) {
  return a.address == b.address && a.port == b.port && a.socket == b.socket && a.socket_group == b.socket_group;
}

/// What connections need; the last of them lets it go.
struct MailListener::Shared {
  Shared(asio::any_io_executor executor_, std::shared_ptr<MailRules> rules_, MailSide side_, MailTimes times_)
      : executor(std::move(executor_)),
        rules(std::move(rules_)),
        side(std::move(side_)),
        times(times_),
        listening(listen(executor, rules->settings)),
        changed(executor, asio::steady_timer::time_point::max()) {}

  std::size_t held() const;
  bool has_place();
  void stop();

  asio::any_io_executor executor;
  std::shared_ptr<MailRules> rules;  // for the next connection
  MailSide side;
  MailTimes times;
  net::Listening listening;
  std::set<std::shared_ptr<Conversation>> open;
  const std::shared_ptr<std::atomic<std::size_t>> count = std::make_shared<std::atomic<std::size_t>>(0);  // of `open`
  asio::steady_timer changed;  // cancelled when a connection has ended
  bool stopped = false;
};

/// One connection.
class MailListener::Conversation {
 public:
  Conversation(net::Accepted connection, Shared& shared)
      : shared_(shared),
        rules_(shared.rules),
        connection_(std::move(connection)),
        peer_(connection_.peer()),
        session_(session_rules(*rules_, shared.side), rules_->settings.direct_tls) {}

  static asio::awaitable<void> run(std::shared_ptr<Conversation> self) {
    try {
      co_await self->talk();
    } catch (const boost::system::system_error& failure) {
      log_debug("mail.disconnected", {{"peer", self->peer_}, {"reason", failure.code().message()}});
    }
    self->connection_.close();
  }

  /// Whoever waits for the next command has ended; a message that is being stored gets its answer.
  void stop() {
    stopping_ = true;
    if (!storing_) connection_.close();
  }
  void close() { connection_.close(); }

  bool is_waiting() const { return waiting_ && session_.held() == 0; }
  std::chrono::steady_clock::time_point waits_since() const { return waits_since_; }
  std::size_t held() const { return session_.held() + being_stored_; }

 private:
  using Next = mail::ServerSession::Next;

  asio::awaitable<void> talk() {
    if (rules_->settings.direct_tls) co_await shake_hands();
    for (;;) {
      const Next next = session_.advance();
      if (next == Next::pause) co_await punish();
      co_await answer();
      switch (next) {
        case Next::read:
          co_await read();
          break;
        case Next::handshake:
          co_await shake_hands();
          session_.tls_started();
          break;
        case Next::store:
          co_await store();
          break;
        case Next::pause:
          break;
        case Next::close:
          co_await linger();
          co_return;
      }
      if (stopping_) session_.give_up("we stop; come back later");
    }
  }

  asio::awaitable<void> shake_hands() { co_await net::within(mail_handshake_limit, connection_.start_tls(*rules_->identity)); }

  asio::awaitable<void> answer() {
    const std::string output = session_.take_output();
    if (output.empty()) co_return;
    co_await net::within(mail_write_limit, connection_.write(output));
  }

  asio::awaitable<void> punish() {
    log_warning("mail.unauthorised", {{"peer", peer_}});
    asio::steady_timer timer(shared_.executor, shared_.times.wrong_password);
    co_await timer.async_wait(as_code);
  }

  asio::awaitable<void> read() {
    if (!session_.is_in_data()) data_began_.reset();
    if (session_.is_in_data() && !data_began_) data_began_ = std::chrono::steady_clock::now();
    waiting_ = true;
    waits_since_ = std::chrono::steady_clock::now();
    std::size_t size = 0;
    co_await net::within(shared_.times.idle, read_into(size));
    waiting_ = false;
    session_.receive({buffer_.data(), size});
    const bool is_slow = data_began_ && std::chrono::steady_clock::now() - *data_began_ > shared_.times.data;
    if (is_slow) session_.give_up("this message takes too long");
    if (shared_.held() > rules_->settings.max_size * mail_memory_share) session_.give_up("too much mail comes in at once; try again later");
  }

  asio::awaitable<void> read_into(std::size_t& size) {
    const std::span<char> room(buffer_.data(), std::min(buffer_.size(), session_.room()));
    size = co_await connection_.read_some(room);
  }

  asio::awaitable<void> store() {
    storing_ = true;
    mail::Envelope envelope = session_.envelope();
    envelope.writes_as = rules_->senders_of(envelope.user);
    std::string message = session_.take_message(), peer = peer_;
    being_stored_ = message.size();
    mail::Reply reply = co_await shared_.side.store(std::move(envelope), std::move(message), std::move(peer));
    being_stored_ = 0;
    session_.stored(reply);
    co_await answer();
    storing_ = false;
  }

  /// A close while something is unread would take the last reply from the client.
  asio::awaitable<void> linger() {
    connection_.finish_writing();
    try {
      co_await net::within(mail_linger_limit, drain());
    } catch (const boost::system::system_error&) {
      co_return;  // it has gone, or goes on talking
    }
  }

  asio::awaitable<void> drain() {
    for (std::size_t total = 0; total < most_lingering_mail;) {
      const std::size_t size = co_await connection_.read_some(buffer_);
      total += size;
    }
  }

  Shared& shared_;  // which holds us
  const std::shared_ptr<MailRules> rules_;  // as they were when it began
  net::Accepted connection_;
  std::string peer_;
  mail::ServerSession session_;
  std::array<char, read_size> buffer_{};
  bool waiting_ = false, storing_ = false, stopping_ = false;
  std::size_t being_stored_ = 0;  // bytes
  std::chrono::steady_clock::time_point waits_since_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::time_point> data_began_;
};

std::size_t MailListener::Shared::held() const {
  std::size_t total = 0;
  for (const auto& each : open) total += each->held();
  return total;
}

/// If there is none, whoever waits longest without a message goes: MTAs keep connections, and make new ones.
bool MailListener::Shared::has_place() {
  if (open.size() < max_mail_connections) return true;
  const auto longest = std::ranges::min_element(open, {}, [](const auto& each) {
    return each->is_waiting() ? each->waits_since() : std::chrono::steady_clock::time_point::max();
  });
  if ((*longest)->is_waiting()) (*longest)->close();
  return false;
}

void MailListener::Shared::stop() {
  stopped = true;
  listening.close();
  for (const auto& each : open) each->stop();
  changed.cancel();
}

MailListener::MailListener(asio::any_io_executor executor, std::shared_ptr<MailRules> rules, MailSide side, MailTimes times)
    : shared_(std::make_shared<Shared>(std::move(executor), std::move(rules), std::move(side), times)) {}

MailListener::~MailListener() {
  shared_->stop();
  for (const auto& each : shared_->open) each->close();
}

std::uint16_t MailListener::port() const { return shared_->listening.port(); }
std::shared_ptr<const std::atomic<std::size_t>> MailListener::connections() const { return shared_->count; }
void MailListener::stop() { shared_->stop(); }
void MailListener::apply(std::shared_ptr<MailRules> rules) { shared_->rules = std::move(rules); }
asio::awaitable<void> MailListener::run() { return accept_all(shared_); }

asio::awaitable<void> MailListener::accept_all(std::shared_ptr<Shared> shared) {
  asio::steady_timer pause(shared->executor);
  while (!shared->stopped) {
    auto [failure, socket] = co_await shared->listening.acceptor().async_accept(as_code);
    if (shared->stopped) break;
    const bool has_room = !failure && shared->has_place();
    if (!has_room) {  // whoever came is turned away, and whoever waited longest has gone
      pause.expires_after(mail_accept_pause);
      co_await pause.async_wait(as_code);
      continue;
    }
    const auto conversation = std::make_shared<Conversation>(net::Accepted(std::move(socket)), *shared);
    shared->open.insert(conversation);
    ++*shared->count;
    asio::co_spawn(shared->executor, Conversation::run(conversation), [shared, conversation](std::exception_ptr failed) {
      if (failed) log_error("mail.connection_failed", {});
      shared->open.erase(conversation);
      --*shared->count;
      shared->changed.cancel();
    });
  }
  shared->changed.expires_at(asio::steady_timer::time_point::max());
  while (!shared->open.empty()) co_await shared->changed.async_wait(as_code);
}

}  // namespace omegate::gateway
