#include "bridge/gateway/account/own_profile.hpp"

#include <utility>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/presence.hpp"
#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/devices/pep_publish.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

/// What we published last: the picture's id, the name. Not there: nothing of ours is published.
constexpr std::string_view avatar_note = "profile.avatar", nickname_note = "profile.nickname";

/// The one item of such a node. Another name than a picture's id: there is none.
constexpr std::string_view only_item = "current";

std::string id_of(const std::optional<xmpp::Avatar>& avatar) { return avatar ? avatar->id : std::string(); }

const xmpp::Avatar* pointer_to(const std::optional<xmpp::Avatar>& avatar) { return avatar ? &*avatar : nullptr; }

bool means_nothing_there(const xmpp::StanzaError& error) { return error.condition == "item-not-found"; }

}  // namespace

xml::Element own_presence(const AccountMemory& memory, const std::optional<xmpp::Jid>& to) {
  xml::Element presence = xmpp::available(xmpp::caps_element(own_info(), caps_node));
  if (to) presence.set("to", to->to_string());
  if (memory.photo) presence.add(xmpp::photo_update(*memory.photo));
  return presence;
}

asio::awaitable<void> OwnProfile::keep() {
  for (;;) {
    const config::AccountSettings& settings = memory_.settings.get();  // they stay, whatever a reload brings
    if (memory_.profile_of == &settings) {
      co_await memory_.profile.wait_until(std::chrono::steady_clock::time_point::max());
      continue;
    }
    const bool has_face = co_await settle_avatar(settings.avatar);
    const bool has_name = co_await settle_nickname(settings.nickname);
    if (has_face && has_name) {
      memory_.profile_of = &settings;
    } else {
      co_await memory_.profile.wait_for(profile_retry);
    }
  }
}

// --- the picture

asio::awaitable<bool> OwnProfile::settle_avatar(std::optional<xmpp::Avatar> wanted) {
  const std::string before = co_await remembered(avatar_note);
  if (memory_.converts_photos) memory_.photo.reset();
  if (!wanted && before.empty()) co_return true;
  if (wanted && wanted->bytes.size() / 3 * 4 + stanza_room > stream_.max_stanza()) {
    report("avatar", "the server takes no stanza of that size; make the picture smaller");
    co_return true;  // until it is another one
  }
  const bool published = co_await settle_nodes(wanted, before);
  if (!published) co_return false;
  if (!memory_.converts_photos) {
    const bool is_in_vcard = co_await settle_vcard(wanted, before);
    if (!is_in_vcard) co_return false;
  }
  const std::string id = id_of(wanted);
  co_await remember(avatar_note, id);
  co_return true;
}

/// First the picture, then that it is there.
asio::awaitable<bool> OwnProfile::settle_nodes(std::optional<xmpp::Avatar> wanted, std::string before) {
  const Item metadata = co_await item_of(xmpp::avatar_metadata_node);
  const auto announced = metadata.payload ? xmpp::parse_avatar_metadata(*metadata.payload) : Result<std::string>(std::string());
  const std::string shown = announced ? *announced : std::string();
  if (!wanted) {
    if (!metadata.is_known) co_return false;
    if (shown != before) co_return true;  // it is somebody else's by now
    xml::Element none = xmpp::avatar_metadata(nullptr);
    const bool withdrawn = co_await publish(xmpp::avatar_metadata_node, std::string(only_item), std::move(none));
    co_return withdrawn;
  }
  if (shown == wanted->id) co_return true;
  xml::Element data = xmpp::avatar_data(*wanted);
  const bool is_there = co_await publish(xmpp::avatar_data_node, wanted->id, std::move(data));
  if (!is_there) co_return false;
  xml::Element info = xmpp::avatar_metadata(pointer_to(wanted));
  const bool told = co_await publish(xmpp::avatar_metadata_node, wanted->id, std::move(info));
  if (told) log_info("profile.published", {{"account", memory_.self.jid}, {"what", "avatar"}, {"id", wanted->id}});
  co_return told;
}

/// Everything else in the vCard stays as it is. A server that has none for us needs no photo in it.
asio::awaitable<bool> OwnProfile::settle_vcard(std::optional<xmpp::Avatar> wanted, std::string before) {
  xml::Element question = xmpp::iq_get({}, std::nullopt, xmpp::vcard_request());
  const xml::Element answer = co_await ask(stream_, std::move(question));
  const auto error = error_in(answer);
  if (error && !means_nothing_there(*error)) {
    log_info("profile.no_vcard", {{"account", memory_.self.jid}, {"reason", xmpp::describe(*error)}});
    co_return error->type != "wait";
  }
  const auto photo = xmpp::parse_vcard_photo(answer);
  const std::string shown = photo ? id_of(*photo) : std::string();
  const bool changes = wanted ? shown != wanted->id : shown == before;
  if (changes) {
    xml::Element change = xmpp::iq_set({}, std::nullopt, xmpp::vcard_with_photo(answer, pointer_to(wanted)));
    const xml::Element done = co_await ask(stream_, std::move(change));
    if (const auto refused = error_in(done)) {
      report("vcard", xmpp::describe(*refused));
      co_return false;
    }
  }
  announce(wanted ? wanted->id : std::string());
  co_return true;
}

/// To all who see us, and in the rooms that we are in; whoever comes later, or where we go, it is said then.
void OwnProfile::announce(std::optional<std::string> photo) {
  if (memory_.photo == photo) return;
  memory_.photo = std::move(photo);
  stream_.send(own_presence(memory_).to_string("jabber:client"));
  for (const auto& [jid, room] : memory_.rooms) {
    if (room.state != Room::State::joined) continue;
    const auto place = xmpp::Jid::parse(jid + "/" + room.nick);
    if (place) stream_.send(own_presence(memory_, *place).to_string("jabber:client"));
  }
}

// --- the name

asio::awaitable<bool> OwnProfile::settle_nickname(std::string wanted) {
  const std::string before = co_await remembered(nickname_note);
  if (wanted.empty() && before.empty()) co_return true;
  const Item item = co_await item_of(xmpp::nick_node);
  if (wanted.empty() && !item.is_known) co_return false;
  const std::string shown = item.payload ? item.payload->text() : std::string();
  if (!wanted.empty() && shown != wanted) {
    xml::Element payload = xmpp::nick(wanted);
    const bool published = co_await publish(xmpp::nick_node, std::string(only_item), std::move(payload));
    if (!published) co_return false;
    log_info("profile.published", {{"account", memory_.self.jid}, {"what", "nickname"}, {"id", wanted}});
  } else if (wanted.empty() && shown == before) {
    xml::Element gone = xmpp::iq_set({}, std::nullopt, xmpp::delete_node(xmpp::nick_node));
    const xml::Element answer = co_await ask(stream_, std::move(gone));
    if (const auto error = error_in(answer); error && !means_nothing_there(*error)) {
      report("nickname", xmpp::describe(*error));
      co_return false;
    }
  }
  co_await remember(nickname_note, wanted);
  co_return true;
}

// --- what both need

/// The newest item of a node of ours.
asio::awaitable<OwnProfile::Item> OwnProfile::item_of(std::string_view node) {
  xml::Element question = xmpp::iq_get({}, std::nullopt, xmpp::items_request(node, 1));
  const xml::Element answer = co_await ask(stream_, std::move(question));
  Item item;
  if (const auto error = error_in(answer)) {
    item.is_known = means_nothing_there(*error);
    co_return item;
  }
  const auto items = xmpp::parse_items(answer, node);
  if (items && !items->items.empty()) item.payload = items->items.back().payload;
  co_return item;
}

asio::awaitable<bool> OwnProfile::publish(std::string_view node, std::string item, xml::Element payload) {
  xmpp::PubsubItem whole{std::move(item), std::move(payload)};
  const std::string name(node);
  xmpp::NodeOptions options = xmpp::profile_node();
  const auto error = co_await publish_anyway(stream_, name, std::move(whole), std::move(options));
  if (error) report(node, xmpp::describe(*error));
  co_return !error;
}

void OwnProfile::report(std::string_view what, const std::string& reason) const {
  log_warning("profile.publish_failed", {{"account", memory_.self.jid}, {"what", what}, {"reason", reason}});
}

asio::awaitable<std::string> OwnProfile::remembered(std::string_view note) {
  co_return co_await memory_.context.store.transact([&](store::Tables& tables) {
    const auto value = tables.accounts.note(memory_.self.account, note);
    return value ? std::string(as_text(*value)) : std::string();
  });
}

asio::awaitable<void> OwnProfile::remember(std::string_view note, std::string value) {
  const std::string before = co_await remembered(note);
  if (before == value) co_return;
  co_await memory_.context.store.transact([&](store::Tables& tables) {
    if (value.empty())
      tables.accounts.forget_note(memory_.self.account, note);
    else
      tables.accounts.set_note(memory_.self.account, note, as_bytes(value));
  });
}

}  // namespace omegate::gateway
