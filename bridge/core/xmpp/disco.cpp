#include "bridge/core/xmpp/disco.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/omemo/version.hpp"
#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"

namespace omegate::xmpp {
namespace {

/// Sorts as bytes (i;octet). False: something stands twice.
template <class T>
bool sort_distinct(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

/// Joins with `<` behind each part. False: a part has `<` inside, so that another answer could have the same
/// string.
class VerificationString {
 public:
  void add(std::string_view part) {
    good_ = good_ && part.find('<') == std::string_view::npos;
    text_ += part;
    text_ += '<';
  }
  bool good() const { return good_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool good_ = true;
};

bool add_form(VerificationString& string, DataForm form) {
  if (form.form_type.empty()) return false;
  string.add(form.form_type);
  std::sort(form.fields.begin(), form.fields.end(),
            [](const FormField& a, const FormField& b) { return a.name < b.name; });
  for (FormField& field : form.fields) {
    string.add(field.name);
    std::sort(field.values.begin(), field.values.end());
    for (const std::string& value : field.values) string.add(value);
  }
  return true;
}

bool add_forms(VerificationString& string, std::vector<DataForm> forms) {
  const auto by_type = [](const DataForm& a, const DataForm& b) { return a.form_type < b.form_type; };
  const auto same_type = [](const DataForm& a, const DataForm& b) { return a.form_type == b.form_type; };
  std::sort(forms.begin(), forms.end(), by_type);
  if (std::adjacent_find(forms.begin(), forms.end(), same_type) != forms.end()) return false;
  return std::all_of(forms.begin(), forms.end(),
                     [&](DataForm& form) { return add_form(string, std::move(form)); });
}

Identity parse_identity(const xml::Element& element) {
  return {std::string(element.attr("category").value_or("")), std::string(element.attr("type").value_or("")),
          std::string(element.attr("lang", xml::xml_namespace).value_or("")),
          std::string(element.attr("name").value_or(""))};
}

xml::Element identity_element(const Identity& identity) {
  xml::Element element("identity", ns::disco_info);
  element.set("category", identity.category).set("type", identity.type);
  if (!identity.lang.empty()) element.set_lang(identity.lang);
  if (!identity.name.empty()) element.set("name", identity.name);
  return element;
}

std::string own_ver(const DiscoInfo& info) { return caps_ver(info).value(); }

}  // namespace

bool DiscoInfo::has(std::string_view feature) const {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

DiscoInfo bot_info(std::string_view name) {
  DiscoInfo info;
  info.identities.push_back({"client", "bot", {}, std::string(name)});
  for (const std::string_view feature :
       {ns::caps, ns::disco_info, ns::encryption, ns::hints, ns::ping, ns::receipts, ns::stanza_ids, ns::file_sharing,
        ns::encrypted_files}) {
    info.features.emplace_back(feature);
  }
  for (const omemo::Version version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    info.features.push_back(device_list_node(version) + "+notify");
  }
  info.features.push_back(std::string(avatar_metadata_node) + "+notify");
  return info;
}

xml::Element disco_request(std::string_view node) {
  xml::Element query("query", ns::disco_info);
  if (!node.empty()) query.set("node", node);
  return query;
}

xml::Element disco_answer(const DiscoInfo& info, std::string_view node) {
  xml::Element query = disco_request(node);
  for (const Identity& identity : info.identities) query.add(identity_element(identity));
  for (const std::string& feature : info.features)
    query.add(xml::Element("feature", ns::disco_info).set("var", feature));
  for (const DataForm& form : info.forms) query.add(submit_form(form)).set("type", "result");
  return query;
}

Result<DiscoInfo> parse_disco(const xml::Element& iq) {
  const xml::Element* query = iq.child("query", ns::disco_info);
  if (!query) return Error::malformed;
  DiscoInfo info;
  for (const xml::Element& identity : query->children("identity", ns::disco_info)) {
    info.identities.push_back(parse_identity(identity));
  }
  for (const xml::Element& feature : query->children("feature", ns::disco_info)) {
    if (const auto name = feature.attr("var")) info.features.emplace_back(*name);
  }
  for (const xml::Element& form : query->children("x", ns::data_form)) info.forms.push_back(read_form(form));
  return info;
}

Result<std::string> caps_ver(const DiscoInfo& info) {
  DiscoInfo sorted = info;
  if (!sort_distinct(sorted.identities) || !sort_distinct(sorted.features)) return Error::bad_caps;
  VerificationString string;
  for (const Identity& i : sorted.identities)
    string.add(i.category + '/' + i.type + '/' + i.lang + '/' + i.name);
  for (const std::string& feature : sorted.features) string.add(feature);
  if (!add_forms(string, std::move(sorted.forms)) || !string.good()) return Error::bad_caps;
  return crypto::to_base64(crypto::digest(crypto::Hash::sha1, as_bytes(string.text())));
}

xml::Element caps_element(const DiscoInfo& info, std::string_view node) {
  return xml::Element("c", ns::caps).set("hash", "sha-1").set("node", node).set("ver", own_ver(info));
}

DiscoQuestion disco_question(const xml::Element& query, const DiscoInfo& info, std::string_view caps_node) {
  const auto node = query.attr("node");
  if (!node || *node == std::string(caps_node) + '#' + own_ver(info)) return DiscoQuestion::own;
  return DiscoQuestion::unknown_node;
}

}  // namespace omegate::xmpp
