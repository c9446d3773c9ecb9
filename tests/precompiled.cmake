# GoogleTest, Asio and Boost.JSON are parsed once per test program instead of once per file.
set(core_test_headers <gmock/gmock.h> <gtest/gtest.h> ${std_headers})
set(test_headers ${core_test_headers} <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp>
  <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/ssl.hpp>
  <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp> <boost/json.hpp>)
foreach(program IN ITEMS unit_edge unit_gateway unit_plugins power)
  target_precompile_headers(${program} PRIVATE ${test_headers})
endforeach()
# Nearly every flow test stands on the whole gateway.
foreach(program IN ITEMS flow flow_crash)
  target_precompile_headers(${program} PRIVATE ${test_headers} ${CMAKE_CURRENT_SOURCE_DIR}/flow/world/rig.hpp)
endforeach()
# The core knows neither Asio nor, but for the frames, JSON.
foreach(program IN ITEMS unit_omemo unit_core unit_worker)
  target_precompile_headers(${program} PRIVATE ${core_test_headers})
endforeach()
