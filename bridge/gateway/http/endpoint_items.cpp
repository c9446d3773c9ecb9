#include "bridge/gateway/http/endpoint_items.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::optional<json::object> read_item(std::string_view text) {
  if (text.size() > plugin::max_endpoint_item) return std::nullopt;
  json::parse_options options;
  options.max_depth = plugin::max_json_depth - 2;  // it travels inside of others
  boost::system::error_code failure;
  json::value value = json::parse(text, failure, {}, options);
  if (failure || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// Empty: there is no such text, or it is too long for a name.
std::string name_in(const json::object& item, const std::string& member) {
  const json::value* const value = member.empty() ? nullptr : item.if_contains(member);
  const json::string* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr || text->size() > plugin::max_endpoint_name ? std::string() : std::string(*text);
}

/// All but the body: that is as large as all items together.
plugin::HookRequest head_of(const plugin::HookRequest& request) {
  plugin::HookRequest head;
  head.path = request.path;
  head.method = request.method;
  head.content_type = request.content_type;
  head.query = request.query;
  head.request_id = request.request_id;
  head.time = request.time;
  head.headers = request.headers;
  head.endpoint = request.endpoint;
  head.params = request.params;
  return head;
}

EndpointItem item_of(const plugin::HookRequest& head, std::string_view text) {
  EndpointItem item{{}, {}, head};
  item.event.body = std::string(text);
  return item;
}

/// What is of now, from the first of the lists that is there. Beside the others of its order: it would wait behind them.
void add_passing(EndpointItems& found, const plugin::Hook& hook, const plugin::HookRequest& head, std::string_view body) {
  const plugin::Endpoint& endpoint = hook.endpoint.value();
  for (const std::string& member : endpoint.passing) {
    const auto texts = plugin::items_of(body, member);
    if (!texts) continue;
    for (const std::string_view text : *texts) {
      if (found.items.size() == plugin::max_endpoint_items) return;
      const auto read = read_item(text);
      const std::string order = read ? name_in(*read, endpoint.order) : std::string();
      if (!read || (order.empty() && !endpoint.order.empty())) continue;
      EndpointItem item = item_of(head, text);
      item.conversation = hook.path + " passing " + order;
      item.passing = true;
      found.items.push_back(std::move(item));
    }
    return;
  }
}

}  // namespace

EndpointItems endpoint_items(const plugin::Hook& hook, const plugin::HookRequest& request) {
  const plugin::Endpoint& endpoint = hook.endpoint.value();
  EndpointItems found;
  if (endpoint.each.empty()) {
    found.items.push_back({{}, {}, request});
    return found;
  }
  const auto texts = plugin::items_of(request.body, endpoint.each);
  if (!texts || texts->size() > plugin::max_endpoint_items) {
    found.problem = "expected a JSON object with a list \"" + endpoint.each + "\" of " + std::to_string(plugin::max_endpoint_items) +
                    " items at most";
    return found;
  }
  const plugin::HookRequest head = head_of(request);
  for (const std::string_view text : *texts) {
    const auto read = read_item(text);
    const std::string id = read ? name_in(*read, endpoint.id) : std::string();
    if (!read || (!endpoint.id.empty() && id.empty())) {
      ++found.skipped;
      continue;
    }
    EndpointItem item = item_of(head, text);
    item.id = id;
    const std::string order = name_in(*read, endpoint.order);
    if (!order.empty()) item.conversation = hook.path + " " + order;
    found.items.push_back(std::move(item));
  }
  add_passing(found, hook, head, request.body);
  return found;
}

}  // namespace omegate::gateway
