// A device run by libomemo-c, the library behind Dino, Profanity and Kaidan: to talk with and to be measured
// against.
//
// Its store is a map in memory, its cryptography OpenSSL's, as Kaidan has it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bridge/core/omemo/bundle.hpp"

namespace omegate::peers {

class LibomemoDevice {
 public:
  LibomemoDevice(omemo::Version version, std::uint32_t id, std::uint32_t prekeys = 5);
  ~LibomemoDevice();

  std::uint32_t id() const;

  /// With the prekeys that were not used yet.
  omemo::Bundle bundle() const;

  /// Starts a session with device `to`, in place of one it may have (the old one is archived).
  void start(std::uint32_t to, const omemo::Bundle& theirs, const omemo::BundlePreKey& prekey);
  bool has_session(std::uint32_t with) const;
  void forget_session(std::uint32_t with);

  struct Wire {
    Bytes bytes;
    bool key_exchange;
  };
  Wire encrypt(std::uint32_t to, ByteView key_material);

  /// Nothing if the library refuses the message; `last_error` is its code then.
  std::optional<Bytes> decrypt(std::uint32_t from, ByteView wire, bool key_exchange);
  int last_error() const;

  /// Keep used prekeys, so that a benchmark can use one again.
  void keep_used_prekeys();

  /// Makes `count` prekeys as at the start of a client and throws them away.
  void make_prekeys(std::uint32_t count);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace omegate::peers
