#include "bridge/gateway/plugin_effects.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/outgoing.hpp"
#include "bridge/gateway/plugin_library.hpp"
#include "bridge/gateway/trust_words.hpp"

namespace omegate::gateway {
namespace {

std::string new_message_id(Random& random) {
  std::array<Byte, 16> id{};
  random.fill(id);
  return crypto::to_hex(id);
}

}  // namespace

std::string PluginEffects::fault_of(const plugin::Effect& effect) const {
  const auto* const message = std::get_if<plugin::Send>(&effect);
  return message == nullptr ? std::string() : fault(*message);
}

std::string PluginEffects::fault(const plugin::Send& send) const {
  if (!outgoing_.account(send.account)) return "there is no account " + send.account;
  const auto to = xmpp::Jid::parse(send.to);
  if (!to || to->local().empty()) return "not the address of a person: " + send.to;
  if (send.text.empty()) return "the text to send is empty";
  if (send.text.size() > max_message_text) {
    return "the text to send has more than " + std::to_string(max_message_text) + " bytes";
  }
  return {};
}

bool PluginEffects::still_holds(store::Tables& tables, const std::vector<plugin::KvRead>& reads) const {
  return std::ranges::all_of(reads, [&](const plugin::KvRead& read) {
    return kv_version_text(tables.kv.version(plugin_, read.key, context_.now())) == read.version;
  });
}

std::vector<store::AccountId> PluginEffects::write(store::Tables& tables, const std::string& event,
                                                   const std::vector<plugin::Effect>& effects,
                                                   std::size_t kv_quota) const {
  std::vector<store::AccountId> touched;
  bool kept = false;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if (const auto* const message = std::get_if<plugin::Send>(&effects[i])) {
      touched.push_back(send(tables, *message, event + ":" + std::to_string(i)));
    } else if (const auto* const put = std::get_if<plugin::KvPut>(&effects[i])) {
      keep(tables, *put);
      kept = true;
    } else if (const auto* const gone = std::get_if<plugin::KvDelete>(&effects[i])) {
      tables.kv.erase(plugin_, gone->key);
    }
  }
  if (kept) expect_within(tables, kv_quota);
  return touched;
}

store::AccountId PluginEffects::send(store::Tables& tables, const plugin::Send& send, std::string key) const {
  const auto own = outgoing_.account(send.account);
  if (!own) throw EffectRefused("there is no account " + send.account + " any more");  // a reload took it meanwhile
  const store::AccountId account = own->id;
  Outgoing message{send.text, std::nullopt, plugin_};
  if (send.min_trust) message.min_trust = from_plugin(*send.min_trust);
  const auto to = xmpp::Jid::parse(send.to).value().bare().to_string();
  key = "plugin:" + plugin_ + ":" + key;
  const WallTime now = context_.now();
  store::NewMessage row{account, to, new_message_id(context_.random), encode(message), std::move(key), send.priority};
  if (send.expires_in) row.expires = now + *send.expires_in;
  tables.outbox.add(row, now);
  return account;
}

void PluginEffects::keep(store::Tables& tables, const plugin::KvPut& put) const {
  std::optional<WallTime> expires;
  if (put.expires_in) expires = context_.now() + *put.expires_in;
  tables.kv.put(plugin_, put.key, as_bytes(put.value), expires);
}

/// What has expired is cleared away once an hour; before a refusal it does not count.
void PluginEffects::expect_within(store::Tables& tables, std::size_t kv_quota) const {
  const auto fits = [&] {
    const store::KvUsage usage = tables.kv.usage(plugin_);
    return usage.bytes <= kv_quota && usage.keys <= plugin::max_kv_keys;
  };
  if (fits()) return;
  tables.kv.purge(context_.now());
  if (fits()) return;
  throw EffectRefused("it would keep more than it may: " + std::to_string(kv_quota >> 20) + " MiB (grants: kv) and " +
                        std::to_string(plugin::max_kv_keys) + " keys; nothing of this event was done");
}

}  // namespace omegate::gateway
