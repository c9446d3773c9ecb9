#include "bridge/app/control_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "bridge/app/verbs.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using gateway::OperatorError;
using Protocol = asio::local::stream_protocol;

void connect(Protocol::socket& connection, const std::filesystem::path& socket) {
  boost::system::error_code error;
  connection.connect(Protocol::endpoint(socket.string()), error);
  if (!error) return;
  if (error == asio::error::access_denied)
    throw OperatorError(
        "not_allowed", socket.string() + ": we may not use this socket",
        "be the user that omegate runs as, or root; to send, be in the group control.send_group");
  throw GatewayNotRunning("the gateway is not running: nobody listens on " + socket.string() +
                          "; start it with `omegate run`, or name its socket with --socket");
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Writes the request and reads a line. An empty text: there was none in time.
std::string exchange(asio::io_context& context, Protocol::socket& connection, const std::string& request,
                     std::optional<std::chrono::milliseconds> patience) {
  std::string received;
  std::optional<boost::system::error_code> end;
  const auto read = [&](const boost::system::error_code& error, std::size_t) { end = error; };
  const auto written = [&](const boost::system::error_code& error, std::size_t) {
    if (error) {
      end = error;
    } else {
      asio::async_read_until(connection, asio::dynamic_buffer(received, max_control_answer + 1), '\n', read);
    }
  };
  asio::async_write(connection, asio::buffer(request), written);
  if (patience) {
    context.run_for(*patience);
  } else {
    context.run();
  }
  if (!end) return {};
  if (*end) throw std::runtime_error("the gateway ended before it answered; see its log");
  return received.substr(0, received.find('\n'));
}

}  // namespace

json::value ask_gateway(const std::filesystem::path& socket, const std::string& verb, json::object args,
                        std::chrono::milliseconds patience) {
  asio::io_context context;
  Protocol::socket connection(context);
  connect(connection, socket);
  const std::string request = json::serialize(json::object{{"verb", verb}, {"args", std::move(args)}}) + '\n';
  if (request.size() > max_control_request)
    throw OperatorError("bad_argument", "the text is longer than a message can be");
  const auto known = find_verb(verb);
  const bool is_quick = known && known->has_answer_at_once;
  const std::string line = exchange(context, connection, request, is_quick ? std::optional(patience) : std::nullopt);
  if (line.empty())
    throw GatewaySilent("the gateway runs, and has not answered within " + std::to_string(patience.count() / 1000) +
                        " s: it is stopped, or its machine cannot go on; see its log");
  const json::value answer = json::parse(line);
  const json::object& object = answer.as_object();
  if (object.at("ok").as_bool()) return object.at("data");
  const json::object& error = object.at("error").as_object();
  throw OperatorError(text_of(error, "code"), text_of(error, "text"), text_of(error, "hint"));
}

}  // namespace omegate::app
