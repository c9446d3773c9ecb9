// The part of Gateway that mail comes to: listeners where it is handed in, folders where it is fetched.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>

#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/gateway.hpp"

namespace omegate::gateway {
namespace {

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0' ? name.data() : "localhost";
}

/// Lines of the file may have moved.
bool is_same_listener(config::MailListenerSettings a, config::MailListenerSettings b) {
  for (config::MailListenerSettings* each : {&a, &b})
    for (config::MailUserSettings& user : each->users) user.password.place.clear();
  return a == b;
}

bool is_same_rules(const MailRules& a, const MailRules& b) {
  const auto is_same_user = [](const MailRules::User& x, const MailRules::User& y) { return x.name == y.name && x.password == y.password; };
  return a.host == b.host && is_same_listener(a.settings, b.settings) && std::ranges::equal(a.users, b.users, is_same_user);
}

}  // namespace

/// All that can be wrong is found here, before anything has changed. Throws `config::ConfigError`.
Gateway::PreparedMail Gateway::prepare_mail(const config::Settings& settings) {
  PreparedMail prepared;
  const config::MailListenSettings& incoming = settings.mail.incoming;
  const std::string host = incoming.host.empty() ? machine_name() : incoming.host;
  for (const config::MailListenerSettings& each : incoming.listen) {
    try {
      prepared.listeners.push_back(std::make_shared<MailRules>(each, host));
    } catch (const std::exception& failure) {
      throw config::ConfigError({{settings.file.string(), 0, 0, "mail.listen: " + each.place() + ": " + failure.what()}});
    }
  }
  for (const config::ImapSettings& each : settings.mail.imap) prepared.mailboxes.push_back(read_mailbox(each));
  return prepared;
}

MailSide Gateway::mail_side() {
  return {[this](const mail::Address& address) { return mail_intake_->takes(address); },
          [this](mail::Envelope envelope, std::string message, std::string peer) {
            return mail_intake_->store(std::move(envelope), std::move(message), std::move(peer));
          }};
}

void Gateway::make_mail(PreparedMail prepared, const config::Settings& settings) {
  mail_intake_ = std::make_unique<MailIntake>(all_.context, desk_, actors_, settings.mail.incoming.authserv_id);
  for (auto& rules : prepared.listeners) mail_.push_back(make_listener(std::move(rules)));
  for (MailboxPlace& place : prepared.mailboxes) mailboxes_.push_back(make_mailbox(std::move(place)));
  publish_mail_places();
}

/// Throws `std::runtime_error`: the place is taken.
Gateway::OwnMailListener Gateway::make_listener(std::shared_ptr<MailRules> rules) {
  const asio::any_io_executor strand = asio::make_strand(all_.pool);
  auto listener = std::make_shared<MailListener>(strand, rules, mail_side());
  return {strand, std::move(rules), std::move(listener)};
}

Gateway::OwnMailbox Gateway::make_mailbox(MailboxPlace place) {
  return {std::make_shared<Mailbox>(asio::make_strand(all_.pool), all_.context, all_.names, *mail_intake_, std::move(place))};
}

void Gateway::start(OwnMailListener& listener) { listener.running = spawn("mail", listener.strand, listener.listener->run()); }

void Gateway::start(OwnMailbox& mailbox) {
  const std::string name = "mailbox " + mailbox.mailbox->place().settings.name();
  mailbox.running = spawn(name, mailbox.mailbox->executor(), mailbox.mailbox->run());
}

void Gateway::start_mail() {
  for (OwnMailListener& each : mail_) start(each);
  for (OwnMailbox& each : mailboxes_) start(each);
}

void Gateway::publish_mail_places() {
  MailPlaces places;
  for (const OwnMailbox& each : mailboxes_) places.mailboxes.push_back(each.mailbox);
  for (const OwnMailListener& each : mail_) places.doors.push_back({each.rules->settings, each.listener->connections()});
  places.doors.insert(places.doors.end(), closed_doors_.begin(), closed_doors_.end());
  mail_places_ = std::make_shared<const MailPlaces>(std::move(places));
}

/// A message that is being stored gets its answer.
asio::awaitable<void> Gateway::stop(const OwnMailListener& listener) {
  asio::post(listener.strand, [kept = listener.listener] { kept->stop(); });
  co_await end_of(listener.running, false);
}

asio::awaitable<void> Gateway::stop_mail() {
  for (const OwnMailListener& each : mail_) asio::post(each.strand, [kept = each.listener] { kept->stop(); });
  for (const OwnMailbox& each : mailboxes_) co_await end_of(each.running, true);
  for (const OwnMailListener& each : mail_) co_await stop(each);
}

// --- other settings

asio::awaitable<void> Gateway::reload_mail(PreparedMail prepared, const config::Settings& settings, ReloadReport& report) {
  mail_intake_->set_authserv_id(settings.mail.incoming.authserv_id);
  co_await reload_listeners(std::move(prepared.listeners), report);
  co_await reload_mailboxes(std::move(prepared.mailboxes), report);
  publish_mail_places();
}

/// Who leaves goes first: its place may be wanted. Where a listener stays, nobody is turned away meanwhile.
asio::awaitable<void> Gateway::reload_listeners(std::vector<std::shared_ptr<MailRules>> wanted, ReloadReport& report) {
  std::vector<OwnMailListener> staying;
  for (OwnMailListener& own : mail_) {
    const bool stays = std::ranges::any_of(wanted, [&](const auto& each) { return is_same_place(each->settings, own.rules->settings); });
    if (stays) {
      staying.push_back(std::move(own));
      continue;
    }
    co_await stop(own);
    report.changes.push_back("mail at " + own.rules->settings.place() + ": nobody listens any more");
    retire(std::move(own.listener));
  }
  mail_.clear();
  closed_doors_.clear();
  for (std::shared_ptr<MailRules>& rules : wanted) {
    const std::string place = rules->settings.place();
    const auto own = std::ranges::find_if(staying, [&](const OwnMailListener& each) {
      return each.listener && is_same_place(each.rules->settings, rules->settings);
    });
    if (own != staying.end()) {
      if (!is_same_rules(*own->rules, *rules)) report.changes.push_back("mail at " + place + ": other rules");
      // A certificate may be a newer one in the same file: they are taken on in any case.
      asio::post(own->strand, [listener = own->listener, rules] { listener->apply(rules); });
      own->rules = std::move(rules);
      mail_.push_back(std::move(*own));
      continue;
    }
    try {
      mail_.push_back(make_listener(rules));
      start(mail_.back());
      report.changes.push_back("mail at " + place + ": listens");
    } catch (const std::exception& failure) {
      report.problems.push_back("mail: " + std::string(failure.what()));
      closed_doors_.push_back({rules->settings, nullptr, failure.what()});
    }
  }
}

asio::awaitable<void> Gateway::reload_mailboxes(std::vector<MailboxPlace> wanted, ReloadReport& report) {
  std::vector<OwnMailbox> staying;
  std::vector<std::string> replaced;
  for (OwnMailbox& own : mailboxes_) {
    const std::string name = own.mailbox->place().settings.name();
    const auto next = std::ranges::find_if(wanted, [&](const MailboxPlace& each) { return each.settings.name() == name; });
    if (next != wanted.end() && next->is_same(own.mailbox->place())) {
      staying.push_back(std::move(own));
      wanted.erase(next);
      continue;
    }
    co_await end_of(own.running, true);
    if (next == wanted.end()) report.changes.push_back("mailbox " + name + ": not read any more");
    if (next != wanted.end()) replaced.push_back(name);
    retire(std::move(own.mailbox));
  }
  mailboxes_ = std::move(staying);
  for (MailboxPlace& place : wanted) {
    const std::string name = place.settings.name();
    mailboxes_.push_back(make_mailbox(std::move(place)));
    start(mailboxes_.back());
    const bool was_here = std::ranges::find(replaced, name) != replaced.end();
    report.changes.push_back("mailbox " + name + (was_here ? ": read with other settings" : ": read from now on"));
  }
}

}  // namespace omegate::gateway
