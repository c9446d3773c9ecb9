// Bytes of an XMPP stream -> stanzas, within limits.
//
// What the stream means is not known here (core/xmpp). XMPP's subset of XML: no DTD, no entities of its own,
// no comments, no processing instructions, UTF-8 only.
// Source: RFC 6120 §4, §11.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xml/error.hpp"
#include "bridge/core/xml/limits.hpp"

namespace omegate::xml {

class Parser;

/// The peer opened its stream. `header` has name, namespace and attributes.
struct StreamOpened {
  Element header;
};

/// The peer closed its stream: nothing more will come.
struct StreamClosed {};

/// An `Element` is one complete stanza or nonza.
using StreamEvent = std::variant<StreamOpened, Element, StreamClosed>;

/// One stream. After STARTTLS and after SASL a new stream begins: make a new reader.
///
/// Neither the events nor the verdict depend on how the bytes were cut into pieces.
class StreamReader {
 public:
  explicit StreamReader(const Limits& limits = stream_limits);
  StreamReader(StreamReader&&) noexcept;
  StreamReader& operator=(StreamReader&&) noexcept;
  ~StreamReader();

  /// Reads on. Take the events with `next`, those before an error too. After an error every further call
  /// fails with it. Errors: all of `xml::Error`.
  Result<> feed(ByteView bytes);
  Result<> feed(std::string_view text) { return feed(as_bytes(text)); }

  /// The oldest event not yet taken.
  std::optional<StreamEvent> next();

  /// How many stanzas were over a limit of structure (depth, attributes, namespaces, names below its own).
  /// They came out without their content: such a stanza may be anybody's, so it must not end the stream.
  std::size_t cut() const;

  /// After authentication: `max_stanza`. Counts for the stanza that is being read, too.
  void set_max_stanza(std::size_t bytes);

 private:
  std::unique_ptr<Parser> parser_;
};

}  // namespace omegate::xml
