#include <algorithm>

#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

using Tls = SubmissionSettings::Tls;

constexpr std::pair<std::string_view, Tls> kinds[] = {{"implicit", Tls::implicit}, {"starttls", Tls::starttls}};

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
  });
}

}  // namespace

MailServer load_mail_server(YamlSection& section, const std::string& what_it_does, MailPorts usual) {
  MailServer server;
  server.host = section.text("host", "the name of a mail server").value_or("");
  if (!section.take("host")) {
    section.missing("host", "the server that " + what_it_does + ", as in host: mail.example.org");
  } else if (!is_host_name(server.host)) {
    section.wrong(*section.take("host"), "the name of a host, as in mail.example.org");
  }
  server.tls = section.choice<Tls>("tls", kinds).value_or(Tls::implicit);
  const std::uint64_t port = server.tls == Tls::implicit ? usual.implicit : usual.starttls;
  server.port = static_cast<std::uint16_t>(section.number("port", 1, 65535, "a port").value_or(port));
  return server;
}

}  // namespace omegate::config
