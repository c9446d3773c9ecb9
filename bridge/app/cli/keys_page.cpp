#include "bridge/app/cli/keys_page.hpp"

#include <stdexcept>

#include "bridge/app/cli/screen.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/verification_uri.hpp"
#include "bridge/edge/qr/qr_code.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;
using omemo::FingerprintStyle;

constexpr const char* head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>OMEMO keys of TITLE</title>
<style>
:root { color-scheme: light dark; --line: #8886; --faint: #777; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { margin: .4rem 0; }
.faint { color: var(--faint); font-size: .9rem; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1.2rem; }
.code { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: center; }
.code svg { width: min(17rem, 100%); height: auto; border-radius: 8px; }
.code div { flex: 1 1 16rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; padding: .5rem 1rem .5rem 0; vertical-align: top; white-space: nowrap; }
td { padding: .5rem 0; }
tr + tr { border-top: 1px solid var(--line); }
code { font: .95rem/1.6 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
a.open { display: inline-block; margin-top: .6rem; padding: .45rem .9rem; border: 1px solid var(--line); border-radius: 6px; text-decoration: none; color: inherit; }
@media (max-width: 34rem) { th, td { display: block; padding: .3rem 0; } tr + tr th { padding-top: .8rem; } }
@media print { a.open { display: none; } }
</style>
</head>
<body>
)";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string with_title(std::string page, const std::string& title) {
  constexpr std::string_view mark = "TITLE";
  return page.replace(page.find(mark), mark.size(), escaped(title));
}

omemo::PublicKey key_of(const json::object& device) {
  const auto key = omemo::parse_fingerprint(text(device, "fingerprint"));
  if (!key) throw std::runtime_error("the gateway named no usable key");
  return *key;
}

omemo::DeviceFingerprint shown_device(const json::object& device) {
  const auto id = omemo::make_device_id(static_cast<std::uint64_t>(number(device, "device")));
  if (!id) throw std::runtime_error("the gateway named no usable device");
  return {*id, key_of(device)};
}

std::string row(const std::string& client, const std::string& print) {
  return "<tr><th>" + client + "</th><td><code>" + escaped(print) + "</code></td></tr>\n";
}

std::string table_of(const json::object& device) {
  const auto key = key_of(device);
  std::string table = "<table>\n";
  table += row("Conversations, Monocles", omemo::fingerprint(key, FingerprintStyle::conversations));
  table += row("Dino", omemo::fingerprint(key, FingerprintStyle::dino));
  table += row("Gajim", omemo::fingerprint(key, FingerprintStyle::gajim));
  table += row("Profanity", omemo::fingerprint(key, FingerprintStyle::profanity));
  return table + "</table>\n";
}

std::string section_of(const json::object& own) {
  const std::string jid = escaped(text(own, "jid")), uri = uri_of(own);
  std::string part =
      "<section>\n<h1>" + jid + "</h1>\n<div class=\"code\">\n" + qr::to_svg(qr::QrCode(uri)) +
      "<div><p>Scan this code with your client, in the contact's details, and its key is verified. "
      "On this device the link does the same.</p>\n<a class=\"open\" href=\"" +
      escaped(uri) + "\">Open in a chat client</a></div>\n</div>\n";
  part += "<h2>Device " + shown(own, "device") + "</h2>\n" + table_of(own);
  if (has(own, "next"))
    part += "<h2>Device " + shown(app::part(own, "next"), "device") +
            ", in the place of the other one from now on</h2>\n" + table_of(app::part(own, "next"));
  for (const auto& other : objects(own, "others"))
    part +=
        "<h2>Device " + shown(other, "device") + ", another client of the account</h2>\n" + table_of(other);
  return part + "</section>\n";
}

}  // namespace

std::string uri_of(const json::object& own) {
  std::vector<omemo::DeviceFingerprint> devices{shown_device(own)};
  if (has(own, "next")) devices.push_back(shown_device(app::part(own, "next")));
  for (const auto& other : objects(own, "others")) devices.push_back(shown_device(other));
  return omemo::make_verification_uri(text(own, "jid"), devices);
}

std::string keys_page(const std::vector<json::object>& accounts, const std::string& day) {
  std::string title;
  for (const auto& own : accounts) title += (title.empty() ? "" : ", ") + text(own, "jid");
  std::string page = with_title(head, title);
  page +=
      "<p>The OMEMO keys of this chat bot. Compare them with what your client shows before you trust it: the "
      "64 digits "
      "are the same everywhere, only their grouping differs.</p>\n";
  for (const auto& own : accounts) page += section_of(own);
  page += "<p class=\"faint\">As of " + escaped(day) +
          ". This page proves as much as the way you came to it: read it over HTTPS on the bot's own site, "
          "or ask its "
          "operator.</p>\n</body>\n</html>\n";
  return page;
}

}  // namespace omegate::app
