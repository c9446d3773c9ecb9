#include "bridge/gateway/files/upload_service.hpp"

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"

namespace omegate::gateway {

asio::awaitable<std::optional<xmpp::UploadService>> find_upload_service(Stream& stream, xmpp::Jid own) {
  const auto server = xmpp::Jid::parse(own.domain()).value();
  xml::Element items_get = xmpp::iq_get({}, server, xmpp::items_request());
  const auto items = xmpp::parse_items(co_await ask(stream, std::move(items_get)));
  std::vector<xmpp::Jid> parts{server};
  if (items) parts.insert(parts.end(), items->begin(), items->end());
  for (const xmpp::Jid& part : parts) {
    xml::Element info_get = xmpp::iq_get({}, part, xmpp::disco_request());
    const auto info = xmpp::parse_disco(co_await ask(stream, std::move(info_get)));
    if (!info) continue;
    if (auto service = xmpp::upload_service(part, *info)) co_return service;
  }
  co_return std::nullopt;
}

}  // namespace omegate::gateway
