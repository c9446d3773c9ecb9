#include "bridge/gateway/mail/mailbox_position.hpp"

#include <boost/json.hpp>
#include <stdexcept>

namespace omegate::gateway {

namespace json = boost::json;

std::optional<mail::ImapPosition> load_position(store::Tables& tables, const std::string& mailbox) {
  const auto stored = tables.kv.get(mailboxes_owner, mailbox);
  if (!stored) return std::nullopt;
  try {
    const json::value value = json::parse(as_text(stored->value));
    mail::ImapPosition position;
    position.validity = value.at("validity").to_number<std::uint32_t>();
    position.uid = value.at("uid").to_number<std::uint32_t>();
    position.to_treat = value.at("to_treat").as_bool();
    position.floor = from_ms(value.at("floor_ms").as_int64());
    position.old_to = value.at("old_to").to_number<std::uint32_t>();
    return position;
  } catch (const std::exception&) {
    throw std::runtime_error("database: how far a folder was read cannot be read");
  }
}

void save_position(store::Tables& tables, const std::string& mailbox, const mail::ImapPosition& position) {
  const json::object object{{"validity", position.validity},
                            {"uid", position.uid},
                            {"to_treat", position.to_treat},
                            {"floor_ms", to_ms(position.floor)},
                            {"old_to", position.old_to}};
  tables.kv.put(mailboxes_owner, mailbox, as_bytes(json::serialize(object)));
}

}  // namespace omegate::gateway
