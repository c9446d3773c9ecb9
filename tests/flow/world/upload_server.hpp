// A server that takes files by HTTPS and hands them out, beside the XMPP server that names places on it.
//
// It keeps what it is given and every byte that was said to it, and misbehaves on demand. Source: XEP-0363.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/xml/element.hpp"

namespace omegate::flow {

namespace asio = boost::asio;

inline const std::string upload_host = "files.example.org";

class UploadServer {
 public:
  explicit UploadServer(asio::any_io_executor executor);
  ~UploadServer() { stop(); }
  void stop();

  std::map<std::string, Bytes> files;  // by path: "/1/x.bin"
  std::vector<std::string> heads;      // of all requests, up to the empty line
  unsigned refuses_puts = 0;           // so many are answered with 500
  std::uint64_t max_size = 1'000'000;
  bool is_offered = true;
  std::optional<std::string> status{};  // of every GET: "302 Found\r\nLocation: …"

  std::string url(const std::string& path) const {
    return "https://" + upload_host + ":" + std::to_string(port_) + path;
  }
  std::uint16_t port() const { return port_; }

  /// For `XmppWorld::interfere`: items, disco and slots of a service of the bot's server.
  std::optional<xml::Element> answer(const xml::Element& iq);

 private:
  asio::awaitable<void> serve();
  asio::awaitable<void> converse(asio::ip::tcp::socket socket);
  std::string respond(const std::string& head, Bytes body);

  asio::any_io_executor executor_;
  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  int slots_ = 0;
};

}  // namespace omegate::flow
