#include <algorithm>

#include "bridge/core/mail/address.hpp"
#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/text.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

using mail::ImapAfter;

constexpr std::pair<std::string_view, ImapAfter> treatments[] = {
    {"leave", ImapAfter::leave}, {"seen", ImapAfter::seen}, {"move", ImapAfter::move}};

bool is_folder(std::string_view text) {
  return !text.empty() && text.size() <= mail::max_imap_folder && text.find('*') == text.npos && text.find('%') == text.npos &&
         std::ranges::all_of(text, [](char c) { return mail::is_ascii(c) && !mail::is_control(c); });
}

void load_folder(YamlSection& section, std::string_view key, std::string& into) {
  const auto text = section.text(key, "the name of a folder");
  if (!text) return;
  into = *text;
  if (!is_folder(into))
    section.wrong(*section.take(key), "the name of a folder, in ASCII (other letters as the server itself writes them: Entw&APw-rfe)");
}

void load_login(YamlSection& section, ImapSettings& imap) {
  imap.user = section.text("user", "the name to log in with").value_or("");
  if (!section.take("user")) section.missing("user", "the name to log in with");
  if (!is_one_line(imap.user)) section.wrong(*section.take("user"), "a name on one line");
  const auto secret = section.take("secret");
  if (secret) imap.secret = load_secret(section.reading(), *secret).value_or(SecretSource());
  if (!secret) section.missing("secret", "where the password is, as in secret: {file: /etc/omegate/imap.password}");
}

/// Nobody can say whose mail it is, if the mails do not.
void load_address(YamlSection& section, ImapSettings& imap) {
  if (const auto address = section.text("address", "a mail address")) {
    imap.address = *address;
    if (!mail::parse_address(imap.address)) section.wrong(*section.take("address"), "a mail address like bot@example.org");
  } else if (!imap.user.empty() && !mail::parse_address(imap.user)) {
    section.missing("address", "whose mail this is, as in address: bot@example.org");
  }
}

ImapSettings load_one(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  ImapSettings imap;
  imap.place = reading.place(value.node.Mark());
  const MailServer server = load_mail_server(section, "has the mail", {993, 143});
  imap.host = server.host;
  imap.tls = server.tls;
  imap.port = server.port;
  load_login(section, imap);
  load_folder(section, "folder", imap.folder);
  load_address(section, imap);
  imap.afterwards = section.choice<ImapAfter>("afterwards", treatments).value_or(imap.afterwards);
  load_folder(section, "move_to", imap.move_to);
  if (imap.afterwards == ImapAfter::move && imap.move_to.empty()) section.missing("move_to", "the folder for what was read, as in move_to: Archive");
  if (imap.afterwards != ImapAfter::move && !imap.move_to.empty())
    section.fault(*section.take("move_to"), value.path + ": move_to goes with afterwards: move");
  if (imap.afterwards == ImapAfter::move && imap.move_to == imap.folder) section.wrong(*section.take("move_to"), "another folder than the one that is read");
  imap.existing = section.flag("existing").value_or(false);
  imap.max_size = section.number("max_size", 1024, max_mail_size, "bytes").value_or(imap.max_size);
  imap.poll = std::chrono::seconds(section.number("poll", 1, 86'400, "seconds").value_or(static_cast<std::uint64_t>(imap.poll.count())));
  imap.renewal = std::chrono::seconds(section.number("renewal", 1, static_cast<std::uint64_t>(max_imap_renewal.count()), "seconds").value_or(static_cast<std::uint64_t>(imap.renewal.count())));
  if (const auto ca_file = existing_path(section, "ca_file", "a file with PEM certificates")) imap.ca_file = *ca_file;
  section.finish();
  return imap;
}

}  // namespace

std::vector<ImapSettings> load_imap(Reading& reading, const Value& value) {
  std::vector<ImapSettings> folders;
  if (!value.node.IsSequence()) return {load_one(reading, value)};
  for (std::size_t i = 0; i < value.node.size(); ++i) {
    const Value each{value.node[i], value.path + "[" + std::to_string(i) + "]"};
    folders.push_back(load_one(reading, each));
    const auto same = std::ranges::count(folders, folders.back().name(), &ImapSettings::name);
    if (same > 1) reading.fault(each.node.Mark(), each.path + ": this folder is read already");
  }
  if (folders.size() > max_imap_folders) reading.fault(value.node.Mark(), value.path + ": " + std::to_string(max_imap_folders) + " folders at most");
  return folders;
}

}  // namespace omegate::config
