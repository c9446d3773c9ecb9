#include "bridge/core/xmpp/data_form.hpp"

#include <optional>

#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::string_view form_type_name = "FORM_TYPE";

xml::Element field_element(const FormField& field) {
  xml::Element element("field", ns::data_form);
  element.set("var", field.name);
  for (const std::string& value : field.values) element.add(xml::text_element("value", ns::data_form, value));
  return element;
}

std::optional<bool> boolean(std::string_view text) {
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return std::nullopt;
}

}  // namespace

std::string_view DataForm::value(std::string_view name) const {
  for (const FormField& field : fields) {
    if (field.name == name && !field.values.empty()) return field.values.front();
  }
  return {};
}

bool DataForm::has(std::string_view name) const {
  for (const FormField& field : fields) {
    if (field.name == name) return true;
  }
  return false;
}

xml::Element submit_form(const DataForm& form) {
  xml::Element element("x", ns::data_form);
  element.set("type", "submit");
  element.add(field_element({std::string(form_type_name), {form.form_type}}).set("type", "hidden"));
  for (const FormField& field : form.fields) element.add(field_element(field));
  return element;
}

DataForm read_form(const xml::Element& element) {
  DataForm form;
  for (const xml::Element& child : element.children("field", ns::data_form)) {
    FormField field{std::string(child.attr("var").value_or("")), {}};
    for (const xml::Element& value : child.children("value", ns::data_form))
      field.values.push_back(value.text());
    if (field.name == form_type_name && !field.values.empty()) {
      form.form_type = field.values.front();
    } else if (!field.name.empty()) {
      form.fields.push_back(std::move(field));
    }
  }
  return form;
}

DataForm parse_form(const xml::Element& parent) {
  const xml::Element* element = parent.child("x", ns::data_form);
  return element ? read_form(*element) : DataForm();
}

bool same_value(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = boolean(a), y = boolean(b);
  return x && x == y;
}

}  // namespace omegate::xmpp
