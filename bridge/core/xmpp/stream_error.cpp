#include "bridge/core/xmpp/stream_error.hpp"

#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

struct Row {
  std::string_view condition;
  Reaction reaction;
};

// What is not here is the server's trouble and passes: reconnect. Source: RFC 6120 §4.9.3.
constexpr Row reactions[] = {
    {"conflict", Reaction::new_resource},
    {"policy-violation", Reaction::reconnect_slowly},
    {"not-well-formed", Reaction::quarantine_last},
    {"invalid-xml", Reaction::quarantine_last},
    {"xml-not-well-formed", Reaction::quarantine_last},  // RFC 3920's name for it
    {"invalid-namespace", Reaction::quarantine_last},
    {"bad-format", Reaction::quarantine_last},
    {"not-authorized", Reaction::stop},
    {"host-unknown", Reaction::stop},
    {"host-gone", Reaction::stop},
    {"invalid-from", Reaction::stop},
    {"improper-addressing", Reaction::stop},
    {"unsupported-version", Reaction::stop},
};

}  // namespace

bool is_stream_error(const xml::Element& element) { return element.is("error", ns::streams); }

StreamError parse_stream_error(const xml::Element& element) {
  StreamError error{"undefined-condition", element.child_text("text", ns::stream_errors), {}};
  for (const xml::Element& child : element.children()) {
    if (child.space() != ns::stream_errors || child.local() == "text") continue;
    error.condition = child.local();
    if (child.local() == "see-other-host") error.other_host = child.text();
  }
  return error;
}

xml::Element to_element(const StreamError& error) {
  xml::Element element("error", ns::streams);
  xml::Element& condition = element.add(xml::Element(error.condition, ns::stream_errors));
  if (!error.other_host.empty()) condition.add_text(error.other_host);
  if (!error.text.empty()) element.add(xml::text_element("text", ns::stream_errors, error.text));
  return element;
}

StreamError stream_error_for(xml::Error error) {
  switch (error) {
    case xml::Error::malformed:
    case xml::Error::invalid_characters:
      return {"not-well-formed", {}, {}};
    case xml::Error::forbidden_construct:
      return {"restricted-xml", {}, {}};
    case xml::Error::stanza_too_large:
    case xml::Error::too_deep:
    case xml::Error::too_many_attributes:
    case xml::Error::too_many_namespaces:
    case xml::Error::name_too_long:
      break;
  }
  return {"policy-violation", {}, {}};
}

Reaction reaction(const StreamError& error, bool tls_stood) {
  // Before TLS anybody on the way may have written it.
  if (error.condition == "see-other-host") return tls_stood ? Reaction::follow : Reaction::reconnect;
  for (const Row& row : reactions) {
    if (row.condition == error.condition) return row.reaction;
  }
  return Reaction::reconnect;
}

}  // namespace omegate::xmpp
