#include "bridge/gateway/stream/stream_resumption.hpp"

#include <charconv>

#include "bridge/core/xmpp/stream_error.hpp"

namespace omegate::gateway {

std::vector<xmpp::StanzaTag> Resumption::forget(std::optional<std::uint32_t> h) {
  xmpp::StreamManagement::Abandoned abandoned = management.abandon(h);
  for (const auto& rest : abandoned.rest) {
    if (rest.tag) uncertain.push_back(*rest.tag);
  }
  bound.reset();
  recorded.reset();
  return std::move(abandoned.acknowledged);
}

StreamFailure end_by_server(const xml::Element& error, bool tls_stands, bool direct_tls,
                            Resumption& resumption) {
  StreamFailure failure = stream_error(error, tls_stands);
  if (failure.kind() == FailureKind::conflict) {
    resumption.resource.clear();
    resumption.agent.clear();
    resumption.forget();
  } else if (failure.kind() == FailureKind::redirected) {
    resumption.redirect = parse_other_host(xmpp::parse_stream_error(error).other_host, direct_tls);
    if (!resumption.redirect) return {FailureKind::server, failure.what()};
  }
  return failure;
}

PeerFault counted_wrongly(std::uint32_t h, Resumption& resumption) {
  const auto sent = resumption.management.sent_count();
  resumption.forget();
  return {"The server acknowledged stanzas that were never sent (" + std::to_string(h) + ").",
          xmpp::sm_handled_too_much(h, sent)};
}

std::optional<net::Target> parse_other_host(std::string_view text, bool direct_tls) {
  net::Target target{"", static_cast<std::uint16_t>(direct_tls ? 5223 : 5222), direct_tls};
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    target.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    const bool bare_address = colon != text.npos && text.find(':', colon + 1) != text.npos;
    target.host = bare_address ? text : text.substr(0, colon);
    if (!bare_address && colon != text.npos) port = text.substr(colon);
  }
  if (target.host.empty()) return std::nullopt;
  if (port.empty()) return target;
  const auto [end, failure] = std::from_chars(port.data() + 1, port.data() + port.size(), target.port);
  const bool good =
      port[0] == ':' && failure == std::errc() && end == port.data() + port.size() && target.port != 0;
  return good ? std::optional(std::move(target)) : std::nullopt;
}

}  // namespace omegate::gateway
