// What an account's own server remembers of us, so that a copy of the *whole machine* is noticed: there the
// anchor beside the database was copied with it.
//
// A private PEP item holds the epoch (edge/store/lineage.hpp) of the newest stream, with a tag only a copy of
// this database can make, so a server cannot invent one. Each new stream, before anything is encrypted on it:
//
//   the item's epoch is      then
//   known, or there is none  a new epoch begins and is published
//   unknown                  another copy has run. Is it alive? We took its place on the server, so it comes
//   back within
//                            `copy_wait` and publishes its next epoch: then we stop. Else it is gone, we are
//                            the one that is left, with an old state: everything is made anew, as for a
//                            restored file.
//
// The item is renewed every `epoch_life`, so what a revert takes back within that time, without a new stream,
// is not noticed. Servers without PEP: not noticed at all. Not here: sessions (account_session.hpp), what is
// made anew (rekeying.hpp). Source: XEP-0223.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/xmpp/jid.hpp"
#include "bridge/edge/store/lineage.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

inline constexpr std::string_view anchor_node = "https://omegate.example/anchor/0";

/// An epoch we do not know, and since when we wait for its owner. Outlives a stream.
struct Doubt {
  store::EpochId epoch{};
  std::chrono::steady_clock::time_point since{};
};

/// Another copy of this database is alive. Not a `StreamFailure`: no other stream helps.
struct SecondCopy : std::runtime_error {
  using runtime_error::runtime_error;
};
SecondCopy second_copy(const xmpp::Jid& account);

class ServerAnchor {
 public:
  ServerAnchor(Context& context, Stream& stream, xmpp::Jid own, std::optional<Doubt>& doubt)
      : context_(context), stream_(stream), own_(std::move(own)), doubt_(doubt) {}

  /// The check above; may take `copy_wait`. True if everything was made anew. Throws `SecondCopy`.
  asio::awaitable<bool> settle();

  /// For a stream of the process before this one that was resumed, before anything is encrypted on it. False: it is
  /// not ours alone; on a new stream `settle` finds out whose.
  asio::awaitable<bool> is_undisputed();

  /// Until the stream ends. Publishes a new epoch every `epoch_life`; the first one `at_once`, for a resumed stream.
  asio::awaitable<void> renew_now_and_then(bool at_once);

 private:
  asio::awaitable<std::optional<store::EpochId>> unknown_epoch();
  asio::awaitable<void> wait_for_its_owner(store::EpochId epoch);
  asio::awaitable<void> renew_everything(store::EpochId epoch);
  asio::awaitable<void> publish();
  Bytes tag_of(store::Tables& tables, const store::EpochId& epoch) const;

  Context& context_;
  Stream& stream_;
  xmpp::Jid own_;  // bare
  std::optional<Doubt>& doubt_;
};

}  // namespace omegate::gateway
