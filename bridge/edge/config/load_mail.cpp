#include <sys/un.h>

#include <algorithm>

#include "bridge/edge/config/addresses.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= max_mail_user && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

void load_place(YamlSection& section, MailListenerSettings& listener, std::string_view key) {
  const auto text = section.text(key, "an address and a port, or a path");
  if (!text) return;
  const Value value = *section.take(key);
  if (text->find('/') != text->npos) {
    listener.socket = section.reading().absolute(*text);
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    if (listener.socket.string().size() > longest)
      section.wrong(value, "a path of at most " + std::to_string(longest) + " bytes, which is all that a socket may have");
    return;
  }
  const auto address = listen_address(*text);
  if (!address) return section.wrong(value, "a numeric address and a port, as in 127.0.0.1:2424, or the path of a socket");
  listener.address = address->address;
  listener.port = address->port;
  listener.loopback = address->loopback;
}

void load_tls(YamlSection& section, MailListenerSettings& listener) {
  const auto tls = section.take("tls");
  if (!tls) return;
  YamlSection inner(section.reading(), *tls);
  if (const auto file = existing_path(inner, "certificate", "a file with a certificate and its chain")) listener.certificate = *file;
  if (const auto file = existing_path(inner, "key", "a file with its key")) listener.key = *file;
  if (!inner.take("certificate")) inner.missing("certificate", "a file with a certificate and its chain, in PEM");
  if (!inner.take("key")) inner.missing("key", "a file with its key, in PEM");
  listener.direct_tls = inner.flag("direct").value_or(false);
  inner.finish();
}

/// A login that is bound to addresses: `{password: …, senders: […]}`. Else the whole entry says where the password comes from.
void load_bound_user(Reading& reading, const Value& entry, MailUserSettings& user) {
  YamlSection section(reading, entry);
  if (const auto password = section.take("password")) {
    if (auto source = load_secret(reading, *password)) user.password = std::move(*source);
  } else {
    section.missing("password", "where the password comes from, as in {file: /etc/omegate/nas_password}");
  }
  constexpr std::string_view expected = "an address, or a pattern like *@example.org";
  for (const auto& [place, text] : section.texts("senders", expected)) {
    if (!mail::AddressPattern::parse(text)) section.wrong(place, expected);
    user.senders.push_back(text);
  }
  if (user.senders.empty() || user.senders.size() > max_mail_senders)
    section.fault(entry, entry.path + ": senders: expected 1 to " + std::to_string(max_mail_senders) +
                             " addresses that this user may write as; without any, write " + user.name + ": {file: …}");
  section.finish();
}

void load_users(YamlSection& section, MailListenerSettings& listener) {
  const auto users = section.take("users");
  if (!users) return;
  YamlSection names(section.reading(), *users);
  for (const auto& [name, entry] : names.entries()) {
    if (!is_user_name(name)) names.fault(entry, entry.path + ": a user's name has printable ASCII without blanks, at most " +
                                                    std::to_string(max_mail_user) + " characters");
    MailUserSettings user{name, {}};
    if (entry.node.IsMap() && (entry.node["password"] || entry.node["senders"])) {
      load_bound_user(section.reading(), entry, user);
    } else if (auto source = load_secret(section.reading(), entry)) {
      user.password = std::move(*source);
    }
    listener.users.push_back(std::move(user));
  }
  if (listener.users.size() > max_mail_users) section.wrong(*users, std::to_string(max_mail_users) + " users at most");
}

/// What other machines can reach takes mail under TLS, from whoever has a password.
void judge(YamlSection& section, const MailListenerSettings& listener) {
  const bool remote = !listener.address.empty() && !listener.loopback;
  const std::string& path = section.value().path;
  if (!listener.users.empty() && remote && listener.certificate.empty())
    section.fault(section.value(), path + ": other machines reach " + listener.place() +
                                       ", and a password must not travel in the clear; add tls: {certificate: …, key: …}");
  if (remote && listener.users.empty() && !listener.allow_anonymous)
    section.fault(section.value(), path + ": other machines reach " + listener.place() +
                                       " and nobody is asked for a password; add users:, listen on 127.0.0.1, or say allow_anonymous: true "
                                       "if a firewall decides who comes here");
  if (!listener.socket_group.empty() && listener.socket.empty())
    section.fault(section.value(), path + ": socket_group is for the path of a socket only");
}

MailListenerSettings load_listener(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  MailListenerSettings listener;
  const auto lmtp = section.take("lmtp"), smtp = section.take("smtp");
  if (lmtp.has_value() == smtp.has_value()) {
    section.fault(value, value.path + ": expected lmtp: or smtp:, with an address and a port or the path of a socket");
  } else {
    listener.protocol = lmtp ? mail::Protocol::lmtp : mail::Protocol::smtp;
    load_place(section, listener, lmtp ? "lmtp" : "smtp");
  }
  listener.socket_group = section.text("socket_group", "the name of a group").value_or("");
  load_tls(section, listener);
  load_users(section, listener);
  listener.allow_anonymous = section.flag("allow_anonymous").value_or(false);
  listener.max_size = section.number("max_size", 1024, max_mail_size, "bytes").value_or(listener.max_size);
  section.finish();
  judge(section, listener);
  return listener;
}

bool is_domain_word(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

void load_word(YamlSection& section, std::string_view key, std::string& into) {
  const auto text = section.text(key, "a name like mail.example.org");
  if (!text) return;
  if (!is_domain_word(*text)) section.wrong(*section.take(key), "a name like mail.example.org");
  into = *text;
}

}  // namespace

MailSettings load_mail(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  MailSettings mail;
  MailListenSettings& incoming = mail.incoming;
  if (const auto listen = section.take("listen")) {
    if (!listen->node.IsSequence()) section.wrong(*listen, "a list of listeners, as in - lmtp: 127.0.0.1:2424");
    for (std::size_t i = 0; listen->node.IsSequence() && i < listen->node.size(); ++i)
      incoming.listen.push_back(load_listener(reading, {listen->node[i], listen->path + "[" + std::to_string(i) + "]"}));
    if (incoming.listen.size() > max_mail_listeners)
      section.wrong(*listen, std::to_string(max_mail_listeners) + " listeners at most");
  }
  load_word(section, "authserv_id", incoming.authserv_id);
  load_word(section, "host", incoming.host);
  if (const auto imap = section.take("imap")) mail.imap = load_imap(reading, *imap);
  if (const auto submission = section.take("submission")) mail.submission = load_submission(reading, *submission);
  section.finish();
  return mail;
}

}  // namespace omegate::config
