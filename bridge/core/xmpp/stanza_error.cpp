#include "bridge/core/xmpp/stanza_error.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

struct LegacyCode {
  std::string_view code, condition;
};

// What servers mean that send a number and no condition. Source: XEP-0086 §3.
constexpr LegacyCode legacy_codes[] = {
    {"400", "bad-request"},
    {"401", "not-authorized"},
    {"403", "forbidden"},
    {"404", "item-not-found"},
    {"405", "not-allowed"},
    {"406", "not-acceptable"},
    {"407", "registration-required"},
    {"408", "remote-server-timeout"},
    {"409", "conflict"},
    {"500", "internal-server-error"},
    {"501", "feature-not-implemented"},
    {"503", "service-unavailable"},
    {"504", "remote-server-timeout"},
};

constexpr std::array<std::string_view, 4> transient_conditions{
    "remote-server-not-found", "remote-server-timeout", "resource-constraint", "internal-server-error"};

std::string_view condition_of_code(std::string_view code) {
  for (const LegacyCode& known : legacy_codes) {
    if (known.code == code) return known.condition;
  }
  return "undefined-condition";
}

}  // namespace

StanzaError parse_stanza_error(const xml::Element& stanza) {
  StanzaError error;
  const xml::Element* element = stanza.child("error", ns::client);
  if (!element) {
    error.condition = "undefined-condition";
    return error;
  }
  error.type = element->attr("type").value_or("cancel");
  error.code = element->attr("code").value_or("");
  error.text = element->child_text("text", ns::stanza_errors);
  for (const xml::Element& child : element->children()) {
    if (child.space() == ns::stanza_errors && child.local() != "text") error.condition = child.local();
    if (child.space() == ns::pubsub_errors) error.pubsub = child.local();
  }
  if (error.condition.empty()) error.condition = condition_of_code(error.code);
  return error;
}

xml::Element to_element(const StanzaError& error) {
  xml::Element element("error", ns::client);
  element.set("type", error.type);
  if (!error.code.empty()) element.set("code", error.code);
  element.add(xml::Element(error.condition, ns::stanza_errors));
  if (!error.text.empty()) element.add(xml::text_element("text", ns::stanza_errors, error.text));
  if (!error.pubsub.empty()) element.add(xml::Element(error.pubsub, ns::pubsub_errors));
  return element;
}

bool is_transient(const StanzaError& error) {
  if (error.type == "wait") return true;
  return std::find(transient_conditions.begin(), transient_conditions.end(), error.condition) !=
         transient_conditions.end();
}

std::string describe(const StanzaError& error) {
  std::string text = error.condition;
  if (!error.pubsub.empty()) text += "/" + error.pubsub;
  if (!error.text.empty()) text += " (" + error.text.substr(0, max_described_text) + ")";
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      ' ');
  return text;
}

}  // namespace omegate::xmpp
