#include "bridge/core/crypto/secret_stream.hpp"

#include <sodium.h>

#include <new>

namespace omegate::crypto {
namespace {

using State = crypto_secretstream_xchacha20poly1305_state;

static_assert(sizeof(State) <= sizeof(detail::StreamState::bytes) && alignof(State) <= 8);
static_assert(crypto_secretstream_xchacha20poly1305_HEADERBYTES == StreamHeader().size());
static_assert(crypto_secretstream_xchacha20poly1305_ABYTES == piece_overhead);

State* start(detail::StreamState& storage, const Secret<32>& key, const StreamHeader& header) {
  auto* state = new (storage.bytes.data()) State;
  // Both ends start alike; the library's other function only draws the header by itself.
  crypto_secretstream_xchacha20poly1305_init_pull(state, header.data(), key.bytes().data());
  return state;
}

State* state_in(detail::StreamState& storage) {
  return std::launder(reinterpret_cast<State*>(storage.bytes.data()));
}

constexpr unsigned char tag_of(bool last) {
  return last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
              : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
}

}  // namespace

StreamSealer::StreamSealer(const Secret<32>& key, Random& random) {
  random.fill(header_);
  start(state_, key, header_);
}

Bytes StreamSealer::seal(ByteView piece, ByteView associated_data, bool last) {
  Bytes sealed(piece.size() + piece_overhead);
  crypto_secretstream_xchacha20poly1305_push(state_in(state_), sealed.data(), nullptr, piece.data(),
                                             piece.size(), associated_data.data(), associated_data.size(),
                                             tag_of(last));
  return sealed;
}

StreamOpener::StreamOpener(const Secret<32>& key, const StreamHeader& header) { start(state_, key, header); }

Result<StreamOpener::Piece> StreamOpener::open(ByteView sealed, ByteView associated_data) {
  if (sealed.size() < piece_overhead) return Error::not_authentic;
  Piece piece{SecretBytes(sealed.size() - piece_overhead), false};
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(state_in(state_), piece.content.writable().data(), nullptr,
                                                 &tag, sealed.data(), sealed.size(), associated_data.data(),
                                                 associated_data.size()) != 0)
    return Error::not_authentic;
  piece.last = tag == tag_of(true);
  return piece;
}

}  // namespace omegate::crypto
