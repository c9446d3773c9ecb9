#include "bridge/core/xmpp/pubsub.hpp"

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::string_view access_model = "pubsub#access_model";
constexpr std::string_view max_items = "pubsub#max_items";
constexpr std::string_view persist_items = "pubsub#persist_items";
constexpr std::string_view send_last = "pubsub#send_last_published_item";

/// `<pubsub><local node='…'/></pubsub>`
xml::Element about_node(std::string_view local, std::string_view node, std::string_view space = ns::pubsub) {
  return xml::Element("pubsub", space).with(xml::Element(local, space).set("node", node));
}

xml::Element item_element(std::string_view id) { return xml::Element("item", ns::pubsub).set("id", id); }

std::vector<PubsubItem> read_items(const xml::Element& items, std::string_view space) {
  std::vector<PubsubItem> read;
  for (const xml::Element& item : items.children("item", space)) {
    if (read.size() == max_pubsub_items) break;
    PubsubItem& next = read.emplace_back(PubsubItem{std::string(item.attr("id").value_or("")), std::nullopt});
    if (!item.children().empty()) next.payload = item.children().front();
  }
  return read;
}

/// A `<set/>` that names more items than the answer holds.
bool is_cut(const xml::Element& pubsub, std::size_t received) {
  const xml::Element* set = pubsub.child("set", ns::result_set);
  if (!set) return false;
  const std::string count = set->child_text("count", ns::result_set);
  return count.empty() || count != std::to_string(received);
}

Result<PubsubEvent> read_items_event(PubsubEvent event, const xml::Element& items) {
  event.items = read_items(items, ns::pubsub_event);
  for (const xml::Element& gone : items.children("retract", ns::pubsub_event)) {
    if (event.retracted.size() == max_pubsub_items) break;
    event.retracted.emplace_back(gone.attr("id").value_or(""));
  }
  return event;
}

Result<PubsubEvent> read_event(Jid owner, const xml::Element& event) {
  for (const xml::Element& what : event.children()) {
    if (what.space() != ns::pubsub_event) continue;
    const auto node = what.attr("node");
    if (!node) continue;
    PubsubEvent read{std::move(owner), std::string(*node), PubsubEvent::Kind::items, {}, {}};
    if (what.local() == "items") return read_items_event(std::move(read), what);
    if (what.local() == "purge" || what.local() == "delete") {
      read.kind = PubsubEvent::Kind::emptied;
      return read;
    }
    read.kind = PubsubEvent::Kind::configured;
    return read;
  }
  return Error::malformed;
}

}  // namespace

NodeOptions open_node(std::string_view max) { return {"open", std::string(max), {}, true}; }

DataForm to_form(const NodeOptions& options, std::string_view form_type) {
  DataForm form{std::string(form_type), {}};
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) form.fields.push_back({std::string(name), {value}});
  };
  add(persist_items, options.persist ? "true" : "false");
  add(access_model, options.access_model);
  add(max_items, options.max_items);
  add(send_last, options.send_last_item);
  return form;
}

bool satisfies(const DataForm& config, const NodeOptions& wanted) {
  for (const FormField& field : to_form(wanted, {}).fields) {
    if (!same_value(config.value(field.name), field.values.front())) return false;
  }
  return true;
}

xml::Element publish(std::string_view node, const PubsubItem& item,
                     const std::optional<NodeOptions>& options) {
  xml::Element element = item_element(item.id);
  if (item.payload) element.add(*item.payload);
  xml::Element pubsub("pubsub", ns::pubsub);
  pubsub.add(xml::Element("publish", ns::pubsub).set("node", node)).add(std::move(element));
  if (options) {
    pubsub.add(xml::Element("publish-options", ns::pubsub))
        .add(submit_form(to_form(*options, ns::publish_options)));
  }
  return pubsub;
}

xml::Element items_request(std::string_view node, std::uint32_t max) {
  xml::Element items = xml::Element("items", ns::pubsub).set("node", node);
  if (max > 0) items.set("max_items", std::to_string(max));
  return xml::Element("pubsub", ns::pubsub).with(std::move(items));
}

xml::Element item_request(std::string_view node, std::string_view item) {
  xml::Element items = xml::Element("items", ns::pubsub).set("node", node).with(item_element(item));
  return xml::Element("pubsub", ns::pubsub).with(std::move(items));
}

xml::Element retract(std::string_view node, std::string_view item) {
  xml::Element gone = xml::Element("retract", ns::pubsub).set("node", node).set("notify", "true");
  return xml::Element("pubsub", ns::pubsub).with(std::move(gone).with(item_element(item)));
}

xml::Element delete_node(std::string_view node) { return about_node("delete", node, ns::pubsub_owner); }

xml::Element subscribe_request(std::string_view node, const Jid& own) {
  xml::Element subscribe = xml::Element("subscribe", ns::pubsub).set("node", node);
  return xml::Element("pubsub", ns::pubsub).with(std::move(subscribe).set("jid", own.bare().to_string()));
}

xml::Element config_request(std::string_view node) { return about_node("configure", node, ns::pubsub_owner); }

xml::Element configure(std::string_view node, const NodeOptions& options) {
  xml::Element change = xml::Element("configure", ns::pubsub_owner).set("node", node);
  change.add(submit_form(to_form(options, ns::node_config)));
  return xml::Element("pubsub", ns::pubsub_owner).with(std::move(change));
}

Result<PubsubItems> parse_items(const xml::Element& iq, std::string_view node) {
  const xml::Element* pubsub = iq.child("pubsub", ns::pubsub);
  const xml::Element* items = pubsub ? pubsub->child("items", ns::pubsub) : nullptr;
  if (!items || items->attr("node") != node) return Error::malformed;
  PubsubItems read{read_items(*items, ns::pubsub), true};
  read.complete = !is_cut(*pubsub, read.items.size());
  return read;
}

Result<DataForm> parse_config(const xml::Element& iq) {
  const xml::Element* pubsub = iq.child("pubsub", ns::pubsub_owner);
  const xml::Element* config = pubsub ? pubsub->child("configure", ns::pubsub_owner) : nullptr;
  if (!config || !config->child("x", ns::data_form)) return Error::malformed;
  return parse_form(*config);
}

bool is_precondition_not_met(const StanzaError& error) { return error.pubsub == "precondition-not-met"; }

Result<PubsubEvent> parse_event(const xml::Element& message, const Jid& own) {
  const xml::Element* event = message.child("event", ns::pubsub_event);
  const std::string_view type = message.attr("type").value_or("normal");
  if (!event || (type != "headline" && type != "normal")) return Error::malformed;
  const auto from = message.attr("from");
  const auto owner = from ? Jid::parse(*from) : Result<Jid>(own.bare());
  if (!owner) return owner.error();
  if (!owner->is_bare()) return Error::wrong_sender;
  return read_event(*owner, *event);
}

const PubsubItem* find_item(const std::vector<PubsubItem>& items, std::string_view wanted) {
  for (const PubsubItem& item : items) {
    if (item.id == wanted) return &item;
  }
  return nullptr;
}

const PubsubItem* pick_item(const std::vector<PubsubItem>& items, std::string_view wanted) {
  if (const PubsubItem* found = find_item(items, wanted)) return found;
  return items.empty() ? nullptr : &items.back();
}

}  // namespace omegate::xmpp
