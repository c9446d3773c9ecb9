#include "bridge/core/xmpp/stream.hpp"

#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {

std::string stream_header(const Jid& server, const std::optional<Jid>& from) {
  std::string header = "<?xml version='1.0'?><stream:stream to='" + xml::escape(server.domain()) + "'";
  if (from) header += " from='" + xml::escape(from->bare().to_string()) + "'";
  header += " version='1.0' xml:lang='en' xmlns='jabber:client'";
  header += " xmlns:stream='http://etherx.jabber.org/streams'>";
  return header;
}

xml::Element starttls_request() { return xml::Element("starttls", ns::tls); }

Result<> check_stream_header(const xml::Element& header) {
  if (!header.is("stream", ns::streams)) return Error::bad_stream_header;
  const std::string_view version = header.attr("version").value_or("");
  const auto major = parse_number<std::uint32_t>(version.substr(0, version.find('.')));
  if (!major || *major < 1) return Error::bad_stream_header;
  return {};
}

}  // namespace omegate::xmpp
