// XEP-0198: what the server has, what must be sent again, how much we have handled.
//
// Sans-io. Not here: timers (ask again after 30 s, give up 30 s after `<r/>`), persistence.
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
  /// Errors: `unacknowledged_overflow`: do not write it.
  Result<> sent(std::string stanza, std::optional<StanzaTag> tag = std::nullopt);

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
  void sent_ack() { acked_to_server_ = handled_; }

  /// `<resumed h=…/>`. The stanzas count as sent once more. Errors: as `ack`.
  Result<Resend> resume(std::uint32_t h);

  /// The stream is gone for good (`<failed/>`, or never resumable); `h` of `<failed/>` if it had one counts
  /// as an ack first. Forgets everything.
  struct Abandoned {
    std::vector<StanzaTag> acknowledged;
    std::vector<Unacknowledged> rest;
  };
  Abandoned abandon(std::optional<std::uint32_t> h);

  std::size_t unacknowledged() const { return queue_.size(); }
  std::size_t unacknowledged_bytes() const { return queued_bytes_; }
  /// As the server counts, modulo 2^32.
  std::uint32_t sent_count() const { return acked_ + static_cast<std::uint32_t>(queue_.size()); }

 private:
  explicit StreamManagement(bool counting) : counting_(counting) {}

  struct Waiting {
    std::string stanza;
    std::optional<StanzaTag> tag;
    std::uint32_t resends = 0;
  };

  void drop_front();

  std::optional<Enabled> enabled_;
  bool counting_ = false;
  std::deque<Waiting> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint32_t acked_ = 0;  // by the server; `acked_ + queue_.size()` were sent, both modulo 2^32
  std::uint32_t since_request_ = 0;
  std::uint32_t handled_ = 0, acked_to_server_ = 0;
};

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
