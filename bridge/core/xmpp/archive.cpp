#include "bridge/core/xmpp/archive.hpp"

#include "bridge/core/xmpp/data_form.hpp"
#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {

xml::Element archive_query(std::string_view query_id, const ArchiveStart& start, std::size_t max) {
  DataForm form{std::string(ns::archive), {}};
  if (const auto* since = std::get_if<SinceTime>(&start))
    form.fields.push_back({"start", {format_time(since->time)}});
  xml::Element set("set", ns::result_set);
  set.add(xml::text_element("max", ns::result_set, std::to_string(max)));
  if (const auto* after = std::get_if<AfterId>(&start))
    set.add(xml::text_element("after", ns::result_set, after->id));
  if (std::holds_alternative<LastPage>(start)) set.add(xml::Element("before", ns::result_set));
  xml::Element query("query", ns::archive);
  query.set("queryid", std::string(query_id));
  return std::move(query).with(submit_form(form)).with(std::move(set));
}

Result<ArchiveFin> parse_archive_fin(const xml::Element& iq) {
  const xml::Element* fin = payload(iq);
  if (!fin || !fin->is("fin", ns::archive)) return Error::malformed;
  const auto says = [&](std::string_view name, bool otherwise) {
    const auto text = fin->attr(name);
    return text ? same_value(*text, "true") : otherwise;
  };
  ArchiveFin page{says("complete", false), says("stable", true), {}};
  const xml::Element* set = fin->child("set", ns::result_set);
  std::string last = set ? set->child_text("last", ns::result_set) : std::string();
  if (last.size() > max_id) return Error::malformed;
  if (!last.empty()) page.last = std::move(last);
  return page;
}

}  // namespace omegate::xmpp
