// The only place where an XML parser is made and restricted.
//
// Source: RFC 6120 §11.1 (what XMPP's XML may not have). Not here: what whole elements are for
// (stream_reader.cpp, document.cpp).
#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xml/error.hpp"
#include "bridge/core/xml/limits.hpp"
#include "bridge/core/xml/stream_reader.hpp"

struct XML_ParserStruct;

namespace omegate::xml {

/// Expat, its limits, and the elements under construction. Stays where it is: expat holds its address.
class Parser {
 public:
  /// A stream's elements come out one below the root, a document's root comes out as a whole.
  enum class Input { stream, document };

  Parser(Input input, const Limits& limits);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser();

  Result<> feed(std::string_view bytes);
  /// No more will come: what is open now is malformed.
  Result<> finish();

  std::optional<StreamEvent> next();
  void set_max_stanza(std::size_t bytes) { limits_.element_bytes = bytes; }
  std::size_t cut() const { return cut_; }

 private:
  struct Handlers;  // what expat calls
  struct QName {
    std::string_view space, local;
  };
  static QName split(const char* name);

  Result<> feed_valid(std::string_view bytes);
  Result<> feed_slice(std::string_view bytes);
  Result<> parse_held();
  void start_element(const char* name, const char** attributes);
  Result<Element> make_element(const char* name, const char** attributes) const;
  static Element envelope(const char* name, const char** attributes);
  void end_element();
  void characters(std::string_view text);
  void emit(StreamEvent event);
  void refuse(error_code why);
  void exceed(error_code why);
  std::size_t position_behind_token() const;

  /// A handler's body: what it throws must not cross expat's frames.
  template <class Body>
  void guarded(Body body);

  std::unique_ptr<XML_ParserStruct, void (*)(XML_ParserStruct*)> expat_;
  Input input_;
  Limits limits_;
  std::string cut_off_;         // the first bytes of a character whose rest has not come
  std::string held_;            // whole characters that expat gets later
  std::size_t fed_ = 0;         // bytes given to expat
  std::size_t waiting_ = 0;     // of those, at most so many belong to a token that has not ended
  std::size_t scanned_ = 0;     // what expat spent on that token
  bool progressed_ = false;     // a token ended since `parse_held` began
  std::size_t unit_start_ = 0;  // where the top-level element (or the white space before it) began
  std::size_t namespaces_ = 0;  // declared by the element about to start
  std::size_t depth_ = 0;
  std::size_t cut_ = 0;   // stanzas that lost their content
  bool cutting_ = false;  // the one being read is among them
  std::string root_local_, root_space_;
  std::vector<Element> open_;  // without a stream's root
  std::deque<StreamEvent> events_;
  error_code failed_;
  std::exception_ptr thrown_;
};

}  // namespace omegate::xml
