// Short ways to write stanzas and addresses in tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

inline Jid jid(std::string_view text) { return Jid::parse(text).value(); }

/// `text` as a stanza of a client stream: what has no namespace of its own is in jabber:client.
inline xml::Element stanza(const std::string& text) {
  const auto document = xml::parse_document("<s xmlns='jabber:client'>" + text + "</s>");
  if (!document || document->children().size() != 1) ADD_FAILURE() << "not one stanza: " << text;
  return document.value().children().at(0);
}

}  // namespace omegate::xmpp
