// An account on a database of its own, without a network: it is opened, used and closed, also from an image that
// a power cut left.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/party.hpp"

namespace omegate::power {

inline const std::string bot_jid = "bot@example.org";
inline const std::string alice_jid = "alice@example.net";

class Bot {
 public:
  /// `anchor`: a path; empty: none.
  Bot(std::string folder, std::string anchor) : folder_(std::move(folder)), anchor_(std::move(anchor)) {}

  /// Throws what `store::Store` throws.
  void open();
  void close() { store_.reset(); }
  template <class Work>
  auto run(Work work) {
    return store_->run(std::move(work));
  }

  /// Identity, device and policy; what is there stays.
  void settle();
  gateway::OwnDevice device();
  /// What a fetched list and bundle of `peer` do, for a first send.
  void meet(const gateway::OwnDevice& peer, omemo::Version version);

  void accept(const std::string& message_id, const std::string& text);
  /// Seals the oldest message that is due. Its stanzas.
  std::vector<std::string> seal();
  gateway::Received hear(const std::string& stanza);
  /// What a plugin's handler does: the question leaves the inbox, `text` enters the outbox, as its own id. Nobody waits for the disk.
  void answer(const std::string& question, const std::string& text);
  std::size_t times_in_inbox(const std::string& text);

  const gateway::Sender& self() const { return *self_; }

 private:
  template <class Work>
  auto run_without_sync(Work work) {
    boost::asio::io_context context;
    auto result = boost::asio::co_spawn(context, store_->transact_without_sync(std::move(work)), boost::asio::use_future);
    context.run();
    return result.get();
  }

  std::string folder_, anchor_;
  std::optional<store::Store> store_;
  std::optional<gateway::Sender> self_;
};

/// The stanza as it stands in a stream, where the namespace is the stream's.
xml::Element parsed(const std::string& stanza);

/// `who` gets to know a device of `jid`, as by its published list and bundle.
void introduce(store::Tables& tables, const gateway::Sender& who, const std::string& jid,
               const gateway::OwnDevice& device, omemo::Version version);

}  // namespace omegate::power
