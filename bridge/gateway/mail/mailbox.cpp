#include "bridge/gateway/mail/mailbox.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/mail/delivered_to.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/edge/net/connect.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/mail/mail_connection.hpp"
#include "bridge/gateway/mail/mailbox_position.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {
namespace {

using boost::system::system_error;
using Clock = std::chrono::steady_clock;
using Delivery = mail::ImapDelivery;
using Todo = mail::ImapSession::Todo;

constexpr auto never = Clock::time_point::max();
constexpr std::size_t read_size = std::size_t{16} * 1024;

}  // namespace

bool MailboxPlace::is_same(const MailboxPlace& other) const {
  config::ImapSettings mine = settings, theirs = other.settings;
  for (config::ImapSettings* each : {&mine, &theirs}) {  // lines of the file may have moved
    each->place.clear();
    each->secret.place.clear();
  }
  return mine == theirs && password == other.password;
}

MailboxPlace read_mailbox(const config::ImapSettings& settings) {
  try {
    return {settings, config::read_secret(settings.secret), std::make_shared<net::TlsTrust>(settings.ca_file.string())};
  } catch (const std::exception& failure) {
    throw config::ConfigError({{settings.place, 0, 0, "mail.imap: " + std::string(failure.what())}});
  }
}

/// Its coroutines hold it; the reader only reads, the others only look at what it has read.
struct Mailbox::Line {
  Line(asio::any_io_executor executor, mail::ImapSetup setup) : session(std::move(setup)), arrived(executor), taken(executor) {}

  mail::ImapSession session;
  std::optional<net::Connection> connection = {};
  std::string input = {};
  std::exception_ptr ended = {};  // why nothing comes any more
  Signal arrived, taken;
  Clock::time_point command_began = Clock::now();
  bool was_told_open = false;
};

Mailbox::Mailbox(asio::any_io_executor strand, Context& context, net::Names& names, MailIntake& intake, MailboxPlace place, MailboxTimes times)
    : strand_(std::move(strand)),
      context_(context),
      names_(names),
      intake_(intake),
      place_(std::move(place)),
      name_(place_.settings.name()),
      times_(times),
      troubles_(context.random) {
  status_.since = context_.now();
  show();
}

void Mailbox::show() {
  status_.failing = troubles_.failing();
  status_.tries = troubles_.tries();
  shown_ = std::make_shared<const MailboxStatus>(status_);
}

asio::awaitable<void> Mailbox::run() {
  Signal pause(strand_);
  for (;;) {
    opened_ = never;
    const mail::ImapTrouble trouble = co_await attempt();
    const auto stood = opened_ == never ? std::chrono::milliseconds(0) : std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - opened_);
    const std::chrono::milliseconds rest = std::min(troubles_.pause_after(trouble, stood), context_.pace.longest_reconnect);
    if (std::exchange(status_.is_open, false)) status_.since = context_.now();
    status_.trouble = trouble.reason;
    status_.is_lasting = trouble.is_lasting;
    status_.next_try = context_.now() + rest;
    show();
    log_warning("mailbox.lost", {{"mailbox", name_}, {"reason", trouble.reason}, {"pause_ms", rest.count()}});
    co_await pause.wait_for(rest);
  }
}

asio::awaitable<mail::ImapSetup> Mailbox::set_up() {
  const config::ImapSettings& settings = place_.settings;
  mail::ImapSetup setup;
  setup.user = settings.user;
  setup.password = crypto::SecretBytes(as_bytes(place_.password.reveal()));
  setup.starttls = settings.tls == config::ImapSettings::Tls::starttls;
  setup.folder = settings.folder;
  setup.after = settings.afterwards;
  setup.move_to = settings.move_to;
  setup.max_size = settings.max_size;
  setup.existing = settings.existing;
  setup.unreadable = troubles_.unreadable();
  setup.now = context_.now();
  auto load = [this](store::Tables& tables) { return load_position(tables, name_); };
  setup.position = co_await context_.store.transact_without_sync(load);
  co_return setup;
}

/// What went wrong is in the answer; throws when it is cancelled.
asio::awaitable<mail::ImapTrouble> Mailbox::attempt() {
  std::shared_ptr<Line> line;
  std::string fault;
  try {
    mail::ImapSetup setup = co_await set_up();
    line = std::make_shared<Line>(strand_, std::move(setup));
    auto connecting = connect_to_mail_server(names_, place_.settings.host, place_.settings.port, line->connection);
    co_await net::within(net::connect_limit, std::move(connecting));
    co_await talk(line);
  } catch (const NoMailServer& failure) {
    fault = failure.what();
  } catch (const net::TlsFailure& failure) {
    fault = failure.what();
  } catch (const store::StoreError& failure) {
    fault = failure.what();
  } catch (const system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
    fault = words_of(failure, place_.settings.host, place_.settings.port);
  }
  if (line && line->connection) line->connection->close();
  if (!line) co_return mail::ImapTrouble{fault};
  if (!fault.empty()) line->session.ended(fault);
  co_return line->session.trouble();
}

asio::awaitable<void> Mailbox::talk(std::shared_ptr<Line> line) {
  if (place_.settings.tls == config::ImapSettings::Tls::implicit) {
    co_await secure_mail_connection(*line->connection, *place_.trust, place_.settings.host);
  } else {
    co_await talk_in_clear(line);
    if (line->session.todo() == Todo::finish) co_return;
  }
  auto reading = read_all(line);
  auto working = work(line);
  co_await net::race(std::move(reading), std::move(working));
}

/// Up to the handshake nobody reads ahead: the first byte behind it is not ours to read.
asio::awaitable<void> Mailbox::talk_in_clear(std::shared_ptr<Line> line) {
  std::array<char, 4096> buffer{};
  for (;;) {
    switch (line->session.todo()) {
      case Todo::read: {
        std::size_t size = 0;
        auto reading = read_some(*line->connection, buffer, size);
        co_await net::within(times_.answer, std::move(reading));
        line->session.received(std::string_view(buffer.data(), size));
        break;
      }
      case Todo::write:
        co_await write(line);
        break;
      case Todo::start_tls:
        co_await secure_mail_connection(*line->connection, *place_.trust, place_.settings.host);
        line->session.secured();
        co_return;
      case Todo::deliver:
      case Todo::rest:
      case Todo::finish:
        co_return;
    }
  }
}

asio::awaitable<void> Mailbox::write(std::shared_ptr<Line> line) {
  const crypto::SecretBytes bytes = line->session.take_bytes();
  auto writing = line->connection->write(as_text(bytes));
  co_await net::within(mailbox_write_limit, std::move(writing));
}

/// A read is never cut short, for the connection would be of no more use: it goes on while we write and wait.
asio::awaitable<void> Mailbox::read_all(std::shared_ptr<Line> line) {
  std::array<char, read_size> buffer{};
  while (!line->ended) {
    try {
      const std::size_t size = co_await line->connection->read_some(buffer);
      line->input.append(buffer.data(), size);
    } catch (const system_error& failure) {
      if (failure.code() == asio::error::operation_aborted) throw;
      line->ended = std::current_exception();
    }
    line->arrived.notify();
    while (line->input.size() > mailbox_read_ahead) co_await line->taken.wait_until(never);
  }
  for (;;) co_await line->taken.wait_until(never);  // the end is told by whoever has used up what came before it
}

/// False: nothing came in that time. Throws what ended the connection, when all that came before is used up.
asio::awaitable<bool> Mailbox::await_input(std::shared_ptr<Line> line, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (line->input.empty() && !line->ended && Clock::now() < deadline) co_await line->arrived.wait_until(deadline);
  if (line->input.empty() && line->ended) std::rethrow_exception(line->ended);
  if (line->input.empty()) co_return false;
  const std::string input = std::exchange(line->input, {});
  line->taken.notify();
  line->session.received(input);
  co_return true;
}

asio::awaitable<void> Mailbox::work(std::shared_ptr<Line> line) {
  for (;;) {
    tell_open(*line);
    switch (line->session.todo()) {
      case Todo::read: {
        const bool came = co_await await_input(line, times_.answer);
        const bool is_slow = Clock::now() - line->command_began > times_.command;
        if (!came || is_slow) throw system_error(asio::error::timed_out);
        break;
      }
      case Todo::write:
        line->command_began = Clock::now();
        co_await write(line);
        break;
      case Todo::deliver:
        co_await deliver(line);
        break;
      case Todo::rest: {
        const std::chrono::milliseconds limit = line->session.is_told() ? place_.settings.renewal : place_.settings.poll;
        const auto until = Clock::now() + limit;
        while (line->session.todo() == Todo::rest && Clock::now() < until) {
          const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()) + std::chrono::milliseconds(1);
          co_await await_input(line, left);
        }
        if (line->session.todo() == Todo::rest) line->session.wake();
        break;
      }
      case Todo::start_tls:
      case Todo::finish:
        co_return;
    }
  }
}

void Mailbox::tell_open(Line& line) {
  const std::string complaint = line.session.take_complaint();
  if (!complaint.empty()) log_warning("mailbox.not_treated", {{"mailbox", name_}, {"reason", complaint}});
  if (!line.session.is_open()) return;
  if (status_.is_told != line.session.is_told()) {  // it may say later that it does not tell us
    status_.is_told = line.session.is_told();
    show();
  }
  if (line.was_told_open) return;
  line.was_told_open = true;
  opened_ = Clock::now();
  status_.is_open = true;
  status_.since = context_.now();
  status_.trouble.clear();
  status_.is_lasting = false;
  status_.next_try.reset();
  show();
  log_info("mailbox.open", {{"mailbox", name_}, {"told", line.session.is_told()}});
}

// --- what is delivered

asio::awaitable<void> Mailbox::save(mail::ImapPosition position) {
  auto saving = [this, position](store::Tables& tables) { save_position(tables, name_, position); };
  co_await context_.store.transact(saving);
}

void Mailbox::log_skipped(const Delivery& delivery, const std::string& reason) const {
  log_warning("mailbox.skipped", {{"mailbox", name_}, {"uid", delivery.uid}, {"size", delivery.size}, {"reason", reason}});
}

namespace {

/// The one of this number could be had after all; one with a lower number is gone from the folder, or behind us.
void forget_mails_before(MailboxTroubles& troubles, std::uint32_t uid) {
  if (troubles.failing() && *troubles.failing() <= uid) troubles.forget_mail();
}

}  // namespace

asio::awaitable<void> Mailbox::deliver(std::shared_ptr<Line> line) {
  Delivery delivery = line->session.take_delivery();
  if (delivery.kind == Delivery::Kind::mail) {
    co_await take_mail(line, std::move(delivery));
    co_return;
  }
  co_await save(delivery.position);
  if (delivery.began_anew) troubles_.forget_mail();
  if (delivery.kind != Delivery::Kind::position) forget_mails_before(troubles_, delivery.uid);
  show();
  if (delivery.began_anew) log_warning("mailbox.began_anew", {{"mailbox", name_}, {"mails", delivery.position.old_to}});
  if (delivery.kind == Delivery::Kind::too_large)
    log_skipped(delivery, "it is too large; at most " + std::to_string(place_.settings.max_size) + " bytes are taken (max_size of mail.imap)");
  if (delivery.kind == Delivery::Kind::unreadable) log_skipped(delivery, "the server could not show it, several times");
  line->session.delivered(false);
}

/// Whose mail it is: what the settings say, else the mail's own server, else the one who logs in.
std::optional<mail::Address> Mailbox::recipient_of(std::string_view message) const {
  const config::ImapSettings& settings = place_.settings;
  std::vector<mail::Address> candidates;
  if (settings.address.empty()) candidates = mail::delivered_to(message);
  const auto named = mail::parse_address(settings.address.empty() ? settings.user : settings.address);
  if (named) candidates.push_back(*named);
  for (const mail::Address& each : candidates)
    if (intake_.takes(each)) return each;
  return std::nullopt;
}

asio::awaitable<void> Mailbox::take_mail(std::shared_ptr<Line> line, Delivery delivery) {
  const auto recipient = recipient_of(delivery.message);
  if (!recipient) {
    co_await save(delivery.position);
    log_skipped(delivery, "no plugin wants mail for the address that it came to");
    forget_mails_before(troubles_, delivery.uid);
    show();
    line->session.delivered(false);
    co_return;
  }
  mail::Envelope envelope;
  const mail::ReturnPath path = mail::return_path(delivery.message);
  envelope.sender = path.sender;
  envelope.knows_sender = path.is_known;
  envelope.recipients = {*recipient};
  mail::ImapPosition position = delivery.position;
  position.to_treat = place_.settings.afterwards != mail::ImapAfter::leave;
  bool is_saved = false;
  MailIntake::Also also = [this, position, &is_saved](store::Tables& tables) {
    save_position(tables, name_, position);
    is_saved = true;
  };
  std::string message = std::move(delivery.message), peer = name_;
  const mail::Reply reply = co_await intake_.store(std::move(envelope), std::move(message), std::move(peer), std::move(also));
  const bool is_for_now = reply.code >= 400 && reply.code < 500;
  if (is_for_now) {
    line->session.ended("a mail could not be stored: " + reply.text);
    co_return;
  }
  const bool is_taken = reply.code == 250;
  position.to_treat = position.to_treat && is_taken;
  if (!is_saved) co_await save(position);  // a mail of ours that came back, or one that breaks a limit
  if (is_taken) status_.last_mail = context_.now();
  forget_mails_before(troubles_, delivery.uid);
  show();
  line->session.delivered(is_taken);
}

}  // namespace omegate::gateway
