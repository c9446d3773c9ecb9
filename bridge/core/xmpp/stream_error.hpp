// Errors that end a stream.
//
// Source: RFC 6120 §4.9.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/xml/element.hpp"
#include "bridge/core/xml/error.hpp"

namespace omegate::xmpp {

struct StreamError {
  std::string condition;  // "conflict"
  std::string text;
  std::string other_host;  // of see-other-host
};

bool is_stream_error(const xml::Element& element);
StreamError parse_stream_error(const xml::Element& element);
xml::Element to_element(const StreamError& error);

/// What to tell a peer whose XML was refused.
StreamError stream_error_for(xml::Error error);

/// What to do after the server closed the stream with this error.
enum class Reaction {
  reconnect,         // with the usual pauses
  reconnect_slowly,  // policy-violation: the last large stanza may be the cause
  new_resource,      // conflict: another session; wait 60 s, take another resource
  quarantine_last,   // the server could not read us: the last stanza must not be sent again
  follow,            // see-other-host: once, and only if TLS stood when it came
  stop,              // configuration: a person must act
};
Reaction reaction(const StreamError& error, bool tls_stood);

}  // namespace omegate::xmpp
