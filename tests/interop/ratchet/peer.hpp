// A device of another implementation, as a conversation sees it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bridge/core/omemo/bundle.hpp"

namespace omegate::peers {

struct Wire {
  Bytes bytes;
  bool key_exchange;
};

class Peer {
 public:
  virtual ~Peer() = default;

  /// What it publishes. Asked once, before anything else.
  virtual omemo::Bundle bundle() = 0;
  virtual bool has_session() const = 0;

  /// Starts a session in place of a current one and sends its first message.
  virtual Wire start(const omemo::Bundle& ours, ByteView key_material) = 0;
  virtual Wire send(ByteView key_material) = 0;

  /// Nothing if it refuses the message.
  virtual std::optional<Bytes> receive(const Wire& wire) = 0;
};

/// `seed` chooses among the kinds of identity the implementation knows.
std::unique_ptr<Peer> make_libomemo_peer(omemo::Version version, std::uint64_t seed);
std::unique_ptr<Peer> make_python_peer(omemo::Version version, std::uint64_t seed);

}  // namespace omegate::peers
