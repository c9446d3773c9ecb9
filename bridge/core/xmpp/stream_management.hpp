// XEP-0198: what the server has, what must be sent again, how much we have handled.
//
// Sans-io. Not here: timers (ask again after 30 s, give up 30 s after `<r/>`), where a `Snapshot` is kept.
// Source: XEP-0198 1.6.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

/// Names a stanza to its sender: an outbox row, for example.
using StanzaTag = std::uint64_t;

enum class StanzaKind {
  whole,    // or the last of several with its tag: its acknowledgement is reported
  part,     // others with its tag follow
  request,  // nobody would miss it after a restart: whoever asked is gone
};

class StreamManagement {
 public:
  StreamManagement() = default;

  struct Enabled {
    std::string id;         // empty: cannot be resumed
    std::string location;   // "host:port" to try first, or empty
    std::uint32_t max = 0;  // seconds the server keeps the stream; 0: it does not say
  };
  struct Resend {
    std::vector<std::string> stanzas;     // in order, the same bytes
    std::vector<StanzaTag> acknowledged;  // the server had these
    std::vector<StanzaTag> given_up;      // sent again `max_resends` times already
  };
  /// What a process leaves for the next one on the same stream.
  ///
  /// Without requests of ours: who asked them died with the process. They counted, though, so that the server
  /// may have more than `sent`, unless the snapshot is `final`. Without tagged stanzas: whoever tagged them
  /// keeps them, with their numbers.
  struct Snapshot {
    struct Stanza {
      std::uint32_t number = 0;
      std::string stanza;
    };
    Enabled enabled;
    std::uint32_t handled = 0;          // incoming
    std::uint32_t acked = 0, sent = 0;  // outgoing
    bool final = false;                 // nothing was sent after it was made
    std::vector<Stanza> waiting{};      // in order
  };
  /// What is left when the stream could not be resumed: these may have arrived or not.
  struct Unacknowledged {
    std::string stanza;
    std::optional<StanzaTag> tag;
  };

  /// Counting starts: outgoing when `<enable/>` is sent (call then), incoming with `<enabled/>`.
  /// `count` is 0 but in tests of the wrap at 2^32.
  void start(std::uint32_t count = 0);
  void on_enabled(Enabled enabled);

  bool is_enabled() const { return enabled_.has_value(); }
  bool can_resume() const { return enabled_ && !enabled_->id.empty(); }
  const std::optional<Enabled>& enabled() const { return enabled_; }

  /// Call for each message, presence and iq in the order of the wire, before it is written.
  /// `tag`: whose it is; several in a row may be of one. `kind`: whether somebody would miss it after a restart, and
  /// whether its acknowledgement is that of its tag.
  /// Errors: `unacknowledged_overflow`: do not write it.
  Result<> sent(std::string stanza, std::optional<StanzaTag> tag = std::nullopt, StanzaKind kind = StanzaKind::whole);

  /// The server's `<a h=…/>`: tags of what it now has, oldest first.
  /// Errors: `acknowledged_too_much`, `acknowledged_backwards`: close the stream, drop this state.
  Result<std::vector<StanzaTag>> ack(std::uint32_t h);

  /// Whether to send `<r/>` now: `stanzas_per_ack_request` were sent since the last one.
  bool wants_ack_request() const;
  void requested_ack() { since_request_ = 0; }

  /// Call for each message, presence and iq *after its effects are stored*.
  void handled() { ++handled_; }
  std::uint32_t handled_count() const { return handled_; }
  /// Whether to send `<a/>` unasked: `stanzas_per_unasked_ack` were handled since the last one.
  bool wants_unasked_ack() const;
  void sent_ack(std::uint32_t h) { acked_to_server_ = h; }
  std::uint32_t acked_to_server() const { return acked_to_server_; }

  /// `<resumed h=…/>`. The stanzas count as sent once more. Errors: as `ack`.
  Result<Resend> resume(std::uint32_t h);

  /// The stream is gone for good (`<failed/>`, or never resumable); `h` of `<failed/>` if it had one counts
  /// as an ack first. Forgets everything.
  struct Abandoned {
    std::vector<StanzaTag> acknowledged;
    std::vector<Unacknowledged> rest;
  };
  Abandoned abandon(std::optional<std::uint32_t> h);

  /// `enabled()` must stand. `final`: as in the snapshot.
  Snapshot snapshot(bool final) const;
  /// Waits to be resumed.
  static StreamManagement restore(Snapshot snapshot);

  /// Tags of what waits for an acknowledgement.
  std::vector<StanzaTag> waiting_tags() const;
  /// Whose the oldest is that waits.
  std::optional<StanzaTag> front_tag() const;
  /// The oldest is not sent again, nor what follows it of the same tag.
  void give_up_front();
  std::size_t unacknowledged() const { return queue_.size(); }
  std::size_t unacknowledged_bytes() const { return queued_bytes_; }
  /// As the server counts, modulo 2^32.
  std::uint32_t sent_count() const { return acked_ + static_cast<std::uint32_t>(queue_.size()); }

 private:
  explicit StreamManagement(bool counting) : counting_(counting) {}

  struct Waiting {
    std::string stanza;
    std::optional<StanzaTag> tag;
    StanzaKind kind = StanzaKind::whole;
    std::uint32_t resends = 0;
  };
  /// Numbers of another process.
  struct Restored {
    std::uint32_t sent;
    bool final;
    std::vector<std::uint32_t> numbers;  // of `queue_`, with holes
  };

  Result<> ack_restored(std::uint32_t h);
  void drop_front();

  std::optional<Enabled> enabled_;
  bool counting_ = false;
  std::optional<Restored> restored_;  // until it is resumed
  std::deque<Waiting> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint32_t acked_ = 0;  // by the server; `acked_ + queue_.size()` were sent, both modulo 2^32
  std::uint32_t since_request_ = 0;
  std::uint32_t handled_ = 0, acked_to_server_ = 0;
};

/// Whether the server, which has `h`, has the stanza with this number too. Modulo 2^32.
constexpr bool has_number(std::uint32_t h, std::uint32_t number) { return h - number < 0x8000'0000u; }

/// Whether this element counts: a message, presence or iq.
bool is_stanza(const xml::Element& element);

xml::Element sm_enable();
xml::Element sm_resume(const std::string& previous_id, std::uint32_t h);
xml::Element sm_request();
xml::Element sm_ack(std::uint32_t h);
/// Stream error for an ack of what was never sent.
xml::Element sm_handled_too_much(std::uint32_t h, std::uint32_t sent);

bool is_sm(const xml::Element& element, std::string_view local);
/// The attribute h. Errors: `malformed`.
Result<std::uint32_t> sm_h(const xml::Element& element);
StreamManagement::Enabled parse_sm_enabled(const xml::Element& element);

}  // namespace omegate::xmpp
