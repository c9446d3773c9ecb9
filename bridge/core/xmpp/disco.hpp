// What we tell others we can do, and how we read what they can.
//
// Source: XEP-0030 2.5, XEP-0115 1.6, XEP-0128.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/data_form.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

struct Identity {
  std::string category, type, lang, name;

  friend auto operator<=>(const Identity&, const Identity&) = default;
};

struct DiscoInfo {
  std::vector<Identity> identities;
  std::vector<std::string> features;
  std::vector<DataForm> forms;

  bool has(std::string_view feature) const;
};

/// A bot with OMEMO in both versions: device lists are pushed to whoever announces `+notify`.
DiscoInfo bot_info(std::string_view name);

/// Payload of a get.
xml::Element disco_request(std::string_view node = {});
/// The answer's payload; `node` as it was asked for.
xml::Element disco_answer(const DiscoInfo& info, std::string_view node = {});
/// Of a result. Errors: `malformed`.
Result<DiscoInfo> parse_disco(const xml::Element& iq);

/// The verification string `ver` (SHA-1, base64).
/// Errors: `bad_caps`: duplicates, `<` inside, a form without type: such an answer must not be shared between
/// contacts.
Result<std::string> caps_ver(const DiscoInfo& info);

/// `<c/>` for our presence.
xml::Element caps_element(const DiscoInfo& info, std::string_view node);

enum class DiscoQuestion { own, unknown_node };
/// Whether a disco#info request asks for us: without node, or with `caps_node#ver`.
DiscoQuestion disco_question(const xml::Element& query, const DiscoInfo& info, std::string_view caps_node);

}  // namespace omegate::xmpp
