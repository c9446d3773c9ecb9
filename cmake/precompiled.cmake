# Asio and Boost.JSON are parsed once per ring instead of once per file: that is half of the build's time.
set(asio_headers <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp>
  <boost/asio/co_spawn.hpp> <boost/asio/detached.hpp> <boost/asio/dispatch.hpp> <boost/asio/ip/tcp.hpp>
  <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/strand.hpp> <boost/asio/use_awaitable.hpp>
  <boost/asio/write.hpp> <boost/asio/experimental/parallel_group.hpp>)
set(std_headers <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <string> <string_view> <variant>
  <vector>)
target_precompile_headers(omegate_edge PRIVATE ${std_headers} ${asio_headers})
target_precompile_headers(omegate_gateway PRIVATE ${std_headers} ${asio_headers} <boost/json.hpp>)
target_precompile_headers(omegate_app REUSE_FROM omegate_gateway)
