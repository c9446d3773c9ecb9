#include "bridge/edge/store/outbox_seal.hpp"

#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

Bytes OutboxSeal::close_reason(std::string_view reason) const {
  return close("reason", as_bytes(reason.substr(0, max_reason)));
}

Bytes OutboxSeal::open(std::string_view column, ByteView sealed) const {
  return sealed.empty() ? Bytes() : sealer_.open_bytes(place(column), sealed);
}

Bytes join(std::span<const Bytes> parts) {
  Bytes joined;
  for (const Bytes& part : parts) {
    for (int shift = 24; shift >= 0; shift -= 8) joined.push_back(static_cast<Byte>(part.size() >> shift));
    joined.insert(joined.end(), part.begin(), part.end());
  }
  return joined;
}

std::vector<Bytes> split(ByteView joined) {
  std::vector<Bytes> parts;
  while (!joined.empty()) {
    std::size_t size = 0;
    if (joined.size() < 4) throw StoreError("database: stored stanzas cannot be read");
    for (const Byte byte : joined.first(4)) size = size << 8 | byte;
    joined = joined.subspan(4);
    if (joined.size() < size) throw StoreError("database: stored stanzas cannot be read");
    parts.emplace_back(joined.begin(), joined.begin() + static_cast<std::ptrdiff_t>(size));
    joined = joined.subspan(size);
  }
  return parts;
}

}  // namespace omegate::store
