// What can be asked of a running gateway over its control sockets: names, arguments, answers.
// This page is the contract: the gateway answers these shapes, the command line prints them, `--json` shows
// them as they are. Not here: sockets (control_socket.hpp), printing (cli/).
//
// A request is one line, `{"verb": "trust.show", "args": {"jid": "alice@example.org"}}`, and so is its
// answer:
// `{"ok": true, "data": …}` or `{"ok": false, "error": {"code", "text", "hint"}}` (operator_error.hpp).
//
// clang-format off
//
// …_ms: milliseconds since 1970 UTC. ?: may be absent, in arguments and in answers. Ids of rows are numbers.
// fingerprint: 64 lower-case hex digits, the Curve25519 form that clients show for both OMEMO versions.
// account: a name; may be left out of arguments when there is only one, and in lists it then means all.
//
// | verb          | arguments                                                | answer                             |
// | ------------- | -------------------------------------------------------- | ---------------------------------- |
// | status        |                                                          | STATUS                             |
// | reload        | rehearse? (events of each plugin to show to its new      | {changes: [text], problems: [text],|
// |               | version; nothing is taken on then)                       |  needs_restart: [text],            |
// |               |                                                          |  rehearsals: [REHEARSAL]}          |
// | stop          | final: bool (say goodbye to the server)                  | {stopping: true}                   |
// | send          | to, text (with file: may be left out), file? (handle),   | SENT                               |
// |               | account?, id? (idempotency key), min_trust?,             |                                    |
// |               | wait? (accepted|sent|delivered), timeout_ms?, name?,     |                                    |
// |               | one of edit?, update?, retract?, reply?, react? (the     |                                    |
// |               | name or message id of a message)                         |                                    |
// | keys          | account?                                                 | {accounts: [OWN]}                  |
// | keys.rotate   | account?, stolen: bool (say so), why?                    | {account, jid, next: {device,      |
// |               |                                                          |  fingerprint, ed25519}, told:      |
// |               |                                                          |  contacts that are being told}     |
// | login.show    | account?                                                 | {accounts: [LOGIN]}                |
// | login.unpin   | account?                                                 | LOGIN, as it was pinned            |
// | key.status    |                                                          | {slots: [SLOT]}                    |
// | key.rotate    | step: begin|finish|cancel, current? (of the file in      | {done: true}                       |
// |               | place), next? (begin: the new key); both base64          |                                    |
// | key.recovery. | LOCK                                                     | {done: true}                       |
// |   set         |                                                          |                                    |
// | key.recovery. |                                                          | SLOT + {salt, sealed, database}    |
// |   test        |                                                          |  (base64: the caller tries it)     |
// | backup        | backup_key (base64), LOCK? (else the recovery            | {copy: a file the caller deletes,  |
// |               | passphrase's)                                            |  preamble (base64), made_ms}       |
// | doctor        | account?                                                 | {findings: [FINDING]}              |
// | trust.list    | account?, jid?, level?                                   | {keys: [KEY]}                      |
// | trust.show    | account?, jid                                            | CONTACT                            |
// | trust.approve | account?, jid, which: WHICH, level (trusted|verified),   | {account, jid, keys: [KEY],        |
// |               | why?                                                     |  released: held rows now due}      |
// | trust.revoke  | account?, jid, which: WHICH, why?                        | {account, jid, keys: [KEY]}        |
// | trust.policy  | account?, jid?, policy?, message_rule? (neither: show)   | {account, jid?, policy,            |
// |               |                                                          |  message_rule, from, changed}      |
// | trust.stale   | account?, jid?, silent_ms? (default: 90 days)            | {devices: [STALE], silent_ms}      |
// | trust.purge   | account?, jid, which: WHICH (all: that are stale), why?, | {account, jid, keys: [KEY]}        |
// |               | silent_ms?, undo: bool                                   |                                    |
// | trust.log     | account?, jid?, key? (fingerprint), fact?, since_ms?,    | {rows: [FACT], more: bool}         |
// |               | until_ms?, limit, before? (row)                          |                                    |
// | trust.explain | account?, jid? (whose), which: fingerprint or device id  | EXPLAINED                          |
// | trust.verify  | row?, hash? (of a checkpoint: is it still in it?)        | LEDGER                             |
// | trust.export  | after (row), limit                                       | {rows: [LEDGER_ROW], more: bool,   |
// |               |                                                          |  signed_by (hex): the first key}   |
// | trust.        |                                                          | {row, hash, signed_by (hex),       |
// |   checkpoint  |                                                          |  signature (base64)}               |
// | trust.rotate  | why?                                                     | FACT, and signed_by (hex): the new |
// | trust.forget  | account?, jid, why?                                      | {account, rows, in_clear: rows     |
// |               |                                                          |  that stay readable, devices}      |
// | why           | account?, message? (row, message id, in-N, address; none: | {messages: [WHY]}                  |
// |               | what somebody missed), limit?                            |                                    |
// | hook.list     |                                                          | {hooks: [HOOK]}                    |
// | hook.log      | hook?, limit                                             | {rows: [REQUEST], more: bool}      |
// | hook.show     | id                                                       | REQUEST + {method, content_type,   |
// |               |                                                          |  query, endpoint, headers, body}   |
// | hook.replay   | id                                                       | REQUEST + {inbox: row}             |
// | hook.dry-run  | id, or hook, body, content_type?, query?, headers?       | {hook, outcome: done|refused|      |
// |               |                                                          |  failed|unavailable, error?,       |
// |               |                                                          |  messages: [{to, account, text,    |
// |               |                                                          |  priority, name?, update?}]}       |
// | hook.url      | hook                                                     | URL                                |
// | hook.rotate   | hook, grace_ms? (the old one is good so long), expires_in_ms? | URL                           |
// | room.list     | account?                                                 | {rooms: [ROOM]}                    |
// | room.create   | account?, room, people? (bare JIDs, who become members)  | ROOM                               |
// | room.join     | account?, room                                           | ROOM                               |
// | room.invite   | account?, room, people                                   | ROOM                               |
// | room.leave    | account?, room                                           | {jid, left: true}                  |
// | room.moderate | account?, room, message (the room's number of it, or the | {jid, moderated: true}             |
// |               | id that its writer chose), reason? (in the clear)        |                                    |
// | file.begin    | account?, name?, media_type?, size?                      | {token, piece: bytes at once}      |
// | file.append   | token, data (base64)                                     | {size}                             |
// | file.end      | token                                                    | FILE                               |
// | file.list     | limit                                                    | {rows: [FILE], more: bool}         |
// | file.fetch    | file (number or handle), timeout_ms?                     | FILE                               |
// | file.read     | file, offset                                             | {data (base64), next, size}        |
// | file.drop     | file                                                     | {id, dropped: bool}                |
// | mail.list     | account?, limit                                          | {rows: [MAIL], more: bool}         |
// | mail.show     | id                                                       | MAIL + {text, accepted: [address]} |
// | mail.retry    | id                                                       | MAIL                               |
// | mail.drop     | id                                                       | {id, dropped: true}                |
// | outbox.list   | account?, to?, state?, limit                             | {rows: [OUT], more: bool}          |
// | outbox.show   | id                                                       | OUT + {text?, devices: [COPY]}     |
// | outbox.retry  | id                                                       | OUT                                |
// | outbox.drop   | id                                                       | {id, dropped: true}                |
// | inbox.list    | account?, from?, state?, limit                           | {rows: [IN], more: bool}           |
// | inbox.show    | id                                                       | IN + {text?}                       |
// | inbox.replay  | id                                                       | IN                                 |
// | inbox.drop    | id                                                       | {id, dropped: true}                |
//
// STATUS   version, started_ms, ready: bool, problems: [text],
//          accounts: [{name, jid, state: online|connecting|waiting|alarm|stopped, since_ms, detail?, server?, device?,
//          next_try_ms?}],
//          plugins: [{name, version?, state: running|restarting|quarantined|stopped, restarts, handled, failed (events),
//          cpu_ms?, memory? (bytes; both of its process), detail?}],
//          mailboxes?: [{name, state: open|connecting|waiting, since_ms, told?: bool (open: the server tells of new mail by
//          itself), detail?, next_try_ms?, last_mail_ms? (that was taken since the start), read_to? (the number of the last mail
//          that is done), failing?: {uid, tries} (a mail that the server cannot show)}],
//          mail_listeners?: [{place, protocol: lmtp|smtp, state: open|closed (a reload could not open it), tls: none|starttls|
//          direct, users, connections?, detail?}],
//          outbox?: {waiting, held, parked}, inbox?: {waiting, parked} (neither: the database does not answer, as a problem
//          says, and what else is in it is left out, too), http?: "127.0.0.1:8443",
//          renewed?: {at_ms, why, waiting: devices still to hear of a new session}: an old copy of the database was
//          noticed in the last week
// SLOT     kind: file|next_file|recovery, made_ms, passes?, memory_kib? (of a passphrase)
// LOCK     outer (base64: the key made of a passphrase), salt (base64), passes, memory_kib
// SENT     id, message_id, account, to, reason?, hint?, duplicate: bool (the idempotency key was known),
//          timed_out: bool, changed? (an edit of what had not gone out yet: the same row),
//          state: accepted|written|sent|delivered|held|parked|refused|bounced|expired, or withdrawn (a retraction of
//          what had not gone out yet; then there is no row)
// OWN      account, jid, device, label?, fingerprint, ed25519 (64 hex digits: the form of Trust Messages),
//          next?: {device, fingerprint, ed25519}: takes its place in a moment (keys.rotate)
// LOGIN    account, jid, mechanism?, binding?, since_ms? (the least a login must be; none: nothing is pinned),
//          token?: {mechanism, expires_ms, uses}
// REHEARSAL plugin, events (that were shown), too_large (since the start: were not kept), differences: [{event, kind, before, now}]
// WHICH    a fingerprint, a device id as text, or "all" (all undecided ones)
// KEY      account, jid, fingerprint, devices: [{id, active: bool}], own: bool (a device of the account itself),
//          level: undecided|tofu|trusted|verified|revoked, decision: allow|undecided|refuse,
//          first_seen_ms, last_seen_ms?, by?, why?, decided_ms?, aside?: true (trust.purge: nothing is encrypted to it)
// STALE    account, jid, own: bool, device, fingerprint, level, first_seen_ms, last_message_ms?, last_receipt_ms? (that only
//          it can have written), unanswered (remembered messages encrypted to it since), evidence (a sentence)
// CONTACT  account, jid, policy, message_rule, from: account|domain|contact|operator (who set the policy),
//          heard: bool (is on the allow-list), held: number of held rows, keys: [KEY]
// FACT     row, at_ms, account, jid, fingerprint?, device?, by, why?, value? (of a policy: its name),
//          fact: seen|tofu|trusted|verified|revoked|undecided|policy|device_gone|device_back|changed_key|
//          set_aside|taken_back (trust.purge)|own_key (the account has this key from now on; no jid)|
//          approval (jid approved the request `value` with this key)|
//          restored (an old copy of the database was noticed: all sessions of the account were made anew; no jid)|
//          signing_key (from the next row on this key signs)|forgot (somebody had a contact forgotten; no jid)|
//          forgotten (what is left of a row about that contact: its number)
// EXPLAINED account, jid, fingerprint, level, policy, decision, rule (a sentence), steps: [FACT + {level, policy,
//          decision, because}], oldest first: what concerned the key, and what changed the decision about it
// LEDGER   ok: bool, rows, forgotten (rows about forgotten contacts), head (hex), signed_by (hex), first_bad?: {row, what},
//          clock_went_back: [row], checkpoint?: kept|other (another row stands there)|missing (it is shorter)
// LEDGER_ROW row, entry, salt?, commitment? (base64), hash (hex), signature (base64): what the chain is made of, see
//          core/trust/chain.hpp; and for reading FACT without row. entry is absent where a contact was forgotten
// FINDING  about (an account's name, a plugin's, a mailbox's, a mail listener, "gateway"), check (its name), level: ok|warn|bad, evidence, fix?
// OUT      id, message_id, account, to, state (as in SENT), reason?, hint?, attempts, created_ms, due_ms?,
//          sealed_again? (times; the recipient may have it twice), origin (a plugin's name, or "operator"),
//          waits?: {for: account|server|acknowledgement|turn|keys|retry|upload|device|decision|operator, why, since_ms, next_ms?}
// MAIL     id, plugin, account (of the event that it was written for), to: [address] (who has it not yet), subject, message_id,
//          files: how many, attempts, created_ms, due_ms (the next attempt), expires_ms (then it is given up), reason? (of the
//          last attempt), sending: bool (it is being handed to the server now)
// FILE     id, handle, account, state: offered (with its sender)|wanted|here|failed, name, media_type, size, from? (a bare
//          JID; none: it is ours), reason?, sha256? (hex), created_ms, expires_ms
// COPY     jid (the recipient, or our own account), device, version (of OMEMO), fingerprint, included: bool, reason?
// WHY      kind: sent|received, name (row, or in-N), account, message_id, to_do?
//          sent: OUT + {readers, of (devices of the recipient), devices: [READER], decided_ms?, ledger_row?, policy?,
//          message_rule?, again_of? (the newest of the rows that it says again, to one device)}
//          received (and not read): from, received_ms, device?, version?, fingerprint?, what, detail?, told_ms?,
//          cause: not_for_us|no_session|other_key|undecided|revoked|unreadable|outdated|unencrypted
// ROOM     account, jid, nick, state: outside|joining|joined|refused, obstacle (why nothing can be said in it; empty: it can),
//          people: [bare JID] (who is encrypted to), here: number of occupants, knows_members: bool
// READER   again_in? (the row in which it was told later), jid, own: bool, device, version, fingerprint, listed: bool, bundle: seen|not seen|why it cannot be had,
//          trust (level), included: bool, delivered: yes|no|unknown, delivered_ms?, what, to_do?, cause: ""|key_unknown|
//          no_bundle|undecided|revoked|below_min_trust|no_session|not_listed|no_device (device is 0)|set_aside: all as it was when the message was
//          sealed; now: {trust, decision, listed}
// HOOK     hook, plugin, requests (that are kept), last_ms?, made_ms?, expires_ms?, previous_until_ms? (of its address)
// REQUEST  id, hook, plugin, result: accepted|repeated (taken before; nothing happened)|refused, received_ms, size
// URL      hook, url? (http://…, as this machine sees it), expired: bool, made_ms?, expires_ms?, previous_until_ms?
// IN       id, account, kind: message|hook|new_key|…, from?, plugin, state: waiting|parked, attempts, error?,
//          received_ms, due_ms?, encrypted: bool, level?
//
// clang-format on
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace omegate::app {

struct Verb {
  std::string_view name;
  bool on_send_socket;  // also open to the group that may only send
  bool is_logged = true;
  bool has_page = true;  // else it is a step of a command of another name
  bool has_answer_at_once = false;  // whatever the gateway waits for: who asks need not wait for long
};

inline constexpr std::array verbs{
    Verb{"status", false, true, true, true},
    Verb{"stop", false},
    Verb{"reload", false},
    Verb{"send", true},
    Verb{"key.status", false},
    Verb{"key.rotate", false},
    Verb{"key.recovery.set", false},
    Verb{"key.recovery.test", false},
    Verb{"backup", false},
    Verb{"keys", false},
    Verb{"keys.rotate", false},
    Verb{"login.show", false},
    Verb{"login.unpin", false},
    Verb{"doctor", false},
    Verb{"trust.list", false},
    Verb{"trust.show", false},
    Verb{"trust.approve", false},
    Verb{"trust.revoke", false},
    Verb{"trust.policy", false},
    Verb{"trust.stale", false},
    Verb{"trust.purge", false},
    Verb{"trust.log", false},
    Verb{"trust.explain", false},
    Verb{"trust.verify", false},
    Verb{"trust.export", false},
    Verb{"trust.checkpoint", false},
    Verb{"trust.rotate", false},
    Verb{"trust.forget", false},
    Verb{"why", false},
    Verb{"hook.list", false},
    Verb{"hook.log", false},
    Verb{"hook.show", false},
    Verb{"hook.replay", false},
    Verb{"hook.dry-run", false},
    Verb{"hook.url", false},
    Verb{"hook.rotate", false},
    Verb{"room.list", false},
    Verb{"room.create", false},
    Verb{"room.join", false},
    Verb{"room.invite", false},
    Verb{"room.leave", false},
    Verb{"room.moderate", false},
    Verb{"file.begin", true, true, false},
    Verb{"file.append", true, false, false},  // one of hundreds for a file
    Verb{"file.end", true, true, false},
    Verb{"file.list", false},
    Verb{"file.fetch", false, true, false},
    Verb{"file.read", false, false, false},
    Verb{"file.drop", false},
    Verb{"mail.list", false},
    Verb{"mail.show", false},
    Verb{"mail.retry", false},
    Verb{"mail.drop", false},
    Verb{"outbox.list", false},
    Verb{"outbox.show", false},
    Verb{"outbox.retry", false},
    Verb{"outbox.drop", false},
    Verb{"inbox.list", false},
    Verb{"inbox.show", false},
    Verb{"inbox.replay", false},
    Verb{"inbox.drop", false},
};

constexpr std::optional<Verb> find_verb(std::string_view name) {
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) { return verb.name == name; });
  return found == verbs.end() ? std::nullopt : std::optional(*found);
}

}  // namespace omegate::app
