// The gateway's end of the control sockets.
//
// Not here: what verbs exist (verbs.hpp), what they do (gateway/operator/operator_service.hpp), the other end
// (control_client.hpp).
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace omegate::app {

namespace asio = boost::asio;

/// Who asks, as the kernel says (SO_PEERCRED).
struct Caller {
  uid_t uid = 0;
  pid_t pid = 0;
  std::string name;  // of the user, for the ledger's "by" and the log; the uid as text if it has no name

  std::string to_string() const;  // "operator root"
};

/// Answers one request. Throws `gateway::OperatorError` for what the caller did wrong or cannot have; any
/// other exception is answered as `failed` with its text. Runs on the socket's executor.
using Dispatcher = std::function<asio::awaitable<boost::json::value>(Caller caller, std::string verb,
                                                                     boost::json::object args)>;

/// One request that was answered, for the log. No arguments: they may hold message text.
struct ControlRecord {
  Caller caller;
  std::string verb;
  std::string error;  // the code; empty if it went well
};
using ControlLog = std::function<void(const ControlRecord&)>;

/// Listens from construction to destruction; a stale socket file of a dead gateway is replaced, a living one
/// is an error. Throws `std::system_error`: the path is too long, taken, or its folder cannot be written.
///
/// Use it on its executor only (one thread or a strand).
class ControlSocket {
 public:
  /// Which verbs are open, and who may connect.
  struct Access {
    bool send_only = false;  // only verbs with `on_send_socket`
    std::string group;       // empty: mode 0600; else mode 0660 and this group
  };

  ControlSocket(asio::any_io_executor executor, std::filesystem::path path, Access access,
                Dispatcher dispatch, ControlLog log);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  /// Accepts no more and drops open connections; the socket file is removed.
  void close();

 private:
  struct Shared;  // outlives this object while connections finish
  std::shared_ptr<Shared> shared_;
};

}  // namespace omegate::app
