#include "bridge/core/xml/document.hpp"

#include "bridge/core/xml/parser.hpp"

namespace omegate::xml {

Result<Element> parse_document(std::string_view text, const Limits& limits) {
  Parser parser(Parser::Input::document, limits);
  if (const auto fed = parser.feed(text); !fed) return fed.error();
  if (const auto finished = parser.finish(); !finished) return finished.error();
  auto root = parser.next();
  if (!root) return Error::malformed;
  return std::get<Element>(*std::move(root));
}

}  // namespace omegate::xml
