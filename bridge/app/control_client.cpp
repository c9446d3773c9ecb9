#include "bridge/app/control_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "bridge/app/limits.hpp"
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

}  // namespace

json::value ask_gateway(const std::filesystem::path& socket, const std::string& verb, json::object args) {
  asio::io_context context;
  Protocol::socket connection(context);
  connect(connection, socket);
  const std::string request = json::serialize(json::object{{"verb", verb}, {"args", std::move(args)}}) + '\n';
  if (request.size() > max_control_request)
    throw OperatorError("bad_argument", "the text is longer than a message can be");
  std::string received;
  try {
    asio::write(connection, asio::buffer(request));
    asio::read_until(connection, asio::dynamic_buffer(received, max_control_answer + 1), '\n');
  } catch (const boost::system::system_error&) {
    throw std::runtime_error("the gateway ended before it answered; see its log");
  }
  const json::value answer = json::parse(received.substr(0, received.find('\n')));
  const json::object& object = answer.as_object();
  if (object.at("ok").as_bool()) return object.at("data");
  const json::object& error = object.at("error").as_object();
  throw OperatorError(text_of(error, "code"), text_of(error, "text"), text_of(error, "hint"));
}

}  // namespace omegate::app
