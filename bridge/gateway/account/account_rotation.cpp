// The part of account_session.hpp that gives an account another key while its stream is on.
#include <algorithm>

#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/devices/rotation.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {

/// Looks now and then while a change is under way: notices are acknowledged one by one.
asio::awaitable<void> AccountSession::rotate_when_due() {
  bool announced = false;
  const WallTime online = context_.now();
  for (;;) {
    const KeyLook look = co_await look_at_rotation(announced, online);
    announced = look.under_way;
    if (look.switched) {
      log_warning("omemo.key_changed", {{"account", memory_.self.jid},
                                        {"device", look.device},
                                        {"before", look.before},
                                        {"by", look.by}});
      co_await nodes_.settle();
      memory_.renewed.notify();
    }
    const auto pause = look.under_way ? std::chrono::steady_clock::duration(rotation_look) : std::chrono::hours(24);
    co_await memory_.rotation.wait_for(pause);
  }
}

/// One step of it. What is announced by trust messages goes out before the old key goes: contacts without such clients
/// have their notice in the outbox.
asio::awaitable<AccountSession::KeyLook> AccountSession::look_at_rotation(bool announced, WallTime online) {
  const bool caught_up = !memory_.archive || memory_.caught_up;
  const bool announces = !announced && memory_.settings.get().trust_messages == config::TrustMessages::full;
  KeyLook look;
  std::vector<std::string> stanzas;
  co_await context_.store.transact([&](store::Tables& tables) {
    look = {};
    stanzas.clear();
    const WallTime now = context_.now();
    const auto own = tables.identities.load(memory_.self.account);
    if (memory_.self.device != own->device) memory_.self.device = own->device;  // a switch may have failed on its way to the disk
    auto rotation = rotation_under_way(tables, memory_.self.account);
    if (!rotation) return;
    rotation->began = std::max(rotation->began, online);  // nobody could answer while we were away
    look.under_way = true;
    if (announces) {
      for (const Announcement& each : announcements_of(tables, memory_.self, *rotation)) {
        auto stanza = seal_element(tables, memory_.self, each.to, each.message, context_.random, now);
        if (stanza) stanzas.push_back(std::move(*stanza));
      }
    }
    if (!may_switch(tables, *rotation, caught_up, now)) return;
    look = {false, true, rotation->next.device.value(), own->device.value(), rotation->order.actor};
    switch_key(tables, memory_.self, *rotation, now);
  });
  for (std::string& stanza : stanzas) stream_.send(std::move(stanza));
  co_return look;
}

}  // namespace omegate::gateway
