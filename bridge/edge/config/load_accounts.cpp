#include <map>

#include "bridge/edge/config/addresses.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

constexpr std::pair<std::string_view, bool> hearings[] = {{"allowed", false}, {"members", true}};
constexpr std::pair<std::string_view, TrustPolicy> policies[] = {{"tofu", TrustPolicy::tofu},
                                                                 {"blind", TrustPolicy::blind},
                                                                 {"configured", TrustPolicy::configured},
                                                                 {"manual", TrustPolicy::manual}};
constexpr std::pair<std::string_view, MessageRule> message_rules[] = {
    {"partial", MessageRule::partial}, {"hold", MessageRule::hold}, {"refuse", MessageRule::refuse}};

constexpr std::pair<std::string_view, trust::Level> admin_levels[] = {
    {"verified", trust::Level::verified}, {"trusted", trust::Level::trusted}, {"tofu", trust::Level::tofu}};
constexpr std::pair<std::string_view, Language> languages[] = {{"en", Language::english}, {"de", Language::german}};

constexpr std::pair<std::string_view, TrustMessages> trust_messages[] = {
    {"off", TrustMessages::off}, {"receive", TrustMessages::receive}, {"full", TrustMessages::full}};

using Reader = std::optional<std::string> (*)(std::string_view);

/// A list of addresses; what `read` does not take is a fault.
std::vector<std::string> addresses(YamlSection& section, std::string_view key, Reader read,
                                   std::string_view expected) {
  std::vector<std::string> found;
  for (const auto& [place, text] : section.texts(key, expected)) {
    if (auto address = read(text)) {
      found.push_back(std::move(*address));
    } else {
      section.wrong(place, expected, "write it as alice@example.org");
    }
  }
  return found;
}

ContactSettings load_contact(Reading& reading, const Value& value, std::string address) {
  YamlSection section(reading, value);
  ContactSettings contact;
  contact.address = std::move(address);
  contact.policy = section.choice<TrustPolicy>("policy", policies);
  contact.message_rule = section.choice<MessageRule>("message_rule", message_rules);
  for (const auto& [place, text] : section.texts("fingerprints", "a fingerprint")) {
    if (const auto key = fingerprint(text)) {
      contact.keys.push_back(*key);
    } else {
      section.wrong(place, "a fingerprint of 64 hex digits, as the contact's client shows it");
    }
  }
  if (!contact.keys.empty() && contact.address.find('@') == std::string::npos)
    section.fault(value,
                  value.path + ": fingerprints belong to a person, not to a domain; name the whole JID");
  section.finish();
  return contact;
}

std::vector<ContactSettings> load_contacts(Reading& reading, const Value& value) {
  std::vector<ContactSettings> contacts;
  YamlSection section(reading, value);
  std::set<std::string> seen;
  for (const auto& [name, entry] : section.entries()) {
    const auto address = bare_jid_or_domain(name);
    if (!address) {
      reading.fault(entry.node.Mark(),
                    entry.path + ": expected a JID (alice@example.org) or a domain as the key");
    } else if (!seen.insert(*address).second) {
      reading.fault(entry.node.Mark(),
                    entry.path + ": " + *address + " stands here twice; keep one of the two");
    } else {
      contacts.push_back(load_contact(reading, entry, *address));
    }
  }
  return contacts;
}

RoomSettings load_room(Reading& reading, const Value& value, const std::string& jid, const AccountSettings& account) {
  YamlSection section(reading, value);
  RoomSettings room{jid, account.jid.substr(0, account.jid.find('@')), false};
  if (const auto nick = section.text("nick", "a name")) room.nick = *nick;
  if (room.nick.empty() || room.nick.size() > max_nick)
    section.wrong(*section.take("nick"), "1 to 64 bytes", "it is how the bot is called in the room");
  room.hears_members = section.choice<bool>("hear", hearings).value_or(false);
  section.finish();
  return room;
}

std::vector<RoomSettings> load_rooms(Reading& reading, const Value& value, const AccountSettings& account) {
  std::vector<RoomSettings> rooms;
  YamlSection section(reading, value);
  for (const auto& [name, entry] : section.entries()) {
    const auto jid = bare_jid(name);
    if (!jid) {
      reading.fault(entry.node.Mark(), entry.path + ": expected the JID of a room (team@rooms.example.org) as the key");
    } else {
      rooms.push_back(load_room(reading, entry, *jid, account));
    }
  }
  if (rooms.size() > max_rooms)
    reading.fault(value.node.Mark(), value.path + ": at most " + std::to_string(max_rooms) + " rooms");
  return rooms;
}

RedeliverySettings load_redelivery(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  RedeliverySettings again;
  again.within = std::chrono::hours(section.number("hours", 1, max_redelivery_hours, "hours").value_or(default_redelivery_hours));
  again.messages = section.number("messages", 1, max_redelivery, "messages").value_or(default_redelivery);
  section.finish();
  return again;
}

void load_server(YamlSection& section, AccountSettings& account) {
  account.host = section.text("host", "a host name or an address").value_or("");
  account.port = static_cast<std::uint16_t>(section.number("port", 1, 65535, "").value_or(0));
  account.direct_tls = section.flag("direct_tls").value_or(false);
  account.ca_file = existing_path(section, "ca_file", "a file with CA certificates (PEM)").value_or("");
  account.allow_plain = section.flag("allow_plain").value_or(false);
  if (account.host.empty() && account.port != 0)
    section.fault(*section.take("port"), section.value().path +
                                             ".port: means nothing without host; add the host, "
                                             "or remove the port and let DNS tell both");
}

void load_people(YamlSection& section, AccountSettings& account) {
  account.policy = section.choice<TrustPolicy>("policy", policies).value_or(account.policy);
  account.message_rule =
      section.choice<MessageRule>("message_rule", message_rules).value_or(account.message_rule);
  account.admins = addresses(section, "admins", bare_jid, "a bare JID");
  account.admin_trust = section.choice<trust::Level>("admin_trust", admin_levels).value_or(account.admin_trust);
  account.tell_admins = section.flag("tell_admins").value_or(account.tell_admins);
  account.ask_contacts = section.flag("ask_contacts").value_or(account.ask_contacts);
  account.trust_messages =
      section.choice<TrustMessages>("trust_messages", trust_messages).value_or(account.trust_messages);
  if (const auto again = section.take("redeliver")) account.redeliver = load_redelivery(section.reading(), *again);
  account.tell_senders = section.flag("tell_senders").value_or(account.tell_senders);
  account.language = section.choice<Language>("language", languages).value_or(account.language);
  if (section.take("allow"))
    account.allow = addresses(section, "allow", bare_jid_or_domain, "a bare JID or a domain");
  if (const auto contacts = section.take("contacts"))
    account.contacts = load_contacts(section.reading(), *contacts);
  if (const auto rooms = section.take("rooms")) account.rooms = load_rooms(section.reading(), *rooms, account);
  account.follow_invitations = section.flag("follow_invitations").value_or(account.follow_invitations);
  account.follow_bookmarks = section.flag("follow_bookmarks").value_or(account.follow_bookmarks);
}

AccountSettings load_account(Reading& reading, const Value& value, std::string name) {
  YamlSection section(reading, value);
  AccountSettings account;
  account.name = std::move(name);
  if (const auto jid = section.text("jid", "a bare JID")) {
    account.jid = bare_jid(*jid).value_or("");
    if (account.jid.empty()) section.wrong(*section.take("jid"), "a bare JID", "write it as bot@example.org");
  } else if (!section.take("jid")) {
    section.missing("jid", "the account's address, as in jid: bot@example.org");
  }
  if (const auto password = section.take("password")) {
    account.password = load_secret(reading, *password).value_or(SecretSource{});
  } else {
    section.missing("password", "where it is, as in password: {file: /etc/omegate/password}");
  }
  load_server(section, account);
  load_face(section, account);
  load_people(section, account);
  section.finish();
  return account;
}

}  // namespace

std::vector<AccountSettings> load_accounts(Reading& reading, const Value& value) {
  std::vector<AccountSettings> accounts;
  YamlSection section(reading, value);
  std::map<std::string, std::string> owners;  // JID -> the account that has it
  for (const auto& [name, entry] : section.entries()) {
    if (!is_name(name))
      reading.fault(entry.node.Mark(), entry.path +
                                           ": an account's name has only a-z, 0-9, - and _, begins with a "
                                           "letter and is at most 32 characters long");
    auto account = load_account(reading, entry, name);
    const auto [owner, first] = owners.try_emplace(account.jid, name);
    if (!first && !account.jid.empty())
      reading.fault(entry.node.Mark(), entry.path + ": " + account.jid + " is already the account \"" +
                                           owner->second + "\"; an account runs once");
    accounts.push_back(std::move(account));
  }
  if (value.node.IsMap() && accounts.empty())
    reading.fault(value.node.Mark(), "accounts: expected at least one");
  if (accounts.size() > max_accounts)
    reading.fault(value.node.Mark(), "accounts: at most " + std::to_string(max_accounts));
  return accounts;
}

}  // namespace omegate::config
