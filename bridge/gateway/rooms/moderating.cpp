#include "bridge/gateway/rooms/moderating.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "bridge/gateway/messages/conversation.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// All that wait. Notes are sealed.
constexpr std::string_view note = "rooms.moderations";

std::string text_of(const json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }

void keep(store::Tables& tables, store::AccountId account, const std::vector<WantedModeration>& wanted) {
  if (wanted.empty()) return tables.accounts.forget_note(account, note);
  json::array all;
  for (const WantedModeration& each : wanted) {
    all.push_back(json::object{{"room", each.room},
                               {"id", each.id},
                               {"reason", each.reason},
                               {"by", each.by},
                               {"until_ms", to_ms(each.until)}});
  }
  tables.accounts.set_note(account, note, as_bytes(json::serialize(all)));
}

auto about(const std::string& room, const std::string& id) {
  return [&room, &id](const WantedModeration& each) { return each.room == room && each.id == id; };
}

}  // namespace

bool want_moderation(store::Tables& tables, store::AccountId account, const WantedModeration& wanted) {
  auto all = wanted_moderations(tables, account);
  if (std::ranges::any_of(all, about(wanted.room, wanted.id))) return true;
  if (all.size() >= max_wanted_moderations) return false;
  all.push_back(wanted);
  keep(tables, account, all);
  return true;
}

bool want_taken_out(store::Tables& tables, const store::KnownMessage& message, const std::string& reason,
                    const std::string& by, WallTime now) {
  const store::KnownMessage first = first_version(tables, message);
  std::vector<std::string> numbers{message.room_id};
  if (first.id != message.id && !first.room_id.empty()) numbers.push_back(first.room_id);
  return std::ranges::all_of(numbers, [&](const std::string& number) {
    return want_moderation(tables, message.account, {message.peer, number, reason, by, now + moderation_patience});
  });
}

std::vector<WantedModeration> wanted_moderations(store::Tables& tables, store::AccountId account) {
  std::vector<WantedModeration> wanted;
  const auto kept = tables.accounts.note(account, note);
  if (!kept) return wanted;
  const json::value all = json::parse(as_text(*kept));
  for (const json::value& each : all.as_array()) {
    const json::object& object = each.as_object();
    wanted.push_back({text_of(object, "room"), text_of(object, "id"), text_of(object, "reason"), text_of(object, "by"),
                      from_ms(object.at("until_ms").to_number<std::int64_t>())});
  }
  return wanted;
}

void forget_moderation(store::Tables& tables, store::AccountId account, const std::string& room, const std::string& id) {
  auto all = wanted_moderations(tables, account);
  if (std::erase_if(all, about(room, id)) > 0) keep(tables, account, all);
}

}  // namespace omegate::gateway
