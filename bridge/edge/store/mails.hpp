// The table `mails`: mails that plugins want sent and that the mail server has not taken yet. Added in the transaction of
// the event that wants them; a row leaves when the server has the mail, or when it is given up.
//
// Not here: what a row says (gateway/mail/mail_record.hpp), who sends it (gateway/mail/mail_sender.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Query;
class Sealer;

struct NewMail {
  std::string plugin;
  AccountId account;  // of the events that tell what became of it
  std::string dedupe_key;  // same key, same row while it is here
  Bytes body;              // sealed; opaque here
  std::vector<FileId> files = {};  // they stay while the row is here
};

struct StoredMail {
  MailId id;
  std::string plugin;
  AccountId account;
  Bytes body;
  int attempts = 0;
  WallTime due{}, created{};
  std::string reason{};  // why the last attempt failed
};

class Mails {
 public:
  Mails(Connection& db, const Sealer& sealer);

  /// Due at once. False if a row with this dedupe key is here.
  bool add(const NewMail& mail, WallTime now);

  /// The oldest due one; its attempt is counted *before* it is made. It stays due: `set_due` in the same transaction, so
  /// that one that ends us does not come back at once. Nothing: none is due.
  std::optional<StoredMail> take_due(WallTime now);
  void set_due(MailId id, WallTime due);

  /// The attempt failed: due then. `body` may be another one: fewer recipients.
  void postpone(MailId id, ByteView body, std::string_view reason, WallTime due);
  void erase(MailId id);

  /// Nothing if none waits.
  std::optional<WallTime> next_due();
  std::size_t count(std::string_view plugin);
  std::size_t count();
  std::optional<StoredMail> find(MailId id);
  /// Oldest first, of one account or of all. Each body is decrypted: `limit` is what that costs.
  std::vector<StoredMail> list(std::size_t limit, std::optional<AccountId> account = {});

 private:
  StoredMail read(Query& row);

  Connection& db_;
  const Sealer& sealer_;
  std::int64_t next_id_;
};

}  // namespace omegate::store
