// What a peer can do wrong in XML.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace omegate::xml {

enum class Error {
  malformed = 1,        // not well-formed, an unbound prefix, text between stanzas, a second stream header
  invalid_characters,   // not UTF-8, a byte order mark, characters XML forbids, another encoding
  forbidden_construct,  // DTD, entity, comment or processing instruction
  stanza_too_large,     // `Limits::element_bytes`
  too_deep,             // `Limits::depth`
  too_many_attributes,  // `Limits::attributes`
  too_many_namespaces,  // `Limits::namespaces`
  name_too_long,        // `Limits::name_bytes`
};

boost::system::error_code make_error_code(Error error);

}  // namespace omegate::xml

template <>
struct boost::system::is_error_code_enum<omegate::xml::Error> : std::true_type {};
