// An IMAP server on loopback with one folder, which does what else a test says.
//
// It keeps every line that was said to it. Source: RFC 9051, RFC 2177.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace omegate::flow {

namespace asio = boost::asio;

inline const std::string imap_host = "imap.example.org";

class ImapServer {
 public:
  struct Mail {
    std::uint32_t uid;
    std::string text, date = "17-Jul-2024 02:44:25 +0000";
    bool seen = false;
  };

  explicit ImapServer(asio::any_io_executor executor);
  ~ImapServer() { stop(); }
  void stop();
  std::uint16_t port() const { return port_; }

  /// A mail arrives; who waits is told.
  void deliver(const std::string& text);
  /// The same mails under other numbers, as after a restored backup.
  void renumber();
  /// All connections end.
  void drop();

  std::vector<Mail> folder;
  std::vector<std::string> moved;  // texts
  std::uint32_t validity = 7, next_uid = 1;
  std::string capabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN IDLE MOVE";
  std::string heard;
  int connections = 0, idling = 0;

  /// What is answered instead of the usual, with "{tag}" for the tag; empty: as usual; "cut": the connection ends.
  std::function<std::string(const std::string& line)> interfere;

 private:
  struct Talk;
  asio::awaitable<void> serve();
  asio::awaitable<void> converse(std::shared_ptr<Talk> talk);
  asio::awaitable<bool> command(std::shared_ptr<Talk> talk, std::string line);
  std::string fetch(const std::string& arguments);
  std::string list_line(std::size_t place) const;

  asio::any_io_executor executor_;
  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::set<std::shared_ptr<Talk>> open_;
  std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);  // conversations outlive us by a moment
};

}  // namespace omegate::flow
