#include "bridge/core/xmpp/annotations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::array<std::pair<ChatState, std::string_view>, 5> states{{{ChatState::active, "active"},
                                                                        {ChatState::composing, "composing"},
                                                                        {ChatState::paused, "paused"},
                                                                        {ChatState::inactive, "inactive"},
                                                                        {ChatState::gone, "gone"}}};

using Elements = std::span<const xml::Element>;

const xml::Element* only(Elements elements, std::string_view local, std::string_view space) {
  const xml::Element* found = nullptr;
  for (const xml::Element& element : elements) {
    if (!element.is(local, space)) continue;
    if (found) return nullptr;
    found = &element;
  }
  return found;
}

std::string id_of(const xml::Element* element) {
  const auto id = element ? element->attr("id") : std::nullopt;
  return id && id->size() <= max_id ? std::string(*id) : std::string();
}

std::optional<Reactions> read_reactions(const xml::Element* element) {
  Reactions reactions{id_of(element), {}};
  if (reactions.id.empty()) return std::nullopt;
  for (const xml::Element& each : element->children("reaction", ns::reactions)) {
    std::string emoji = each.text();
    const bool known =
        std::find(reactions.emojis.begin(), reactions.emojis.end(), emoji) != reactions.emojis.end();
    if (known || emoji.empty() || emoji.size() > max_reaction) continue;
    if (reactions.emojis.size() == max_reactions) break;
    reactions.emojis.push_back(std::move(emoji));
  }
  return reactions;
}

std::optional<Reply> read_reply(const xml::Element* element) {
  Reply reply{id_of(element), std::nullopt};
  if (reply.id.empty()) return std::nullopt;
  if (const auto to = Jid::parse(element->attr("to").value_or(""))) reply.to = *to;
  return reply;
}

/// Two different states at once: none.
std::optional<ChatState> read_state(Elements elements) {
  std::optional<ChatState> found;
  for (const xml::Element& element : elements) {
    if (element.space() != ns::chat_states) continue;
    const auto state = std::find_if(states.begin(), states.end(),
                                    [&](const auto& s) { return s.second == element.local(); });
    if (state == states.end()) continue;
    if (found) return std::nullopt;
    found = state->first;
  }
  return found;
}

/// A number that is none: the part begins, or ends, where the text does.
TextRange read_range(const xml::Element& body) {
  TextRange range;
  range.start = parse_number<std::uint32_t>(body.attr("start").value_or("")).value_or(0);
  if (const auto end = parse_number<std::uint32_t>(body.attr("end").value_or(""))) range.end = *end;
  return range;
}

/// One without parts is about all the text.
std::vector<Fallback> read_fallbacks(Elements elements) {
  std::vector<Fallback> found;
  for (const xml::Element& element : elements) {
    if (!element.is("fallback", ns::fallback) || found.size() == max_fallbacks) continue;
    Fallback fallback{std::string(element.attr("for").value_or("")), {}};
    for (const xml::Element& body : element.children("body", ns::fallback)) {
      if (fallback.body.size() == max_fallbacks) break;
      fallback.body.push_back(read_range(body));
    }
    if (element.children().empty()) fallback.body.push_back({});
    found.push_back(std::move(fallback));
  }
  return found;
}

/// Whether the text may be for whom does not know this annotation, because the message has it.
bool has(const Annotations& annotations, std::string_view space) {
  return (space == ns::reply && annotations.reply) ||
         (space == ns::retraction && !annotations.retracts.empty()) ||
         (space == ns::reactions && annotations.reactions);
}

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::string_view name(ChatState state) {
  return std::find_if(states.begin(), states.end(), [&](const auto& each) { return each.first == state; })
      ->second;
}

Annotations read_annotations(std::span<const xml::Element> elements) {
  Annotations found;
  found.replaces = id_of(only(elements, "replace", ns::correction));
  found.retracts = id_of(only(elements, "retract", ns::retraction));
  found.displayed = id_of(only(elements, "displayed", ns::chat_markers));
  if (const auto* reactions = only(elements, "reactions", ns::reactions))
    found.reactions = read_reactions(reactions);
  if (const auto* reply = only(elements, "reply", ns::reply)) found.reply = read_reply(reply);
  found.state = read_state(elements);
  found.markable = only(elements, "markable", ns::chat_markers) != nullptr;
  found.fallbacks = read_fallbacks(elements);
  found.bridged = only(elements, "bridged", ns::bridge) != nullptr;
  return found;
}

std::string own_text(std::string_view text, const Annotations& annotations) {
  std::vector<TextRange> dropped;
  for (const Fallback& fallback : annotations.fallbacks) {
    if (has(annotations, fallback.space))
      dropped.insert(dropped.end(), fallback.body.begin(), fallback.body.end());
  }
  if (dropped.empty()) return std::string(text);
  std::string kept;
  std::size_t point = 0;  // the number of the code point, and one more
  bool keep = true;
  for (const char c : text) {
    if (begins_code_point(c)) {
      keep = std::none_of(dropped.begin(), dropped.end(),
                          [&](const TextRange& range) { return range.start <= point && point < range.end; });
      ++point;
    }
    if (keep) kept += c;
  }
  return kept;
}

xml::Element replace_element(std::string_view id) {
  return xml::Element("replace", ns::correction).set("id", id);
}

xml::Element retract_element(std::string_view id) {
  return xml::Element("retract", ns::retraction).set("id", id);
}

xml::Element reactions_element(const Reactions& reactions) {
  xml::Element element("reactions", ns::reactions);
  element.set("id", reactions.id);
  for (const std::string& emoji : reactions.emojis)
    element.add(xml::text_element("reaction", ns::reactions, emoji));
  return element;
}

xml::Element reply_element(std::string_view id, const Jid& author) {
  return xml::Element("reply", ns::reply).set("to", author.to_string()).set("id", id);
}

xml::Element displayed_element(std::string_view id) {
  return xml::Element("displayed", ns::chat_markers).set("id", id);
}

xml::Element markable_element() { return xml::Element("markable", ns::chat_markers); }

xml::Element bridged_element() { return xml::Element("bridged", ns::bridge); }

xml::Element state_element(ChatState state) { return xml::Element(name(state), ns::chat_states); }

xml::Element fallback_element(std::string_view space, std::optional<TextRange> body) {
  xml::Element fallback("fallback", ns::fallback);
  fallback.set("for", space);
  xml::Element& part = fallback.add(xml::Element("body", ns::fallback));
  if (body) part.set("start", std::to_string(body->start)).set("end", std::to_string(body->end));
  return fallback;
}

std::string quotation(std::string_view text) {
  bool cut = text.size() > max_quote;
  if (cut) {
    std::size_t end = max_quote;
    while (end > 0 && !begins_code_point(text[end])) --end;
    text = text.substr(0, end);
  }
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string quote = "> ";
  for (const char c : text) {
    quote += c;
    if (c == '\n') quote += "> ";
  }
  return quote + (cut ? "…\n" : "\n");
}

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

}  // namespace omegate::xmpp
