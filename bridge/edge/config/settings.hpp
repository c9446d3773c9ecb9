// Everything an operator can set, as one typed struct.
//
// Not here: reading the YAML (load.hpp), the commented example (config/omegate.yaml; a test keeps it
// complete). All paths are absolute: a relative one in the file counts from the file's own folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/language.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/plugin/program.hpp"
#include "bridge/core/trust/policy.hpp"
#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/edge/config/file_settings.hpp"
#include "bridge/edge/config/api_settings.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/mail_settings.hpp"
#include "bridge/edge/config/secret_source.hpp"

namespace omegate::config {

/// How keys of a contact come to be trusted, and what happens to a message when some are not.
using TrustPolicy = trust::Policy;
using MessageRule = trust::MessageRule;

/// Automatic Trust Management (XEP-0450), between devices that are verified.
enum class TrustMessages {
  off,
  receive,  // what they say of other keys counts
  full,     // and they are told what people here verify and revoke
};

/// One contact, or a whole domain, that is treated differently from the rest of the account.
struct ContactSettings {
  std::string address;  // bare JID, or a domain
  std::optional<TrustPolicy> policy;
  std::optional<MessageRule> message_rule;
  std::vector<crypto::PublicKey> keys;  // Curve25519 form, written as fingerprints

  friend bool operator==(const ContactSettings&, const ContactSettings&) = default;
};

/// A room that the bot is in.
struct RoomSettings {
  std::string jid;             // bare
  std::string nick;            // default: the local part of the account
  bool hears_members = false;  // every member, not only those on the allow-list

  friend bool operator==(const RoomSettings&, const RoomSettings&) = default;
};

/// What a device gets of earlier messages when it comes to be trusted late.
struct RedeliverySettings {
  std::chrono::hours within{24};  // so long contents are kept, sealed
  std::size_t messages = 20;      // and so many of each conversation

  friend bool operator==(const RedeliverySettings&, const RedeliverySettings&) = default;
};

/// One bot: an XMPP account and how it meets the world.
struct AccountSettings {
  std::string name;  // the key under `accounts:`, as the command line and plugins call it
  std::string jid;   // bare
  SecretSource password;

  std::string host;        // empty: found by SRV records of the JID's domain
  std::uint16_t port = 0;  // 0: 5222, or 5223 with direct_tls
  bool direct_tls = false;
  std::filesystem::path ca_file;  // more authorities than the system's; empty: none
  bool allow_plain = false;       // SASL PLAIN inside TLS, for servers that cannot do SCRAM

  std::string nickname;                // as the bot calls itself; empty: contacts see its address
  std::optional<xmpp::Avatar> avatar;  // PNG or JPEG, `xmpp::max_own_avatar` at most

  TrustPolicy policy = TrustPolicy::tofu;
  MessageRule message_rule = MessageRule::partial;
  std::vector<std::string> admins;                // bare JIDs; always heard
  trust::Level admin_trust = trust::Level::verified;  // what an admin's device needs to give orders in a chat
  bool tell_admins = true;                        // of news about keys
  bool ask_contacts = false;                      // on their trusted devices, whether a new one is theirs
  TrustMessages trust_messages = TrustMessages::off;
  std::optional<RedeliverySettings> redeliver;    // nothing: contents go when the server has them
  bool tell_senders = true;                       // that their message could not be read
  Language language = Language::english;          // of what the bot says by itself
  std::optional<std::vector<std::string>> allow;  // bare JIDs and domains; absent: the roster
  std::vector<ContactSettings> contacts;
  std::vector<RoomSettings> rooms;
  bool follow_invitations = true;   // of admins, into private rooms
  bool follow_bookmarks = false;    // into private rooms that another client of the account bookmarked
  std::string canary;  // bare JID of ours that exchanges test messages with this account (CanarySettings); empty: none
};

/// The HTTP server; plain text, so it stays on loopback unless the operator says otherwise.
struct HttpSettings {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, without brackets
  std::uint16_t port = 8443;
  std::size_t max_body = default_http_body;  // bytes
  bool allow_remote = false;                 // listen on an address that other machines reach
  unsigned log_requests = default_hook_log;  // of each hook are kept, to be looked at and repeated; 0: none
  std::size_t log_bytes = default_hook_log_bytes;  // and so much of each hook
};

/// The sockets the command line talks to.
struct ControlSettings {
  std::filesystem::path socket;                      // mode 0600: may do everything
  std::optional<std::filesystem::path> send_socket;  // mode 0660: may only send
  std::string send_group;                            // who may use it; empty: the process's own group
};

/// One account writes to another one now and then: whether that works decides whether the gateway is ready.
struct CanarySettings {
  std::string account, to;  // names of accounts
  std::chrono::seconds every{300};

  friend bool operator==(const CanarySettings&, const CanarySettings&) = default;
};

/// An HTTP server that a plugin may call by a name.
struct HostSettings {
  enum class Auth {
    none,
    bearer,  // Authorization: Bearer
    basic,   // Authorization: Basic, with the user `name`
    header,  // the header `name`
  };
  std::string url;  // requests stay below it
  Auth auth = Auth::none;
  std::string name;
  SecretSource secret;
  std::vector<SecretSource> sign = {};  // requests with a body, as webhooks; the first is the present secret
  std::filesystem::path ca_file;  // more authorities than the system's; empty: none
  bool allow_private = false;     // it may be in the own network
  std::string place;              // "omegate.yaml:30:3"
};

struct PluginSettings {
  std::string name;                   // the key under `plugins:`
  std::filesystem::path path;         // its folder; default: the shipped plugin of this name
  std::vector<std::string> accounts;  // account names it may use; empty: all
  std::map<std::string, SecretSource> secrets;
  std::map<std::string, HostSettings> hosts;
  std::map<std::string, std::vector<std::string>> roles;  // bare JIDs by the role that its commands ask for
  std::vector<plugin::Program> programs;  // that it may have run, on this machine
  std::string config_json = "{}";  // its own settings, as JSON text; checked against its manifest later
  /// Where each of its settings stands: {"hooks/alerts/to/0": "omegate.yaml:12:9"}, for errors about them.
  std::map<std::string, std::string> config_places;
  std::string place;  // "omegate.yaml:30:3"
};

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

struct Settings {
  std::filesystem::path file;             // where all this was read
  std::filesystem::path data_dir;         // mode 0700; the database lies here
  std::filesystem::path anchor_dir;       // empty: beside data_dir, see `anchor`
  SecretSource key;                       // opens the database, a file or a credential
  std::vector<AccountSettings> accounts;  // at least one; names and JIDs are unique
  std::optional<HttpSettings> http;       // absent: no HTTP server
  ApiSettings api;                        // without clients there is none
  ControlSettings control;
  std::vector<PluginSettings> plugins;
  std::optional<CanarySettings> canary;
  LogSettings log;
  FileSettings files;
  MailSettings mail;
  unsigned keep_days = 7;  // finished messages and what became of them; `omegate why` reads it
  unsigned network_threads = 1;

  std::filesystem::path database() const { return data_dir / "omegate.db"; }

  /// What notices old copies of the database: outside of its folder, so that nobody copies or restores both
  /// at once.
  std::filesystem::path anchor() const {
    const auto folder =
        anchor_dir.empty() ? std::filesystem::path(data_dir.string() + "-anchor") : anchor_dir;
    return folder / "omegate.anchor";
  }
};

}  // namespace omegate::config
