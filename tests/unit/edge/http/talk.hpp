// A client that says something to a server on loopback, and hears it out.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <string>

namespace omegate::http::test {

namespace asio = boost::asio;

/// All that comes until the server closes.
inline asio::awaitable<std::string> talk(asio::io_context& context, std::uint16_t port, std::string sent) {
  constexpr auto as_code = asio::as_tuple(asio::use_awaitable);
  asio::ip::tcp::socket socket(context);
  const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(there, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(sent), as_code);
  std::string heard;
  for (;;) {
    std::array<char, 4096> buffer{};
    const auto [end, size] = co_await socket.async_read_some(asio::buffer(buffer), as_code);
    heard.append(buffer.data(), size);
    if (end) co_return heard;
  }
}

}  // namespace omegate::http::test
