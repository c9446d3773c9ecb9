// Requests of ours that wait for their answer.
//
// Source: RFC 6120 §8.2.3; who may answer: core/xmpp/iq.hpp.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// An id nobody can guess: whoever wants to forge an answer has to.
std::string make_request_id(Random& random);

class Requests {
 public:
  explicit Requests(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// From now on an answer to `id` from `to` is taken. Then `wait`, once, before anything else is awaited.
  void expect(const std::string& id, std::optional<xmpp::Jid> to);

  /// Nothing: the limit has passed, or `end` was called.
  asio::awaitable<std::optional<xml::Element>> wait(std::string id, std::chrono::milliseconds limit);

  /// Takes `iq` if it answers a request; else it stays. `own` is our full JID.
  /// False for a right id from a wrong sender: the real answer may still come.
  bool settle(xml::Element& iq, const xmpp::Jid& own);

  bool any() const { return !waiting_.empty(); }

  /// Nobody will answer any more.
  void end();

 private:
  struct Waiting {
    Waiting(const asio::any_io_executor& executor, std::optional<xmpp::Jid> asked)
        : to(std::move(asked)), signal(executor, asio::steady_timer::time_point::max()) {}
    std::optional<xmpp::Jid> to;
    asio::steady_timer signal;
    std::optional<xml::Element> answer;
    bool over = false;
  };

  asio::any_io_executor executor_;
  std::map<std::string, Waiting, std::less<>> waiting_;
};

}  // namespace omegate::gateway
