#include "bridge/gateway/messages/copies.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <stdexcept>

namespace omegate::gateway {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 10> cause_names{
    "",        "key_unknown", "no_bundle",       "undecided",
    "revoked", "below_min_trust", "no_session", "not_listed", "no_device",
    "set_aside"};

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::optional<WallTime> time_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value) return std::nullopt;
  return from_ms(value->to_number<std::int64_t>());
}

json::object to_json(const Copy& copy) {
  json::object object{{"jid", copy.jid},
                      {"device", copy.device.value()},
                      {"version", omemo::name(copy.version)},
                      {"fingerprint", copy.fingerprint},
                      {"included", copy.included},
                      {"reason", copy.reason},
                      {"cause", name(copy.cause)},
                      {"level", trust::name(copy.level)},
                      {"listed", copy.listed}};
  if (!copy.bundle_failure.empty()) object["bundle_failure"] = copy.bundle_failure;
  if (copy.delivered) object["delivered_ms"] = to_ms(*copy.delivered);
  if (copy.again_in != 0) object["again_in"] = copy.again_in;
  return object;
}

Copy copy_from(const json::object& object) {
  const bool second = text_of(object, "version") == omemo::name(omemo::Version::omemo2);
  Copy copy{text_of(object, "jid"), omemo::DeviceId(object.at("device").to_number<std::uint32_t>()),
            second ? omemo::Version::omemo2 : omemo::Version::legacy, text_of(object, "fingerprint"),
            object.at("included").as_bool()};
  copy.reason = text_of(object, "reason");
  copy.cause = left_out_named(text_of(object, "cause")).value_or(LeftOut::no);
  copy.level = trust::level_named(text_of(object, "level")).value_or(trust::Level::undecided);
  const json::value* listed = object.if_contains("listed");
  copy.listed = !listed || listed->as_bool();
  copy.bundle_failure = text_of(object, "bundle_failure");
  copy.delivered = time_of(object, "delivered_ms");
  if (const json::value* again = object.if_contains("again_in")) copy.again_in = again->to_number<std::int64_t>();
  return copy;
}

}  // namespace

std::string_view name(LeftOut cause) { return cause_names.at(static_cast<std::size_t>(cause)); }

std::optional<LeftOut> left_out_named(std::string_view text) {
  const auto found = std::find(cause_names.begin(), cause_names.end(), text);
  if (found == cause_names.end()) return std::nullopt;
  return static_cast<LeftOut>(found - cause_names.begin());
}

Bytes encode(const DeliveryNotes& notes) {
  json::array copies;
  for (const Copy& copy : notes.copies) copies.push_back(to_json(copy));
  json::object object{{"ledger_row", notes.ledger_row},
                      {"at_ms", to_ms(notes.at)},
                      {"policy", trust::name(notes.policy)},
                      {"rule", trust::name(notes.rule)},
                      {"copies", std::move(copies)}};
  if (notes.again_of != 0) object["again_of"] = notes.again_of;
  return to_bytes(json::serialize(object));
}

DeliveryNotes decode_notes(ByteView bytes) {
  DeliveryNotes notes;
  if (bytes.empty()) return notes;
  boost::system::error_code failure;
  const json::value value = json::parse(as_text(bytes), failure);
  if (failure) throw std::runtime_error("the database holds an unreadable delivery note");
  const json::array* copies = value.if_array();  // written before there was more to say
  if (const json::object* object = value.if_object()) {
    notes.ledger_row = object->at("ledger_row").to_number<std::uint64_t>();
    notes.at = time_of(*object, "at_ms").value_or(WallTime{});
    notes.policy = trust::policy_named(text_of(*object, "policy")).value_or(notes.policy);
    notes.rule = trust::message_rule_named(text_of(*object, "rule")).value_or(notes.rule);
    copies = &object->at("copies").as_array();
    if (const json::value* again = object->if_contains("again_of")) notes.again_of = again->to_number<std::int64_t>();
  }
  for (const json::value& item : *copies) notes.copies.push_back(copy_from(item.as_object()));
  return notes;
}

void note_device_receipt(store::Tables& tables, const store::DeviceRef& device, std::string_view message_id,
                         WallTime now) {
  store::OutboxFilter filter;
  filter.account = device.account;
  filter.recipient = device.peer;
  filter.message_id = message_id;
  filter.limit = 1;
  if (message_id.empty()) return;
  for (const auto& row : tables.outbox.list(filter)) {
    DeliveryNotes notes = decode_notes(row.notes);
    for (Copy& copy : notes.copies) {
      if (!copy.included || copy.jid != device.peer || copy.device != device.device || copy.delivered)
        continue;
      copy.delivered = now;
      tables.outbox.set_notes(row.id, encode(notes));
    }
  }
}

}  // namespace omegate::gateway
