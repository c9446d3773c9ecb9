// Laws: how the bytes are cut changes neither events nor verdict; what was read is written so that it reads
// the same again.
// case 34, 47
#include "bridge/core/base/bytes.hpp"
#include "bridge/core/xml/document.hpp"
#include "bridge/core/xml/stream_reader.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

// What is written may be longer than what was read: prefixes are gone.
constexpr xml::Limits relaxed{.element_bytes = 64 * 1024 * 1024,
                              .depth = 100,
                              .attributes = 1000,
                              .namespaces = 1000,
                              .name_bytes = 4096};

struct Reading {
  std::vector<xml::Element> elements;  // headers and stanzas
  std::size_t closed = 0;
  error_code error;

  friend bool operator==(const Reading&, const Reading&) = default;
};

void take_events(xml::StreamReader& reader, Reading& reading) {
  while (auto event = reader.next()) {
    if (auto* element = std::get_if<xml::Element>(&*event)) {
      reading.elements.push_back(std::move(*element));
    } else if (auto* opened = std::get_if<xml::StreamOpened>(&*event)) {
      reading.elements.push_back(std::move(opened->header));
    } else {
      ++reading.closed;
    }
  }
}

Reading read(std::string_view start, ByteView bytes, std::size_t piece) {
  xml::StreamReader reader(xml::Limits{.element_bytes = 4096});
  Reading reading;
  if (const auto fed = reader.feed(start); !fed) reading.error = fed.error();
  while (!bytes.empty() && !reading.error) {
    const ByteView next = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(next.size());
    if (const auto fed = reader.feed(next); !fed) reading.error = fed.error();
  }
  take_events(reader, reading);
  return reading;
}

void check_fixpoint(const xml::Element& element) {
  const std::string written = element.to_string();
  const auto again = xml::parse_document(written, relaxed);
  require(again.has_value(), "what we write is well-formed");
  require(*again == element, "parse, write, parse gives the same element");
  require(again->to_string() == written, "writing is a fixpoint");
}

}  // namespace

/// The first byte says how to cut and whether a header stands in front.
void fuzz_xml(ByteView input) {
  if (input.empty()) return;
  const std::string_view start = input[0] & 0x80 ? header : std::string_view();
  const std::size_t piece = 1 + (input[0] & 0x7f);
  const ByteView bytes = input.subspan(1);
  const Reading whole = read(start, bytes, bytes.size());
  require(read(start, bytes, piece) == whole, "cutting changes nothing");
  require(read(start, bytes, 1) == whole, "cutting into bytes changes nothing");
  for (const xml::Element& element : whole.elements) check_fixpoint(element);
}

}  // namespace omegate::fuzz
