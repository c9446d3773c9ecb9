// Data forms, as far as nodes are configured with them.
//
// Source: XEP-0004 2.13.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/xml/element.hpp"

namespace omegate::xmpp {

struct FormField {
  std::string name;
  std::vector<std::string> values;

  friend bool operator==(const FormField&, const FormField&) = default;
};

struct DataForm {
  std::string form_type;          // the hidden FORM_TYPE
  std::vector<FormField> fields;  // without it

  /// The first value; empty if the field is not there.
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const;
};

/// `<x type='submit'/>`
xml::Element submit_form(const DataForm& form);

/// `element` is `<x xmlns='jabber:x:data'/>`.
DataForm read_form(const xml::Element& element);

/// The first data form among the children of `parent`; fields without a name are skipped.
DataForm parse_form(const xml::Element& parent);

/// Values of a form mean the same: booleans may be written in two ways.
bool same_value(std::string_view a, std::string_view b);

}  // namespace omegate::xmpp
