#include "tests/interop/ratchet/libomemo_device.hpp"
#include "tests/interop/ratchet/peer.hpp"

namespace omegate::peers {
namespace {

constexpr std::uint32_t our_id = 1, their_id = 2;

class LibomemoPeer final : public Peer {
 public:
  explicit LibomemoPeer(omemo::Version version) : device_(version, their_id) {}

  omemo::Bundle bundle() override { return device_.bundle(); }
  bool has_session() const override { return device_.has_session(our_id); }
  Wire start(const omemo::Bundle& ours, ByteView key_material) override {
    device_.start(our_id, ours, ours.prekeys.back());
    return send(key_material);
  }
  Wire send(ByteView key_material) override {
    auto wire = device_.encrypt(our_id, key_material);
    return {std::move(wire.bytes), wire.key_exchange};
  }
  std::optional<Bytes> receive(const Wire& wire) override {
    return device_.decrypt(our_id, wire.bytes, wire.key_exchange);
  }

 private:
  LibomemoDevice device_;
};

}  // namespace

std::unique_ptr<Peer> make_libomemo_peer(omemo::Version version, std::uint64_t) {
  return std::make_unique<LibomemoPeer>(version);
}

}  // namespace omegate::peers
