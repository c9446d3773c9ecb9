#include "bridge/core/xmpp/registration.hpp"

#include "bridge/core/xmpp/data_form.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::string_view registration_ns = "jabber:iq:register";
constexpr std::string_view elsewhere_ns = "jabber:x:oob";  // XEP-0066
constexpr std::string_view name_field = "username";
constexpr std::string_view password_field = "password";

constexpr std::size_t max_listed = 200;  // bytes of what a server wants besides, for people to read

/// Of a form, where what is not marked may stay empty.
bool is_needed(const xml::Element& field) {
  const auto type = field.attr("type").value_or("");
  return type != "hidden" && type != "fixed" && field.child("required", ns::data_form);
}

void want(std::string_view field, std::string& more) {
  if (field == name_field || field == password_field || more.size() + field.size() > max_listed) return;
  more.append(more.empty() ? "" : ", ").append(field);
}

std::string wanted_by(const xml::Element& form) {
  std::string more;
  for (const xml::Element& field : form.children("field", ns::data_form)) {
    if (is_needed(field)) want(field.attr("var").value_or(""), more);
  }
  return more;
}

bool has_name_field(const xml::Element& form) {
  for (const xml::Element& field : form.children("field", ns::data_form)) {
    if (field.attr("var") == name_field) return true;
  }
  return false;
}

/// All plain elements are needed, whatever they are called.
std::string wanted_plainly(const xml::Element& query) {
  std::string more;
  for (const xml::Element& field : query.children()) {
    if (field.space() == registration_ns && field.local() != "instructions") want(field.local(), more);
  }
  return more;
}

}  // namespace

xml::Element registration_request(std::string_view id, const Jid& server) {
  return iq_get(id, server, xml::Element("query", registration_ns));
}

RegistrationForm parse_registration(const xml::Element& iq) {
  const xml::Element* query = iq.child("query", registration_ns);
  if (!query) return {};
  RegistrationForm form;
  const xml::Element* fields = query->child("x", ns::data_form);
  form.is_data_form = fields != nullptr;
  form.takes_name = fields ? has_name_field(*fields) : query->child(name_field, registration_ns) != nullptr;
  form.more = fields ? wanted_by(*fields) : wanted_plainly(*query);
  if (const xml::Element* elsewhere = query->child("x", elsewhere_ns)) form.url = elsewhere->child_text("url", elsewhere_ns);
  return form;
}

xml::Element registration(std::string_view id, const Jid& server, const RegistrationForm& form, std::string_view name,
                          std::string_view password) {
  xml::Element query("query", registration_ns);
  if (form.is_data_form) {
    query.add(submit_form({std::string(registration_ns),
                           {{std::string(name_field), {std::string(name)}}, {std::string(password_field), {std::string(password)}}}}));
  } else {
    query.add(xml::text_element(name_field, registration_ns, name));
    query.add(xml::text_element(password_field, registration_ns, password));
  }
  return iq_set(id, server, std::move(query));
}

}  // namespace omegate::xmpp
