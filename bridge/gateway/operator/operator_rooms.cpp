// The rooms of our accounts, as an operator sees and makes them.
#include <boost/json.hpp>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t max_invited = 100;

json::object room_row(const std::string& account, const Room& room, const xmpp::Jid& self) {
  json::array people;
  for (const std::string& who : room.people(self)) people.emplace_back(who);
  json::object row{{"account", account},
                   {"jid", room.jid.to_string()},
                   {"nick", room.nick},
                   {"state", name(room.state)},
                   {"obstacle", room.obstacle()},
                   {"people", std::move(people)},
                   {"here", room.occupants.size()},
                   {"knows_members", room.knows_members}};
  return row;
}

xmpp::Jid needed_room(const OperatorArgs& args) {
  const xmpp::Jid room = args.needed_jid("room");
  if (room.local().empty())
    throw OperatorError("bad_argument", room.to_string() + " is a service, not a room",
                        "team@" + room.to_string());
  return room;
}

std::vector<xmpp::Jid> people_in(const json::object& args) {
  std::vector<xmpp::Jid> people;
  const json::value* list = args.if_contains("people");
  if (!list) return people;
  if (!list->is_array() || list->as_array().size() > max_invited)
    throw OperatorError("bad_argument", "the argument 'people' must be a list of 100 addresses at most");
  for (const json::value& each : list->as_array()) {
    const auto who =
        each.is_string() ? xmpp::Jid::parse(std::string_view(each.as_string())) : xmpp::Error::malformed;
    if (!who || who->local().empty())
      throw OperatorError("bad_argument", "'" + json::serialize(each) + "' is not the address of a person");
    people.push_back(who->bare());
  }
  return people;
}

}  // namespace

asio::awaitable<json::value> OperatorService::room_list(Call call) {
  const OperatorArgs args = call.read();
  json::array rows;
  for (Account* account : accounts_named(args)) {
    const auto self = xmpp::Jid::parse(account->self().jid).value();
    const RoomsByJid rooms = co_await account->rooms();
    for (const auto& [jid, room] : rooms) rows.push_back(room_row(account->settings().name, room, self));
  }
  co_return json::object{{"rooms", std::move(rows)}};
}

asio::awaitable<json::value> OperatorService::order_room(Call call, RoomOrder::Kind kind) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const xmpp::Jid room = needed_room(args);
  RoomOrder order{kind, room, people_in(call.args), nullptr};
  if (kind == RoomOrder::Kind::moderate) {
    order.message = args.needed("message");
    order.reason = args.text("reason").value_or("");
    if (order.message.empty() || order.message.size() > xmpp::max_id)
      throw OperatorError("bad_argument", "the argument 'message' must be the id of a message, or the number that the room gave it");
    if (order.reason.size() > plugin::max_moderation_reason)
      throw OperatorError("bad_argument", "the argument 'reason' must have " + std::to_string(plugin::max_moderation_reason) + " bytes at most");
  }
  const std::string error = co_await account.order(std::move(order));
  if (!error.empty()) throw OperatorError("conflict", error);
  if (kind == RoomOrder::Kind::moderate) co_return json::object{{"jid", room.to_string()}, {"moderated", true}};
  const RoomsByJid rooms = co_await account.rooms();
  const auto now = rooms.find(room.to_string());
  if (now == rooms.end()) co_return json::object{{"jid", room.to_string()}, {"left", true}};
  co_return room_row(account.settings().name, now->second, xmpp::Jid::parse(account.self().jid).value());
}

asio::awaitable<json::value> OperatorService::room_create(Call call) {
  return order_room(std::move(call), RoomOrder::Kind::create);
}

asio::awaitable<json::value> OperatorService::room_join(Call call) {
  return order_room(std::move(call), RoomOrder::Kind::enter);
}

asio::awaitable<json::value> OperatorService::room_invite(Call call) {
  return order_room(std::move(call), RoomOrder::Kind::invite);
}

asio::awaitable<json::value> OperatorService::room_leave(Call call) {
  return order_room(std::move(call), RoomOrder::Kind::leave);
}

asio::awaitable<json::value> OperatorService::room_moderate(Call call) {
  return order_room(std::move(call), RoomOrder::Kind::moderate);
}

}  // namespace omegate::gateway
