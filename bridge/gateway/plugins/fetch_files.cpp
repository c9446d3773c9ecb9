#include "bridge/gateway/plugins/fetch_files.hpp"

#include <algorithm>

#include "bridge/edge/files/limits.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/received_files.hpp"

namespace omegate::gateway {

http::Source FileBody::source() {
  return {file_.size, [this](std::span<char> into) { return read_some(into); }};
}

asio::awaitable<std::size_t> FileBody::read_some(std::span<char> into) {
  if (at_ == piece_.size()) {
    piece_ = co_await desk_.read(file_, offset_);
    offset_ += piece_.size();
    at_ = 0;
  }
  const std::string_view rest = as_text(piece_.bytes().subspan(at_));
  const std::size_t size = std::min(into.size(), rest.size());
  std::copy_n(rest.begin(), size, into.begin());
  at_ += size;
  co_return size;
}

http::Sink ResponseFile::sink() {
  return [this](std::string_view bytes) { return take(bytes); };
}

asio::awaitable<void> ResponseFile::take(std::string_view bytes) {
  const ByteView piece = as_bytes(bytes);
  waiting_.insert(waiting_.end(), piece.begin(), piece.end());
  if (waiting_.size() >= files::spool_piece) co_await flush();
}

asio::awaitable<void> ResponseFile::flush() {
  if (token_.empty()) {
    FileDesk::Deposit deposit{owner_, as_.name, as_.media_type, std::nullopt, account_};
    token_ = co_await desk_.begin(std::move(deposit));
  }
  Bytes piece = std::exchange(waiting_, {});
  if (!piece.empty()) co_await desk_.append(owner_, token_, std::move(piece));
}

asio::awaitable<plugin::File> ResponseFile::end() {
  co_await flush();
  const std::string token = std::exchange(token_, {});
  const store::StoredFile stored = co_await desk_.end(owner_, token);
  co_return as_seen(stored);
}

asio::awaitable<void> ResponseFile::abandon() {
  const std::string token = std::exchange(token_, {});
  if (!token.empty()) co_await desk_.abandon(owner_, token);
}

}  // namespace omegate::gateway
