// Mail that was handed in becomes inbox rows, and its attachments files.
//
// All of it in one transaction, and only then the 250: what we have said yes to is on the disk. The same message for the
// same recipient is known for 90 days, so that a client which never heard our yes may ask again.
// Not here: the connection (mail_listener.hpp), what a plugin makes of it.
// Source: RFC 5321 §4.5.3.2.6 (a lost 250), RFC 1047.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/core/mail/server_session.hpp"
#include "bridge/edge/mime/read.hpp"
#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/files/file_desk.hpp"

namespace omegate::gateway {

class MailIntake {
 public:
  /// Everything referenced outlives it. `authserv_id`: see config::MailListenSettings.
  MailIntake(Context& context, FileDesk& desk, const CurrentActors& actors, std::string authserv_id)
      : context_(context), desk_(desk), actors_(actors), authserv_id_(std::make_shared<const std::string>(std::move(authserv_id))) {}

  /// From any thread.
  void set_authserv_id(std::string id) { authserv_id_ = std::make_shared<const std::string>(std::move(id)); }

  /// Does a plugin want mail for this address? From any thread.
  bool takes(const mail::Address& address) const;

  /// What else is to be stored in the transaction of a mail that is ours.
  using Also = std::function<void(store::Tables&)>;

  /// The answer for the client: 250 when it is stored. `peer` is for the log. Never throws what the disk or the message is
  /// guilty of.
  asio::awaitable<mail::Reply> store(mail::Envelope envelope, std::string message, std::string peer, Also also = {});

 private:
  struct Parsed;
  struct Outcome;
  Parsed parse(const std::string& message) const;
  asio::awaitable<void> throw_away(const Parsed& parsed) const;
  void spool(Parsed& parsed, mime::Attachment& attachment) const;
  asio::awaitable<mail::Reply> keep(const mail::Envelope& envelope, const std::string& message, const std::string& peer, Parsed& parsed,
                                    const Also& also);
  template <class ParsedFile>
  plugin::File add_file(store::Tables& tables, store::AccountId account, const ParsedFile& file, WallTime now) const;
  Outcome write(store::Tables& tables, const mail::Envelope& envelope, const Parsed& parsed) const;

  Context& context_;
  FileDesk& desk_;
  const CurrentActors& actors_;
  std::atomic<std::shared_ptr<const std::string>> authserv_id_;  // see config::MailListenSettings
};

}  // namespace omegate::gateway
