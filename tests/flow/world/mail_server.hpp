// A submission server on loopback that takes mails, and does what else a test says.
//
// It keeps every byte that was said to it. Source: RFC 5321, RFC 3207, RFC 4954.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <optional>
#include <memory>
#include <string>
#include <vector>

namespace omegate::flow {

namespace asio = boost::asio;

inline const std::string mail_host = "mail.example.org";

class MailServer {
 public:
  struct Taken {
    std::string from;             // the whole MAIL command's argument
    std::vector<std::string> to;  // addresses
    std::string content;          // without the dots
  };

  MailServer(asio::any_io_executor executor, bool implicit_tls);
  ~MailServer() { stop(); }
  void stop();
  std::uint16_t port() const { return port_; }

  std::vector<Taken> taken;
  std::string heard_in_the_clear, heard;  // all that was said, before and under TLS
  int connections = 0;
  std::string password = "correct horse";

  /// What is answered instead, once or always: asked for each command ("EHLO", "RCPT", ".") with its line; empty: as
  /// usual; "cut": the connection ends without an answer.
  std::function<std::string(const std::string& verb, const std::string& line)> interfere;
  bool offers_starttls = true;
  std::string refuses_content;  // said when a mail begins; then the connection ends. Empty: mails are taken

 private:
  struct Talk;
  asio::awaitable<void> serve();
  asio::awaitable<void> converse(asio::ip::tcp::socket socket);
  asio::awaitable<bool> command(Talk& talk, std::string line);
  asio::awaitable<bool> content(Talk& talk);

  asio::any_io_executor executor_;
  bool implicit_tls_;
  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);  // conversations outlive us by a moment
};

}  // namespace omegate::flow
