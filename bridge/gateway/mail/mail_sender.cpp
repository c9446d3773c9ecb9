#include "bridge/gateway/mail/mail_sender.hpp"

#include <algorithm>

#include "bridge/edge/mime/compose.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_record.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/mail/mail_fate.hpp"
#include "bridge/gateway/mail/mail_sending_limits.hpp"
#include "bridge/gateway/store_trouble.hpp"

namespace omegate::gateway {
namespace {

using mail::Verdict;

/// A mail that no attempt can mend.
mail::SubmissionOutcome refused(const OutgoingMail& mail, const std::string& reason) {
  mail::SubmissionOutcome outcome;
  for (const std::string& address : mail.waiting) outcome.recipients.push_back({address, Verdict::refused, reason});
  return outcome;
}

std::string given_up(const std::string& reason, int attempts) {
  return "given up after " + std::to_string(attempts) + " attempts in " +
         std::to_string(std::chrono::duration_cast<std::chrono::days>(mail_life).count()) + " days: " + reason;
}

/// What the outcome makes of a mail.
struct Sorted {
  std::vector<plugin::MailFate::Recipient> accepted, refused, later;
};

Sorted sort(const mail::SubmissionOutcome& outcome, bool is_too_old, int attempts) {
  Sorted sorted;
  for (const auto& [address, verdict, reason] : outcome.recipients) {
    if (verdict == Verdict::accepted)
      sorted.accepted.push_back({address, reason});
    else if (verdict == Verdict::refused)
      sorted.refused.push_back({address, reason});
    else if (is_too_old)
      sorted.refused.push_back({address, given_up(reason, attempts)});
    else
      sorted.later.push_back({address, reason});
  }
  return sorted;
}

}  // namespace

struct MailSender::Content {
  std::string bytes = {};
  std::string fault = {};
};

std::chrono::seconds mail_pause(int attempts) {
  return mail_pauses[std::clamp<std::size_t>(static_cast<std::size_t>(std::max(attempts, 1)) - 1, 0, mail_pauses.size() - 1)];
}

MailSender::MailSender(asio::any_io_executor strand, Context& context, FileDesk& desk, net::Names& names,
                       std::function<void(const std::string& plugin)> kick_plugin)
    : context_(context), desk_(desk), names_(names), kick_plugin_(std::move(kick_plugin)), signal_(std::move(strand)) {}

void MailSender::set(std::shared_ptr<const MailServer> server) {
  server_ = std::move(server);
  is_new_server_ = true;
  kick();
}

asio::awaitable<void> MailSender::run() {
  return work_despite_trouble(signal_, context_.pace.store_trouble, [this] { return work(); },
                              [this](const store::StoreError& failure) {
                                in_hand_ = 0;
                                log_error("mail.stalled", {{"reason", failure.what()}});
                              });
}

asio::awaitable<void> MailSender::work() {
  for (;;) {
    const std::shared_ptr<const MailServer> server = server_;
    const bool is_new = is_new_server_.exchange(false), is_hurried = is_hurried_.exchange(false);
    if (is_new || is_hurried) {
      server_rests_until_.reset();
      server_pause_ = {};
    }
    bool has_sent = false;
    if (server && can_use_server()) has_sent = co_await send_due(server);
    if (!has_sent) co_await wait();
  }
}

/// Until the next mail is due, and the server has rested.
asio::awaitable<void> MailSender::wait() {
  auto next = co_await context_.store.transact_without_sync([](store::Tables& tables) { return tables.mails.next_due(); });
  std::chrono::milliseconds pause = held_retry;
  if (next && server_rests_until_) next = std::max(*next, *server_rests_until_);
  if (next && server_.load()) pause = std::clamp(std::chrono::milliseconds(*next - context_.now()), std::chrono::milliseconds(10), pause);
  co_await signal_.wait_for(pause);
}

/// False: none was due.
asio::awaitable<bool> MailSender::send_due(std::shared_ptr<const MailServer> server) {
  bool has_sent = false;
  MailQueue queue{[this, server] { return take_next(server); },
                  [this, &has_sent](mail::SubmissionOutcome outcome) {
                    has_sent = true;
                    return is_over(std::move(outcome));
                  }};
  co_await submit_all(names_, server, std::move(queue));
  co_return has_sent;
}

/// It is in hand before anybody else can look at its row: whoever drops it does so before, or not.
asio::awaitable<std::optional<store::StoredMail>> MailSender::take_due() {
  auto taking = [this](store::Tables& tables) {
    const WallTime now = context_.now();
    auto taken = tables.mails.take_due(now);
    if (!taken) return taken;
    in_hand_ = taken->id.value();
    tables.mails.set_due(taken->id, now + mail_pause(taken->attempts));
    return taken;
  };
  co_return co_await context_.store.transact_without_sync(taking);
}

/// The next one that is due, composed. Nothing: there is none, or this server is not to be used any more.
asio::awaitable<std::optional<mail::SubmissionMail>> MailSender::take_next(std::shared_ptr<const MailServer> server) {
  current_.reset();
  in_hand_ = 0;
  while (!is_new_server_ && can_use_server()) {
    auto row = co_await take_due();
    if (!row) break;
    OutgoingMail mail = decode_mail(row->body);
    Content content = co_await compose(*server, mail);
    if (!content.fault.empty()) {
      mail::SubmissionOutcome outcome = refused(mail, content.fault);
      co_await conclude(std::move(*row), std::move(mail), std::move(outcome));
      continue;
    }
    InHand& hand = current_.emplace(InHand{std::move(*row), std::move(mail), std::move(content.bytes)});
    co_return mail::SubmissionMail{server->settings.from, hand.mail.waiting, hand.content};
  }
  in_hand_ = 0;
  co_return std::nullopt;
}

asio::awaitable<void> MailSender::is_over(mail::SubmissionOutcome outcome) {
  look_at_server(outcome);
  InHand done = std::exchange(current_, std::nullopt).value();
  co_await conclude(std::move(done.row), std::move(done.mail), std::move(outcome));
}

asio::awaitable<MailSender::Content> MailSender::compose(const MailServer& server, const OutgoingMail& mail) {
  mime::Draft draft;
  draft.from = server.settings.from;
  draft.from_name = mail.mail.from_name.empty() ? server.settings.from_name : mail.mail.from_name;
  draft.to = mail.mail.to;
  draft.subject = mail.mail.subject;
  draft.text = mail.mail.text;
  draft.date = mail.date;
  draft.message_id = mail.mail.message_id;
  draft.in_reply_to = mail.mail.in_reply_to;
  draft.references = mail.mail.references;
  draft.is_automatic = !mail.mail.by_hand;
  Content content;
  try {
    for (const std::int64_t id : mail.files) {
      const auto file = co_await context_.store.transact_without_sync(
          [&](store::Tables& tables) { return tables.files.find(store::FileId(id)); });
      if (!file || file->state != store::FileState::here) {
        content.fault = "a file of the mail is not here any more";
        co_return content;
      }
      const FileRecord record = decode_file(file->details);
      mime::DraftFile attachment{record.file.name, record.file.media_type, {}};
      while (attachment.content.size() < file->size) {
        const crypto::SecretBytes piece = co_await desk_.read(*file, attachment.content.size());
        if (piece.empty()) break;
        const ByteView bytes = piece.bytes();
        attachment.content.insert(attachment.content.end(), bytes.begin(), bytes.end());
      }
      draft.files.push_back(std::move(attachment));
    }
    content.bytes = mime::compose(draft);
  } catch (const mime::NotComposed& failure) {
    content.fault = failure.what();
  } catch (const files::SpoolFailure& failure) {
    content.fault = failure.what();
  }
  co_return content;
}

/// One that cannot be used is asked again later, for all mails.
void MailSender::look_at_server(const mail::SubmissionOutcome& outcome) {
  if (outcome.trouble.empty()) {
    server_rests_until_.reset();
    server_pause_ = {};
    return;
  }
  server_pause_ = server_pause_.count() == 0 ? mail_server_pause
                                             : std::min<std::chrono::seconds>(2 * server_pause_, longest_mail_server_pause);
  server_rests_until_ = context_.now() + server_pause_;
  log_warning("mail.server_trouble", {{"reason", outcome.trouble}, {"pause_s", server_pause_.count()}});
}

asio::awaitable<void> MailSender::conclude(store::StoredMail row, OutgoingMail mail, mail::SubmissionOutcome outcome) {
  const WallTime now = context_.now();
  const Sorted sorted = sort(outcome, now - row.created >= mail_life, row.attempts);
  for (const auto& recipient : sorted.accepted) mail.accepted.push_back(recipient.address);
  mail.waiting.clear();
  for (const auto& recipient : sorted.later) mail.waiting.push_back(recipient.address);
  const bool is_over = sorted.later.empty();
  const bool tells = is_over && mail.mail.tell_sent && !mail.accepted.empty();
  co_await context_.store.transact([&](store::Tables& tables) {
    if (!sorted.refused.empty()) tell_fate(tables, row, mail, plugin::EventKind::mail_failed, sorted.refused, now);
    if (!is_over) {
      tables.mails.postpone(row.id, encode(mail), sorted.later.front().reason, now + mail_pause(row.attempts));
      return;
    }
    if (tells) {
      std::vector<plugin::MailFate::Recipient> all;
      for (const std::string& address : mail.accepted) all.push_back({address, {}});
      tell_fate(tables, row, mail, plugin::EventKind::mail_sent, std::move(all), now);
    }
    tables.mails.erase(row.id);
  });
  const std::string& plugin = row.plugin;
  const std::string& id = mail.mail.message_id;
  if (!sorted.accepted.empty()) {
    log_info("mail.sent", {{"plugin", plugin}, {"mail", id}, {"recipients", sorted.accepted.size()}, {"attempts", row.attempts}});
  }
  if (!sorted.later.empty()) {
    log_warning("mail.deferred", {{"plugin", plugin}, {"mail", id}, {"recipients", sorted.later.size()},
                                  {"attempts", row.attempts}, {"reason", sorted.later.front().reason}});
  }
  if (!sorted.refused.empty()) {
    log_error("mail.failed", {{"plugin", plugin}, {"mail", id}, {"recipients", sorted.refused.size()},
                              {"attempts", row.attempts}, {"reason", sorted.refused.front().reason}});
  }
  if (tells || !sorted.refused.empty()) kick_plugin_(row.plugin);
}

}  // namespace omegate::gateway
