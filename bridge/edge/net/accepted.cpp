#include "bridge/edge/net/accepted.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "bridge/edge/net/local_socket.hpp"

namespace omegate::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;
using Generic = asio::generic::stream_protocol;

}  // namespace

struct Accepted::Layers {
  explicit Layers(Socket socket) : plain(std::move(socket)) {}

  Socket plain;
  std::optional<asio::ssl::stream<Socket&>> tls;
};

Accepted::Accepted(Socket socket) : layers_(std::make_unique<Layers>(std::move(socket))) {}
Accepted::Accepted(Accepted&&) noexcept = default;
Accepted::~Accepted() = default;

asio::awaitable<void> Accepted::start_tls(TlsIdentity& identity) {
  auto& tls = layers_->tls.emplace(layers_->plain, identity.context());
  co_await tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
}

asio::awaitable<std::size_t> Accepted::read_some(std::span<char> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  if (layers_->tls) co_return co_await layers_->tls->async_read_some(buffer, asio::use_awaitable);
  co_return co_await layers_->plain.async_read_some(buffer, asio::use_awaitable);
}

asio::awaitable<void> Accepted::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (layers_->tls) {
    co_await asio::async_write(*layers_->tls, buffer, asio::use_awaitable);
  } else {
    co_await asio::async_write(layers_->plain, buffer, asio::use_awaitable);
  }
}

void Accepted::finish_writing() noexcept {
  error_code ignored;
  layers_->plain.shutdown(Socket::shutdown_send, ignored);
}

void Accepted::close() noexcept {
  error_code ignored;
  layers_->plain.close(ignored);
}

std::string Accepted::peer() const {
  error_code failure;
  const auto endpoint = layers_->plain.remote_endpoint(failure);
  if (failure) return "gone";
  const int family = endpoint.protocol().family();
  if (family != AF_INET && family != AF_INET6) return "unix";
  tcp::endpoint address;
  if (endpoint.size() > address.capacity()) return "gone";
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  const std::string host = address.address().to_string();
  return (family == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(address.port());
}

Listening Listening::tcp(asio::any_io_executor executor, const std::string& address, std::uint16_t port) {
  Listening listening(std::move(executor));
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(address), port);
    listening.acceptor_.open(Generic(endpoint.protocol()));
    listening.acceptor_.set_option(asio::socket_base::reuse_address(true));
    listening.acceptor_.bind(Generic::endpoint(endpoint));
    listening.acceptor_.listen();
  } catch (const boost::system::system_error& failure) {
    throw std::runtime_error("cannot listen on " + address + ":" + std::to_string(port) + ": " + failure.code().message());
  }
  return listening;
}

Listening Listening::unix_socket(asio::any_io_executor executor, const std::filesystem::path& path, const std::string& group) {
  Listening listening(std::move(executor));
  clear_the_way(path);
  try {
    const Local::endpoint endpoint(path.string());
    listening.acceptor_.open(Generic(endpoint.protocol()));
    listening.acceptor_.bind(Generic::endpoint(endpoint));
    listening.path_ = std::make_unique<std::filesystem::path>(path);
    set_mode(path, 0660, group);
    listening.acceptor_.listen();
  } catch (const boost::system::system_error& failure) {
    throw std::runtime_error("cannot listen at " + path.string() + ": " + failure.code().message());
  }
  return listening;
}

Listening::~Listening() { close(); }

std::uint16_t Listening::port() const {
  if (path_) return 0;
  const auto endpoint = acceptor_.local_endpoint();
  tcp::endpoint address;
  std::memcpy(address.data(), endpoint.data(), std::min(endpoint.size(), address.capacity()));
  return address.port();
}

void Listening::close() noexcept {
  error_code ignored;
  if (!acceptor_.is_open()) return;
  acceptor_.close(ignored);
  if (path_) ::unlink(path_->c_str());
}

}  // namespace omegate::net
