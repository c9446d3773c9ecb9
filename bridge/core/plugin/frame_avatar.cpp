// Questions for pictures as members of frames.
#include "bridge/core/plugin/frame_parts.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {

namespace json = boost::json;

Result<json::object> to_object(const AvatarAsk& ask) {
  json::object object{{"type", "avatar"}, {"jid", json_text(ask.jid)}};
  if (!ask.account.empty()) object["account"] = json_text(ask.account);
  if (!ask.room.empty()) object["room"] = json_text(ask.room);
  if (!ask.known.empty()) object["known"] = json_text(ask.known);
  return object;
}

Result<json::object> to_object(const AvatarSeen& seen) {
  json::object object{{"type", "avatar_seen"}};
  if (!seen.id.empty()) object["id"] = json_text(seen.id);
  if (seen.file) object["file"] = to_object(*seen.file);
  if (!seen.reason.empty()) object["reason"] = json_text(seen.reason);
  if (seen.refused) object["refused"] = true;
  return object;
}

AvatarAsk read_avatar_ask(Members& members) {
  AvatarAsk ask{members.text("jid"), members.optional_text("account"), members.optional_text("room"), members.optional_text("known")};
  for (const std::string* const each : {&ask.jid, &ask.account, &ask.room, &ask.known})
    if (each->size() > max_avatar_ask) members.fail(Error::wrong_member);
  return ask;
}

AvatarSeen read_avatar_seen(Members& members) {
  AvatarSeen seen;
  seen.id = members.optional_text("id");
  if (members.has("file")) {
    Members inner(members.object("file"));
    seen.file = read_file(inner);
    if (inner.error()) members.fail(inner.error());
  }
  seen.reason = members.optional_text("reason");
  seen.refused = members.optional_flag("refused", false);
  return seen;
}

}  // namespace omegate::plugin
