// The HTTP API: what a plugin can do, for programs that are elsewhere. JSON in and out, below /v1.
//
// A table says which operations there are, what each needs, and who carries it out; the document that clients read
// (document.cpp) is compared with it by a test. Nothing here decides about trust: that is for people, on the command
// line and in chats. Not here: HTTP itself (edge/http), who may come in (client.hpp), the waiting (event_desk.hpp).
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/edge/http/server.hpp"
#include "bridge/edge/store/api_events.hpp"
#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/api/client.hpp"
#include "bridge/gateway/api/event_desk.hpp"
#include "bridge/gateway/api/send_limit.hpp"
#include "bridge/gateway/context.hpp"

namespace omegate::gateway::api {

/// The prefix all operations are served under.
inline constexpr std::string_view prefix = "/v1/";

struct ApiSurroundings {
  Context& context;
  const CurrentActors& actors;
  EventDesk& desk;
  /// As `OperatorService::handle`: for what operators see, too.
  std::function<asio::awaitable<boost::json::value>(std::string actor, std::string verb, boost::json::object args)> ask;
};

/// An event as its client reads it.
struct HeardEvent {
  std::string cursor;
  boost::json::object event;
};

class Api : public std::enable_shared_from_this<Api> {
 public:
  Api(ApiSurroundings surroundings, std::shared_ptr<const Clients> clients, std::vector<std::string> hosts)
      : all_(std::move(surroundings)), clients_(std::move(clients)), hosts_(std::move(hosts)) {}

  /// Anything below `prefix`. Runs on the server's executor.
  asio::awaitable<http::Response> handle(http::Request request);

  /// From any thread: something may have become an event.
  void kick() const { all_.desk.kick(); }

  enum class Scope { none, any, send, events, trust, moderate };  // none: without a token
  struct OperationName {
    std::string_view method, path;  // "/v1/messages/{id}"
    Scope scope;
  };
  /// In the order of the document.
  static std::vector<OperationName> operations();

 private:
  /// One request, as an operation sees it.
  struct Call {
    std::shared_ptr<const Clients> clients;  // keeps the client
    const Client* client = nullptr;
    http::Request request;
    std::vector<std::string> names;            // what stands for {id} and the like
    std::map<std::string, std::string> query;  // decoded
  };
  using Method = asio::awaitable<http::Response> (Api::*)(Call);
  struct Operation {
    OperationName name;
    Method method;
    std::vector<std::string_view> query = {};  // what it knows of
  };
  static const std::vector<Operation>& table();
  asio::awaitable<http::Response> carry_out(Call call);
  const Operation& find_operation(Call& call) const;
  void expect_scope(const Client& client, Scope scope) const;

  /// What a request that changes something did.
  struct Done {
    http::Response response;
    std::vector<store::AccountId> touched = {};
    bool moderates = false;  // something is to be taken out of a room of theirs
  };
  using Work = std::function<Done(store::Tables& tables, WallTime now)>;
  asio::awaitable<http::Response> once(const Call& call, Work work);

  // sending.cpp
  asio::awaitable<http::Response> post_message(Call call);
  asio::awaitable<http::Response> put_message(Call call);
  asio::awaitable<http::Response> delete_message(Call call);
  asio::awaitable<http::Response> post_reaction(Call call);
  asio::awaitable<http::Response> post_moderation(Call call);
  void expect_send(const Call& call);
  struct OwnAccount {
    store::AccountId id;
    std::string name;
  };
  OwnAccount own_account(const Client& client, const std::string& name) const;
  store::KnownMessage own_message(store::Tables& tables, const Client& client, const std::string& id) const;

  // looking.cpp
  asio::awaitable<http::Response> get_client(Call call);
  asio::awaitable<http::Response> get_message(Call call);
  asio::awaitable<http::Response> get_accounts(Call call);
  asio::awaitable<http::Response> get_rooms(Call call);
  asio::awaitable<http::Response> get_keys(Call call);
  asio::awaitable<http::Response> get_document(Call call);
  asio::awaitable<boost::json::value> look(const Call& call, std::string verb, boost::json::object args) const;

  // listening.cpp
  asio::awaitable<http::Response> get_events(Call call);
  asio::awaitable<http::Response> post_ack(Call call);
  struct Page {
    std::vector<HeardEvent> events;
    store::EventPlace place;  // behind the last of them
    std::size_t waiting = 0;  // behind that
    std::uint64_t lost = 0;
  };
  asio::awaitable<Page> read_page(const Client& client, std::optional<store::EventPlace> after, std::string where,
                                  std::size_t limit) const;
  /// A stream of events, which lasts until its reader goes.
  struct Listening;
  asio::awaitable<http::Response> open_stream(Call call, std::optional<store::EventPlace> after, std::string where);
  asio::awaitable<std::string> next_piece(std::shared_ptr<Listening> stream) const;
  std::vector<HeardEvent> read_events(store::Tables& tables, const Client& client, store::EventPlace& place,
                                      std::size_t limit) const;

  ApiSurroundings all_;
  std::shared_ptr<const Clients> clients_;
  std::vector<std::string> hosts_;
  std::map<std::string, SendLimit> limits_;  // by client; on the server's executor
};

http::Response json_response(unsigned status, const boost::json::value& value);

}  // namespace omegate::gateway::api
