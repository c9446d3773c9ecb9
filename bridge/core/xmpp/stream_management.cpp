#include "bridge/core/xmpp/stream_management.hpp"

#include <utility>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {

void StreamManagement::start(std::uint32_t count) {
  *this = StreamManagement(true);
  acked_ = count;
}

void StreamManagement::on_enabled(Enabled enabled) {
  enabled_ = std::move(enabled);
  handled_ = acked_to_server_ = 0;
}

Result<> StreamManagement::sent(std::string stanza, std::optional<StanzaTag> tag, StanzaKind kind) {
  if (!counting_) return {};
  if (queue_.size() >= max_unacknowledged_stanzas) return Error::unacknowledged_overflow;
  if (!queue_.empty() && queued_bytes_ + stanza.size() > max_unacknowledged_bytes) {
    return Error::unacknowledged_overflow;
  }
  queued_bytes_ += stanza.size();
  queue_.push_back({std::move(stanza), tag, kind});
  ++since_request_;
  return {};
}

Result<std::vector<StanzaTag>> StreamManagement::ack(std::uint32_t h) {
  const std::uint32_t news = h - acked_;  // modulo 2^32
  if (news > queue_.size()) {
    // Half of the number circle lies behind us.
    return news > 0x8000'0000u ? Error::acknowledged_backwards : Error::acknowledged_too_much;
  }
  std::vector<StanzaTag> tags;
  for (std::uint32_t i = 0; i < news; ++i) {
    if (queue_.front().tag && queue_.front().kind != StanzaKind::part) tags.push_back(*queue_.front().tag);
    drop_front();
  }
  acked_ = h;
  return tags;
}

void StreamManagement::drop_front() {
  queued_bytes_ -= queue_.front().stanza.size();
  queue_.pop_front();
}

std::optional<StanzaTag> StreamManagement::front_tag() const {
  return queue_.empty() ? std::nullopt : queue_.front().tag;
}

void StreamManagement::give_up_front() {
  if (queue_.empty()) return;
  const auto tag = queue_.front().tag;
  do {
    drop_front();
  } while (tag && !queue_.empty() && queue_.front().tag == tag);
}

bool StreamManagement::wants_ack_request() const {
  return is_enabled() && since_request_ >= stanzas_per_ack_request;
}

bool StreamManagement::wants_unasked_ack() const {
  return is_enabled() && handled_ - acked_to_server_ >= stanzas_per_unasked_ack;
}

Result<StreamManagement::Resend> StreamManagement::resume(std::uint32_t h) {
  if (restored_) {
    if (const auto taken = ack_restored(h); !taken) return taken.error();
  }
  auto acknowledged = ack(h);
  if (!acknowledged) return acknowledged.error();
  Resend resend{{}, *std::move(acknowledged), {}};
  // The server has handled all that stood before the front. When it keeps failing there, that stanza is why.
  if (!queue_.empty() && ++queue_.front().resends > max_resends) {
    if (const auto tag = front_tag()) resend.given_up.push_back(*tag);
    give_up_front();
  }
  for (const Waiting& waiting : queue_) resend.stanzas.push_back(waiting.stanza);
  acked_to_server_ = handled_;  // `<resume h=…/>` told it
  since_request_ = static_cast<std::uint32_t>(queue_.size());
  return resend;
}

/// From here on the numbers are those of the server: what it has not counted never was.
Result<> StreamManagement::ack_restored(std::uint32_t h) {
  const Restored restored = *std::exchange(restored_, std::nullopt);
  const std::uint32_t news = h - acked_, known = restored.sent - acked_;
  const std::uint32_t unknown = restored.final ? 0 : static_cast<std::uint32_t>(max_unacknowledged_stanzas);
  if (news > 0x8000'0000u) return Error::acknowledged_backwards;
  if (news > known + unknown) return Error::acknowledged_too_much;
  for (const std::uint32_t number : restored.numbers) {
    if (has_number(h, number)) drop_front();
  }
  acked_ = h;
  return {};
}

StreamManagement::Snapshot StreamManagement::snapshot(bool final) const {
  Snapshot snapshot{*enabled_, handled_, acked_, sent_count(), final, {}};
  if (restored_) {  // not resumed: as it came
    snapshot.sent = restored_->sent;
    snapshot.final = restored_->final;
  }
  for (std::uint32_t i = 0; i < queue_.size(); ++i) {
    const std::uint32_t number = restored_ ? restored_->numbers[i] : acked_ + 1 + i;
    if (queue_[i].kind != StanzaKind::request && !queue_[i].tag) snapshot.waiting.push_back({number, queue_[i].stanza});
  }
  return snapshot;
}

StreamManagement StreamManagement::restore(Snapshot snapshot) {
  StreamManagement management(true);
  management.enabled_ = std::move(snapshot.enabled);
  management.handled_ = management.acked_to_server_ = snapshot.handled;
  management.acked_ = snapshot.acked;
  management.restored_ = Restored{snapshot.sent, snapshot.final, {}};
  for (auto& waiting : snapshot.waiting) {
    management.queued_bytes_ += waiting.stanza.size();
    management.queue_.push_back({std::move(waiting.stanza), std::nullopt});
    management.restored_->numbers.push_back(waiting.number);
  }
  return management;
}

std::vector<StanzaTag> StreamManagement::waiting_tags() const {
  std::vector<StanzaTag> tags;
  for (const Waiting& waiting : queue_) {
    if (waiting.tag && waiting.kind != StanzaKind::part) tags.push_back(*waiting.tag);
  }
  return tags;
}

StreamManagement::Abandoned StreamManagement::abandon(std::optional<std::uint32_t> h) {
  Abandoned abandoned;
  if (h && !restored_) {
    if (auto acknowledged = ack(*h)) abandoned.acknowledged = *std::move(acknowledged);
  }
  for (Waiting& waiting : queue_) {
    const bool is_part = waiting.kind == StanzaKind::part;  // its tag is named once
    abandoned.rest.push_back({std::move(waiting.stanza), is_part ? std::nullopt : waiting.tag});
  }
  *this = StreamManagement();
  return abandoned;
}

bool is_stanza(const xml::Element& element) {
  return element.space() == ns::client &&
         (element.local() == "message" || element.local() == "presence" || element.local() == "iq");
}

xml::Element sm_enable() { return xml::Element("enable", ns::stream_management).set("resume", "true"); }

xml::Element sm_resume(const std::string& previous_id, std::uint32_t h) {
  return xml::Element("resume", ns::stream_management).set("h", std::to_string(h)).set("previd", previous_id);
}

xml::Element sm_request() { return xml::Element("r", ns::stream_management); }

xml::Element sm_ack(std::uint32_t h) {
  return xml::Element("a", ns::stream_management).set("h", std::to_string(h));
}

xml::Element sm_handled_too_much(std::uint32_t h, std::uint32_t sent) {
  return xml::Element("error", ns::streams)
      .with(xml::Element("undefined-condition", ns::stream_errors))
      .with(xml::Element("handled-count-too-high", ns::stream_management)
                .set("h", std::to_string(h))
                .set("send-count", std::to_string(sent)));
}

bool is_sm(const xml::Element& element, std::string_view local) {
  return element.is(local, ns::stream_management);
}

Result<std::uint32_t> sm_h(const xml::Element& element) {
  const auto h = parse_number<std::uint32_t>(element.attr("h").value_or(""));
  if (!h) return Error::malformed;
  return *h;
}

StreamManagement::Enabled parse_sm_enabled(const xml::Element& element) {
  StreamManagement::Enabled enabled;
  if (is_true(element.attr("resume").value_or(""))) enabled.id = element.attr("id").value_or("");
  enabled.location = element.attr("location").value_or("");
  enabled.max = parse_number<std::uint32_t>(element.attr("max").value_or("")).value_or(0);
  return enabled;
}

}  // namespace omegate::xmpp
