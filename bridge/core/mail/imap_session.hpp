// One connection to a folder of an IMAP server: the client's side, from the greeting to mail after mail, and the wait for
// the next one.
//
// Sans-io: it says what to do next, and is told what came of it. The login is never written before the connection is
// encrypted. A mail is done when whoever took it says so (`delivered`), and with it the place up to which all are done is
// to be stored, in one transaction. Not here: sockets, TLS, time (gateway/mail/mailbox), what a mail says (edge/mime).
// Source: RFC 9051, RFC 3501 (IMAP), RFC 2177 (IDLE), RFC 4959 (SASL-IR), RFC 6851 (MOVE), RFC 4315 (UIDPLUS), RFC 2595 and
// RFC 8314 (TLS), RFC 4549 §4 (what a client that was away does).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/imap_reader.hpp"

namespace omegate::mail {

/// How far a folder has been read. Stored in the transaction of the mail that it is behind.
struct ImapPosition {
  std::uint32_t validity = 0;  // UIDVALIDITY: other numbers mean other mails
  std::uint32_t uid = 0;       // all up to this one are done
  bool to_treat = false;       // that one was taken, and perhaps neither marked nor moved yet
  WallTime floor{};            // when the newest mail came of those that lay there before we did, and are not ours to read
  std::uint32_t old_to = 0;    // up to this one they lay there when UIDVALIDITY changed: by their date they may be old

  friend bool operator==(const ImapPosition&, const ImapPosition&) = default;
};

enum class ImapAfter { leave, seen, move };  // what becomes of a mail that was taken

struct ImapSetup {
  std::string user;
  crypto::SecretBytes password;
  bool starttls = false;  // else the connection is encrypted before the first byte
  std::string folder = "INBOX";
  ImapAfter after = ImapAfter::leave;
  std::string move_to = {};
  std::size_t max_size = 0;  // of a mail. Unit: bytes
  bool existing = false;     // at the first connection: also what lies there
  std::optional<ImapPosition> position = {};
  std::optional<std::uint32_t> unreadable = {};  // this one could not be had several times: it is passed over
  WallTime now{};
};

struct ImapDelivery {
  enum class Kind {
    position,    // nothing but a place to be stored
    mail,
    too_large,   // it stays where it is
    unreadable,  // the server cannot show it
  };
  Kind kind = Kind::position;
  ImapPosition position = {};  // to be stored with it; `to_treat` is for who stores it to say
  std::string message = {};
  std::uint32_t uid = 0;
  std::uint64_t size = 0;   // as the server says. Unit: bytes
  bool began_anew = false;  // position: the folder is another one, or has other numbers
};

struct ImapTrouble {
  std::string reason;                       // empty: there is none
  bool is_lasting = false;                  // login, settings: haste does not help
  std::optional<std::uint32_t> mail = {};   // it was this one, and not the connection
};

class ImapSession {
 public:
  enum class Todo {
    read,       // bytes, then `received`
    write,      // `take_bytes`, and ask again
    start_tls,  // a handshake, then `secured`
    deliver,    // `take_delivery`, then `delivered`
    rest,       // until bytes come, which are `received`, or the time is over: then `wake`
    finish,     // close; `trouble` says why
  };

  explicit ImapSession(ImapSetup setup);

  Todo todo() const { return todo_; }
  /// What is to be written; wiped when it goes, for it may be the login.
  crypto::SecretBytes take_bytes();
  void received(std::string_view bytes);
  void secured();
  ImapDelivery take_delivery();
  /// It is stored, or nobody wants it: the place is stored. `treat`: it was taken, and becomes what `after` says.
  void delivered(bool treat);
  void wake();
  /// The connection failed, or took too long.
  void ended(const std::string& why);

  const ImapTrouble& trouble() const { return trouble_; }
  /// The folder is open.
  bool is_open() const { return is_open_; }
  /// The server tells of new mail by itself (IDLE); else it has to be asked now and then.
  bool is_told() const { return has("IDLE") && !idle_refused_ && false_alarms_ < max_imap_false_alarms; }
  /// What could not be marked or moved, and why; once.
  std::string take_complaint() { return std::exchange(complaint_, {}); }

 private:
  enum class Stage {
    greeting, capability, starttls, handshake, plain, plain_data, login, create, select, newest, list, fetch, treat, idle_begin, idle,
    idle_end, pause, noop, over,
  };
  enum class Answer { ok, no, bad };
  struct Listed {
    std::uint64_t size = 0;
  };
  struct Fetched {
    std::optional<std::uint64_t> uid, size;
    std::optional<WallTime> date;
    std::optional<std::string> body;
  };

  // imap_session.cpp: what is said, up to the open folder
  void take(const ImapResponse& response);
  void take_untagged(const ImapResponse& response);
  void take_status(const ImapResponse& response);
  void take_tagged(const ImapResponse& response);
  void take_go_on();
  void take_capabilities(std::string_view text);
  void after_capabilities();
  void authenticate();
  void open_folder();
  bool has(std::string_view capability) const { return capabilities_.contains(std::string(capability)); }
  void send(Stage stage, std::string_view command, std::size_t longest_literal);
  void send(Stage stage, std::string_view command);
  void write(std::string_view prefix, ByteView secret = {});
  void give_up(const std::string& reason, bool is_lasting = false);

  // imap_folder.cpp: the open folder
  void opened();
  void take_newest();
  void take_numbered(std::uint64_t number, ImapWords words);
  std::optional<Fetched> parse_fetch(ImapWords words) const;
  void take_fetch(ImapWords words);
  void note(const Fetched& fetched);
  void deliver(ImapDelivery delivery);
  void look();
  void go_on();
  void take_mail();
  void fail_at(std::uint32_t uid, const std::string& reason);
  void plan_treatment(std::uint32_t uid);
  void treat();
  void take_treated(Answer answer, std::string_view words);
  void rest();

  ImapSetup setup_;
  bool is_secure_, is_logged_in_ = false, is_open_ = false;
  Stage stage_ = Stage::greeting;
  Todo todo_ = Todo::read;
  crypto::SecretBytes output_;
  ImapReader reader_;
  std::uint32_t commands_ = 0;
  std::string tag_;  // of the command that has no answer yet; empty: there is none
  std::set<std::string> capabilities_;
  bool idle_refused_ = false;

  std::optional<std::uint32_t> validity_, next_uid_;
  std::uint64_t exists_ = 0;
  bool has_news_ = false;  // since the last look
  std::optional<ImapPosition> position_;
  std::optional<Fetched> newest_;
  std::map<std::uint32_t, Listed> listed_;
  bool list_overflowed_ = false;
  std::uint32_t passed_over_ = 0;
  std::uint32_t fetching_ = 0, missed_ = 0;
  std::optional<std::string> body_;
  std::optional<ImapDelivery> delivery_;
  ImapPosition delivered_position_;
  std::vector<std::string> treatments_;
  std::string complaint_;
  bool was_alarmed_ = false;  // the last look was for an EXISTS
  int false_alarms_ = 0;      // in a row
  ImapTrouble trouble_;
};

}  // namespace omegate::mail
