# GoogleTest, Asio and Boost.JSON are parsed once per test program instead of once per file.
set(test_headers <gmock/gmock.h> <gtest/gtest.h> ${std_headers} <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp>
  <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/ssl.hpp>
  <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp> <boost/json.hpp>)
foreach(program IN ITEMS unit_edge unit_gateway unit_plugins flow)
  target_precompile_headers(${program} PRIVATE ${test_headers})
endforeach()
