#include "bridge/core/plugin/hook_delivery.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bridge/core/plugin/json.hpp"

namespace omegate::plugin {

namespace json = boost::json;

std::string payload(const HookDelivery& delivery) {
  const HookRequest& request = delivery.request;
  json::object headers;
  for (const auto& [name, value] : delivery.headers) headers[json_text(name)] = json_text(value);
  return json::serialize(json::object{
      {"path", json_text(request.path)},
      {"method", json_text(request.method)},
      {"content_type", json_text(request.content_type)},
      {"query", json_text(request.query)},
      {"body", json_text(request.body)},
      {"request_id", json_text(request.request_id)},
      {"headers", std::move(headers)},
      {"endpoint", json_text(delivery.endpoint)},
      {"time_ms", to_ms(request.time)},
  });
}

}  // namespace omegate::plugin
