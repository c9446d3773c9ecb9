// Files in the requests of plugins: one that is a request's body, and a response that becomes one. Neither is ever in
// memory as a whole, nor in Lua's at all.
//
// The inside of plugin_fetch.hpp; nobody else uses it. Not here: the request, limits of size and room (file_desk.hpp).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bridge/core/plugin/fetch.hpp"
#include "bridge/edge/http/client.hpp"
#include "bridge/edge/store/store.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

class FileDesk;

/// Where files come from and go to. Called from any thread.
struct FetchFiles {
  FileDesk* desk = nullptr;  // null: there are none
  store::Store* store = nullptr;
  std::function<std::optional<store::AccountId>()> account = {};  // whose the files are that come; nothing: it is gone
};

/// A file that is sent. Lives as long as the exchange.
class FileBody {
 public:
  FileBody(FileDesk& desk, store::StoredFile file) : desk_(desk), file_(std::move(file)) {}

  http::Source source();

 private:
  asio::awaitable<std::size_t> read_some(std::span<char> into);

  FileDesk& desk_;
  store::StoredFile file_;
  crypto::SecretBytes piece_;
  std::size_t at_ = 0;        // in the piece
  std::uint64_t offset_ = 0;  // of the next piece
};

/// A response on its way to the disk. Lives as long as the exchange; ended or abandoned afterwards.
class ResponseFile {
 public:
  ResponseFile(FileDesk& desk, std::string owner, store::AccountId account, plugin::SaveAs as)
      : desk_(desk), owner_(std::move(owner)), account_(account), as_(std::move(as)) {}

  http::Sink sink();

  /// It is here. Throws `FileRefused`, `files::SpoolFailure`, `store::StoreError`, as the sink does.
  asio::awaitable<plugin::File> end();

  /// Nothing of it stays.
  asio::awaitable<void> abandon();

 private:
  asio::awaitable<void> take(std::string_view bytes);
  asio::awaitable<void> flush();

  FileDesk& desk_;
  const std::string owner_;
  const store::AccountId account_;
  const plugin::SaveAs as_;
  std::string token_;  // of the deposit; empty: not begun, or ended
  Bytes waiting_;
};

}  // namespace omegate::gateway
