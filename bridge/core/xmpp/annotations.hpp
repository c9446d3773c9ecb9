// What a message says about another one, and which part of its text only repeats that for clients that do not
// know it.
//
// Not here: whether the sender may say so (gateway/messages/receive.hpp). In OMEMO 2 these elements are read from the
// envelope, in the legacy version from the stanza, where nothing authenticates them. Source: XEP-0308 1.2,
// XEP-0424 0.4, XEP-0444 0.2, XEP-0461 0.2, XEP-0428 0.2, XEP-0333 1.0, XEP-0085 2.1.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

/// All that its sender thinks of the message; replaces what was said before. None: taken back.
struct Reactions {
  std::string id;
  std::vector<std::string> emojis;

  friend bool operator==(const Reactions&, const Reactions&) = default;
};

struct Reply {
  std::string id;
  std::optional<Jid> to;  // who wrote that message, as the sender of the reply claims

  friend bool operator==(const Reply&, const Reply&) = default;
};

enum class ChatState { active, composing, paused, inactive, gone };
std::string_view name(ChatState state);

/// A part of the body. Unit: code points; `end` is the first that does not belong to it.
struct TextRange {
  std::size_t start = 0;
  std::size_t end = static_cast<std::size_t>(-1);

  friend bool operator==(const TextRange&, const TextRange&) = default;
};

/// For whom does not know `space`.
struct Fallback {
  std::string space;
  std::vector<TextRange> body;

  friend bool operator==(const Fallback&, const Fallback&) = default;
};

/// Ids are those of the other message, at most `max_id` long; empty: the message says no such thing.
struct Annotations {
  std::string replaces;   // this is the new text of that one
  std::string retracts;   // that one is taken back
  std::string displayed;  // that one was read
  std::optional<Reactions> reactions{};
  std::optional<Reply> reply{};
  std::optional<ChatState> state{};
  bool markable = false;  // its sender wants to know when it is read
  std::vector<Fallback> fallbacks{};
  bool bridged = false;  // its sender is a bridge, and somebody else said it elsewhere

  friend bool operator==(const Annotations&, const Annotations&) = default;
};

/// `elements`: the children of a stanza, or the content of an envelope. Of an element that stands there twice
/// none counts.
Annotations read_annotations(std::span<const xml::Element> elements);

/// What the sender wrote: `text` without what repeats the annotations.
std::string own_text(std::string_view text, const Annotations& annotations);

// --- to be put into a stanza or an envelope

xml::Element replace_element(std::string_view id);
xml::Element retract_element(std::string_view id);
xml::Element reactions_element(const Reactions& reactions);
xml::Element reply_element(std::string_view id, const Jid& author);
xml::Element displayed_element(std::string_view id);
xml::Element markable_element();
xml::Element bridged_element();
xml::Element state_element(ChatState state);
/// Marks a part of the body, or all of it.
xml::Element fallback_element(std::string_view space, std::optional<TextRange> body = std::nullopt);

/// `text` as replies quote it: "> " before each line, a line break at the end; cut after `max_quote`.
std::string quotation(std::string_view text);

/// Unit: code points.
std::size_t length_of(std::string_view text);

}  // namespace omegate::xmpp
