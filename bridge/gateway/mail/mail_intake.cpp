#include "bridge/gateway/mail/mail_intake.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/mail/limits.hpp"
#include "bridge/core/xmpp/file_names.hpp"
#include "bridge/gateway/files/file_record.hpp"
#include "bridge/gateway/files/received_files.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/mail/mail_event.hpp"

namespace omegate::gateway {
namespace {

bool is_for(const RunningPlugin& plugin, const mail::Address& address) {
  return std::ranges::any_of(plugin.mail_addresses, [&](const mail::AddressPattern& pattern) { return pattern.matches(address); });
}

/// The same for each repetition of one delivery, and for nothing else: an id alone can be chosen by anybody.
std::string delivery_key(const std::string& plugin, const mail::Address& recipient, const mime::Message& message, const Bytes& hash) {
  return "mail\n" + plugin + "\n" + recipient.to_string() + "\n" + message.message_id + "\n" + crypto::to_hex(hash);
}

}  // namespace

/// A message taken apart, and its attachments in the spool, whose rows are still missing.
struct MailIntake::Parsed {
  struct File {
    std::optional<store::SpooledContent> content{};  // nothing: it is not kept
    FileRecord record{};
    std::uint64_t size = 0;
  };
  mime::Message message{};  // its attachments are empty now
  Bytes hash{};             // of all its bytes
  std::vector<File> files{};
};

struct MailIntake::Outcome {
  std::vector<std::string> plugins;  // that hear of it
  bool is_known = false;             // all of them have heard of it
  bool is_ours = true;               // somebody wants mail for one of the addresses
};

bool MailIntake::takes(const mail::Address& address) const {
  const auto actors = actors_.get();
  return std::ranges::any_of(actors->plugins, [&](const RunningPlugin& plugin) { return is_for(plugin, address); });
}

/// On the disk's thread.
void MailIntake::spool(Parsed& parsed, mime::Attachment& attachment) const {
  Parsed::File file;
  file.size = attachment.content.size();
  file.record.file.name = xmpp::safe_file_name(attachment.name.empty() ? "attachment" : attachment.name);
  file.record.file.media_type = xmpp::safe_media_type(attachment.media_type);
  file.record.file.size = file.size;
  const std::uint64_t most = desk_.settings().max_size;
  if (file.size > most) {
    file.record.reason = "it has " + size_words(file.size) + "; at most " + size_words(most) + " are taken (files.max_size)";
  } else {
    files::SpoolWriter writer = desk_.spool().create();
    writer.write(attachment.content);
    files::SpoolFile written = writer.finish();
    file.content = store::SpooledContent{written.name, written.key};
    file.record.sha256 = written.sha256;
  }
  parsed.files.push_back(std::move(file));
  crypto::wipe(attachment.content);
  attachment.content = {};
}

/// On the disk's thread: it takes a while, and writes.
MailIntake::Parsed MailIntake::parse(const std::string& message) const {
  Parsed parsed;
  parsed.message = mime::read_message(message);
  parsed.hash = crypto::digest(crypto::Hash::sha256, as_bytes(message));
  return parsed;
}

asio::awaitable<mail::Reply> MailIntake::store(mail::Envelope envelope, std::string message, std::string peer, Also also) {
  Parsed parsed;
  mail::Reply answer{451, "4.3.0", "it could not be stored; try again later"};  // yes is only what `keep` says
  std::string trouble;
  bool is_refused = false;
  try {
    auto work = [&] {
      parsed = parse(message);
      const bool is_own = nature_of(parsed.message, envelope) == mail::Nature::own;
      if (is_own || parsed.message.hops > mail::max_hops || !may_write_as_author(parsed.message, envelope)) return;
      for (mime::Attachment& attachment : parsed.message.attachments) spool(parsed, attachment);
    };
    co_await desk_.on_disk(std::move(work));
    answer = co_await keep(envelope, message, peer, parsed, also);
  } catch (const mime::Refused& refusal) {
    is_refused = true;
    trouble = refusal.what();
    answer = {554, "5.6.0", refusal.what()};
  } catch (const FileRefused& refusal) {
    trouble = refusal.what();
    answer = {452, "4.3.1", "there is no room for its attachments; try again later"};
  } catch (const store::DiskFull& failure) {
    trouble = failure.what();
    answer = {452, "4.3.1", "the disk is full; try again later"};
  } catch (const store::StoreError& failure) {
    trouble = failure.what();
    answer = {451, "4.3.0", "it could not be stored; try again later"};
  } catch (const files::SpoolFailure& failure) {
    trouble = failure.what();
    answer = {451, "4.3.0", "its attachments could not be stored; try again later"};
  }
  if (!trouble.empty()) {
    if (is_refused) log_warning("mail.refused", {{"peer", peer}, {"reason", trouble}, {"size", message.size()}});
    if (!is_refused) log_warning("mail.not_stored", {{"peer", peer}, {"reason", trouble}, {"size", message.size()}});
    co_await throw_away(parsed);
  }
  crypto::wipe({reinterpret_cast<Byte*>(message.data()), message.size()});
  co_return answer;
}

/// Nobody's rows name these files.
asio::awaitable<void> MailIntake::throw_away(const Parsed& parsed) const {
  auto remove = [&] {
    for (const Parsed::File& file : parsed.files)
      if (file.content) desk_.spool().remove(file.content->name);
  };
  co_await desk_.on_disk(std::move(remove));
}

asio::awaitable<mail::Reply> MailIntake::keep(const mail::Envelope& envelope, const std::string& message, const std::string& peer,
                                              Parsed& parsed, const Also& also) {
  const mail::Nature nature = nature_of(parsed.message, envelope);
  if (nature == mail::Nature::own) {
    log_warning("mail.dropped", {{"peer", peer}, {"reason", "it is a mail of ours, come back"}, {"recipient", envelope.recipients.front().to_string()}});
    co_return mail::Reply{250, "2.0.0", "it is ours, and was dropped"};
  }
  if (parsed.message.hops > mail::max_hops) {
    log_warning("mail.refused", {{"peer", peer}, {"reason", "it goes round in circles"}, {"size", message.size()}});
    co_return mail::Reply{554, "5.4.6", "this message has been passed on too often"};
  }
  if (!may_write_as_author(parsed.message, envelope)) {
    const std::string author = parsed.message.from.empty() ? "nobody" : parsed.message.from.front().address;
    log_warning("mail.refused", {{"peer", peer}, {"reason", "the login " + envelope.user + " may not write as " + author}, {"size", message.size()}});
    co_return mail::Reply{550, "5.7.1", "this login may not write as this author"};
  }
  auto work = [&](store::Tables& tables) {
    Outcome written = write(tables, envelope, parsed);
    if (also && written.is_ours) also(tables);
    return written;
  };
  const Outcome outcome = co_await context_.store.transact(work);
  if (outcome.plugins.empty()) co_await throw_away(parsed);
  if (!outcome.is_ours) co_return mail::Reply{451, "4.3.0", "these addresses have just gone; try again later"};
  if (outcome.is_known) {
    log_info("mail.repeated", {{"peer", peer}, {"recipient", envelope.recipients.front().to_string()}});
    co_return mail::Reply{250, "2.0.0", "it is here already"};
  }
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins)
    if (std::ranges::find(outcome.plugins, plugin.host->name()) != outcome.plugins.end()) plugin.inbox->kick();
  log_info("mail.accepted", {{"peer", peer}, {"recipient", envelope.recipients.front().to_string()}, {"recipients", envelope.recipients.size()},
                             {"nature", mail::to_text(nature)}, {"files", parsed.files.size()}, {"size", message.size()}});
  co_return mail::Reply{250, "2.0.0", "it is stored"};
}

/// What is not kept has no handle.
template <class ParsedFile>
plugin::File MailIntake::add_file(store::Tables& tables, store::AccountId account, const ParsedFile& file, WallTime now) const {
  const auto& [name, media_type, size, hashes, sources] = file.record.file;
  if (!file.content) return {{}, name, media_type, file.size, "failed", file.record.reason};
  const auto id = tables.files.add({account, store::FileState::here, file.content, file.size, encode(file.record), desk_.expiry()}, now);
  return as_seen(tables.files.find(id).value());
}

/// In one transaction: each plugin's row for those recipients that are new, the files, and that all this is known now.
MailIntake::Outcome MailIntake::write(store::Tables& tables, const mail::Envelope& envelope, const Parsed& parsed) const {
  const WallTime now = context_.now();
  Outcome outcome;
  outcome.is_ours = false;
  std::optional<plugin::Mail> event;
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins) {
    std::vector<std::string> fresh;
    for (const mail::Address& recipient : envelope.recipients) {
      if (!is_for(plugin, recipient)) continue;
      outcome.is_ours = true;
      if (tables.seen.add(plugin.account, delivery_key(plugin.host->name(), recipient, parsed.message, parsed.hash), now))
        fresh.push_back(recipient.to_string());
    }
    if (fresh.empty()) continue;
    if (!event) {
      event = mail_event(parsed.message, envelope, *authserv_id_.load(), now);
      std::uint64_t size = 0;
      for (const Parsed::File& file : parsed.files) size += file.content ? file.size : 0;
      if (size > 0) desk_.require_total(tables, size);
      for (const Parsed::File& file : parsed.files) event->files.push_back(add_file(tables, plugin.account, file, now));
    }
    event->recipients = fresh;
    const std::string conversation = "mail " + fresh.front();
    tables.inbox.add({plugin.account, plugin.host->name(), conversation, "mail", to_bytes(plugin::payload(*event)), {}}, now);
    outcome.plugins.push_back(plugin.host->name());
  }
  outcome.is_known = outcome.is_ours && outcome.plugins.empty();
  return outcome;
}

}  // namespace omegate::gateway
