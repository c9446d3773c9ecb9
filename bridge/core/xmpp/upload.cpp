#include "bridge/core/xmpp/upload.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"
#include "bridge/core/xmpp/stanza_error.hpp"

namespace omegate::xmpp {
namespace {

/// The only ones a service may ask for. Source: XEP-0363 §5.
constexpr std::array<std::string_view, 3> allowed_headers{"authorization", "cookie", "expires"};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

/// Printable and of one line: what is in it stays in it.
bool is_header_value(std::string_view value) {
  return value.size() <= max_upload_header && std::all_of(value.begin(), value.end(), [](char c) {
           return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
         });
}

bool is_https(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme) || url.size() > max_file_url) return false;
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  const std::string_view rest = url.substr(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return printable && !authority.empty() && authority.find('@') == authority.npos && url.find('#') == url.npos;
}

std::optional<std::string> address_in(const xml::Element& slot, std::string_view name) {
  const xml::Element* element = slot.child(name, ns::upload);
  const auto url = element ? element->attr("url") : std::nullopt;
  if (!url || !is_https(*url)) return std::nullopt;
  return std::string(*url);
}

bool is_permanent(const StanzaError& error) {
  return error.condition == "not-allowed" || error.condition == "forbidden" || error.condition == "not-acceptable" ||
         error.condition == "feature-not-implemented" || error.condition == "item-not-found";
}

}  // namespace

xml::Element items_request() { return xml::Element("query", ns::disco_items); }

Result<std::vector<Jid>> parse_items(const xml::Element& iq) {
  const xml::Element* query = iq.child("query", ns::disco_items);
  if (!query) return Error::malformed;
  std::vector<Jid> items;
  for (const xml::Element& item : query->children("item", ns::disco_items)) {
    if (items.size() == max_server_items) break;
    auto jid = Jid::parse(item.attr("jid").value_or(""));
    if (jid && !item.has("node")) items.push_back(std::move(*jid));
  }
  return items;
}

std::optional<UploadService> upload_service(const Jid& jid, const DiscoInfo& info) {
  if (!info.has(ns::upload)) return std::nullopt;
  UploadService service{jid};
  for (const DataForm& form : info.forms) {
    if (form.form_type != ns::upload) continue;
    service.max_size = parse_number<std::uint64_t>(form.value("max-file-size"));
  }
  return service;
}

xml::Element slot_request(std::string_view file_name, std::uint64_t size, std::string_view media_type) {
  return xml::Element("request", ns::upload)
      .set("filename", file_name)
      .set("size", std::to_string(size))
      .set("content-type", media_type);
}

Result<UploadSlot> parse_slot(const xml::Element& iq) {
  const xml::Element* slot = iq.child("slot", ns::upload);
  if (!slot) return Error::malformed;
  auto put = address_in(*slot, "put"), get = address_in(*slot, "get");
  if (!put || !get) return Error::malformed;
  UploadSlot found{std::move(*put), std::move(*get), {}};
  for (const xml::Element& header : slot->child("put", ns::upload)->children("header", ns::upload)) {
    const std::string name = lower_case(header.attr("name").value_or(""));
    if (std::find(allowed_headers.begin(), allowed_headers.end(), name) == allowed_headers.end()) continue;
    std::string value = header.text();
    if (!is_header_value(value)) return Error::malformed;
    const bool twice =
        std::any_of(found.headers.begin(), found.headers.end(), [&](const auto& each) { return each.first == name; });
    if (!twice) found.headers.emplace_back(name, std::move(value));
  }
  return found;
}

SlotRefusal parse_slot_refusal(const xml::Element& iq) {
  const StanzaError error = parse_stanza_error(iq);
  SlotRefusal refusal;
  refusal.text = describe(error);
  refusal.for_good = is_permanent(error);
  const xml::Element* element = iq.child("error", ns::client);
  if (!element) return refusal;
  if (const xml::Element* too_large = element->child("file-too-large", ns::upload)) {
    refusal.too_large = refusal.for_good = true;
    refusal.max_size = parse_number<std::uint64_t>(too_large->child_text("max-file-size", ns::upload));
  }
  if (const xml::Element* retry = element->child("retry", ns::upload)) {
    refusal.retry = parse_time(retry->attr("stamp").value_or(""));
    refusal.for_good = false;
  }
  return refusal;
}

}  // namespace omegate::xmpp
