// Catching up with an archive: what was written to us, or said in a room of ours, while no stream was there.
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
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// The newest archived message we know. An empty id: the archive was empty at that time, or has forgotten it.
struct ArchivePosition {
  std::string id;
  WallTime stamp{};

  friend bool operator==(const ArchivePosition&, const ArchivePosition&) = default;
};

/// Whose archive: the account's own, or that of a room.
using ArchiveOwner = std::optional<xmpp::Jid>;

std::optional<ArchivePosition> archive_position(store::Tables& tables, store::AccountId account,
                                                const ArchiveOwner& room = {});
void set_archive_position(store::Tables& tables, store::AccountId account, const ArchivePosition& position,
                          const ArchiveOwner& room = {});
void forget_archive_position(store::Tables& tables, store::AccountId account, const xmpp::Jid& room);

struct ArchivePage {
  ArchiveOwner room;
  std::vector<xmpp::ArchivedMessage> messages;  // in their order
  ArchivePosition next;
};

class CatchUp {
 public:
  /// Makes the messages of a page durable, together with the position.
  using TakePage = std::function<asio::awaitable<void>(ArchivePage)>;

  CatchUp(asio::any_io_executor strand, AccountMemory& memory, Stream& stream, TakePage take_page,
          ArchiveOwner room = {})
      : memory_(memory),
        stream_(stream),
        take_page_(std::move(take_page)),
        room_(std::move(room)),
        whole_(std::move(strand)) {}

  /// True if `message` is a result of the open query: it is taken, and nothing else is to be done with it.
  bool take(const xml::Element& message);

  /// Call it for each stanza that was handled.
  void handled() {
    if (behind_ > 0 && --behind_ == 0) whole_.notify();
  }

  /// The first time ever: where the archive ends now. The account's own before our keys are published, for what is
  /// older cannot be encrypted for us, and what is newer may be.
  asio::awaitable<void> note_first_position();

  /// What is stored; nothing: the server has had no archive so far.
  asio::awaitable<std::optional<ArchivePosition>> position();

  /// The newest message of the archive, asked for; nothing: it is empty, or the server does not answer as it should.
  asio::awaitable<std::optional<ArchivePosition>> newest();

  /// From the position until the newest message is reached. False: the server does not answer as it should; try again
  /// later.
  asio::awaitable<bool> run();

 private:
  enum class Step { more, done, lost_position, failed };
  asio::awaitable<Step> read_page(ArchivePosition& position);
  asio::awaitable<std::optional<xmpp::ArchiveFin>> ask_page(xmpp::ArchiveStart start, std::size_t max);
  asio::awaitable<void> wait_for_results();

  AccountMemory& memory_;
  Stream& stream_;
  TakePage take_page_;
  const ArchiveOwner room_;
  Signal whole_;            // all results of the page are here
  std::size_t behind_ = 0;  // stanzas to be handled until then
  std::string query_id_;  // empty: no query is open
  std::vector<xmpp::ArchivedMessage> results_;
  bool position_is_gone_ = false;
};

}  // namespace omegate::gateway
