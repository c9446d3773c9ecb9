#include "tests/flow/world/upload_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/support/scripted_server.hpp"

namespace omegate::flow {

using asio::ip::tcp;
using xml::Element;
namespace ns = xmpp::ns;

namespace {

constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

Element result(const Element& iq, Element payload) {
  return xmpp::iq_result(iq, std::move(payload)).set("from", iq.attr("to").value_or(""));
}

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == head.npos ? 0 : std::stoul(head.substr(at + 16));
}

std::string response(const std::string& status, std::string body = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace

UploadServer::UploadServer(asio::any_io_executor executor)
    : executor_(executor),
      context_(asio::ssl::context::tls_server),
      acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  const auto certificate = test::ScriptedServer::certificate_for("DNS:" + upload_host);
  const std::string chain = certificate.pem(), key = certificate.key_pem();
  context_.use_certificate_chain(asio::buffer(chain));
  context_.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  asio::co_spawn(executor_, serve(), asio::detached);
}

void UploadServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> UploadServer::serve() {
  for (;;) {
    auto [failure, socket] = co_await acceptor_.async_accept(as_code);
    if (failure) co_return;
    asio::co_spawn(executor_, converse(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> UploadServer::converse(tcp::socket socket) {
  asio::ssl::stream<tcp::socket> tls(std::move(socket), context_);
  const auto [refused] = co_await tls.async_handshake(asio::ssl::stream_base::server, as_code);
  if (refused) co_return;
  std::string text;
  const auto [cut, size] = co_await asio::async_read_until(tls, asio::dynamic_buffer(text), "\r\n\r\n", as_code);
  if (cut) co_return;
  const std::string head = text.substr(0, size);
  heads.push_back(head);
  const ByteView begun = as_bytes(text).subspan(size);
  Bytes body(begun.begin(), begun.end());
  const std::size_t length = content_length(head);
  if (body.size() < length) {
    const std::size_t got = body.size();
    body.resize(length);
    const auto [broken, more] = co_await asio::async_read(tls, asio::buffer(body.data() + got, length - got), as_code);
    if (broken) co_return;
  }
  const std::string answer = respond(head, std::move(body));
  co_await asio::async_write(tls, asio::buffer(answer), as_code);
  co_await tls.async_shutdown(as_code);
}

std::string UploadServer::respond(const std::string& head, Bytes body) {
  const std::size_t path_at = head.find(' ') + 1;
  const std::string method = head.substr(0, path_at - 1), path = head.substr(path_at, head.find(' ', path_at) - path_at);
  if (method == "PUT") {
    if (refuses_puts > 0) return --refuses_puts, response("500 Internal Server Error");
    files[path] = std::move(body);
    return response("201 Created");
  }
  if (status) return response(*status);
  const auto found = files.find(path);
  if (found == files.end()) return response("404 Not Found");
  return response("200 OK", std::string(as_text(found->second)));
}

std::optional<Element> UploadServer::answer(const Element& iq) {
  const Element* what = xmpp::payload(iq);
  if (!what || !is_offered) return std::nullopt;
  if (what->is("query", ns::disco_items)) {
    Element items("query", ns::disco_items);
    items.add(Element("item", ns::disco_items).set("jid", "upload.example.org"));
    return result(iq, std::move(items));
  }
  if (iq.attr("to") != "upload.example.org") return std::nullopt;
  if (what->is("query", ns::disco_info)) {
    Element info("query", ns::disco_info);
    info.add(Element("identity", ns::disco_info).set("category", "store").set("type", "file"));
    info.add(Element("feature", ns::disco_info).set("var", ns::upload));
    Element& form = info.add(Element("x", ns::data_form).set("type", "result"));
    form.add(Element("field", ns::data_form).set("var", "FORM_TYPE").set("type", "hidden"))
        .add(xml::text_element("value", ns::data_form, ns::upload));
    form.add(Element("field", ns::data_form).set("var", "max-file-size"))
        .add(xml::text_element("value", ns::data_form, std::to_string(max_size)));
    return result(iq, std::move(info));
  }
  if (!what->is("request", ns::upload)) return std::nullopt;
  const std::string place = url("/" + std::to_string(++slots_) + "/" + std::string(what->attr("filename").value_or("")));
  Element slot("slot", ns::upload);
  Element& put = slot.add(Element("put", ns::upload).set("url", place));
  put.add(xml::text_element("header", ns::upload, "Basic c2xvdA==")).set("name", "Authorization");
  put.add(xml::text_element("header", ns::upload, "evil.example")).set("name", "Host");
  slot.add(Element("get", ns::upload).set("url", place));
  return result(iq, std::move(slot));
}

}  // namespace omegate::flow
