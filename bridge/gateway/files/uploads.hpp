// Brings the files of messages to the server's upload service, encrypted, before the messages are sealed.
//
// One per stream, one file after the other; what a stream's end interrupts begins anew, under another key. Not
// here: which message needs it (seal.hpp), what becomes of the link (wire_content.hpp).
// Source: XEP-0363, XEP-0454 §3.
#pragma once

#include <optional>
#include <string>

#include "bridge/core/xmpp/upload.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

class Uploads {
 public:
  Uploads(asio::any_io_executor strand, AccountMemory& memory, Stream& stream)
      : memory_(memory), stream_(stream), signal_(std::move(strand)) {}

  /// The file of this row is needed; its row is not due before it is there or has failed.
  void add(store::OutboxId row);

  /// Works until the stream ends.
  asio::awaitable<void> run();

 private:
  struct Failure {
    std::string reason;
    bool for_good = false;
    std::optional<WallTime> retry = {};
  };
  struct Work {
    store::OutboxRow row;
    OutgoingFile file;
    store::StoredFile stored;
  };

  asio::awaitable<void> upload(store::OutboxId row);
  asio::awaitable<std::optional<Work>> load(store::OutboxId row);
  asio::awaitable<std::optional<Failure>> bring(const Work& work);
  asio::awaitable<std::optional<xmpp::UploadService>> service();
  asio::awaitable<std::optional<Failure>> put(const Work& work, const xmpp::UploadSlot& slot);
  asio::awaitable<void> fail(const Work& work, Failure failure);

  AccountMemory& memory_;
  Stream& stream_;
  Signal signal_;
  std::optional<xmpp::UploadService> service_;
};

}  // namespace omegate::gateway
