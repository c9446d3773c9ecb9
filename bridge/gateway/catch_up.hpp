// Catching up with the archive: what was written to us while no stream was there.
//
// Reads page after page from where the last one ended; the messages of a page and the new position are
// committed together, so a page that was interrupted is read again and what it held before is known as a
// repetition. Not here: what a result may claim (core/xmpp/message.hpp), opening the messages (receive.hpp).
// Source: XEP-0313 §4, §5; flow 5.1 of the architecture.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bridge/core/xmpp/archive.hpp"
#include "bridge/core/xmpp/message.hpp"
#include "bridge/gateway/account_memory.hpp"
#include "bridge/gateway/stream.hpp"

namespace omegate::gateway {

/// The newest archived message we know. An empty id: the archive was empty at that time, or has forgotten it.
struct ArchivePosition {
  std::string id;
  WallTime stamp{};

  friend bool operator==(const ArchivePosition&, const ArchivePosition&) = default;
};

std::optional<ArchivePosition> archive_position(store::Tables& tables, store::AccountId account);
void set_archive_position(store::Tables& tables, store::AccountId account, const ArchivePosition& position);

struct ArchivePage {
  std::vector<xmpp::ArchivedMessage> messages;  // in their order
  ArchivePosition next;
};

class CatchUp {
 public:
  /// Makes the messages of a page durable, together with the position.
  using TakePage = std::function<asio::awaitable<void>(ArchivePage)>;

  CatchUp(asio::any_io_executor strand, AccountMemory& memory, Stream& stream, TakePage take_page)
      : memory_(memory), stream_(stream), take_page_(std::move(take_page)), arrived_(std::move(strand)) {}

  /// True if `message` is a result of the open query: it is taken, and nothing else is to be done with it.
  bool take(const xml::Element& message);

  /// Until the newest message is reached. False: the server does not answer as it should; try again later.
  /// The first time ever only the position is noted: nothing older can be encrypted for us.
  asio::awaitable<bool> run();

 private:
  enum class Step { more, done, lost_position, failed };
  asio::awaitable<bool> begin();
  asio::awaitable<Step> read_page(ArchivePosition& position);
  asio::awaitable<std::optional<xmpp::ArchiveFin>> ask_page(xmpp::ArchiveStart start, std::size_t max);
  asio::awaitable<bool> wait_for_result(const std::string& id);

  AccountMemory& memory_;
  Stream& stream_;
  TakePage take_page_;
  Signal arrived_;
  std::string query_id_;  // empty: no query is open
  std::vector<xmpp::ArchivedMessage> results_;
  bool position_is_gone_ = false;
};

}  // namespace omegate::gateway
