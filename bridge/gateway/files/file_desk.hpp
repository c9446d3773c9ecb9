// The content of files: taking it in, reading it, throwing it away, and how much of it there may be.
//
// The disk has a thread of its own here, so that nobody waits for it who has a stream to serve. Not here:
// sealing at rest (edge/files/spool.hpp), uploads (uploads.hpp), downloads (downloads.hpp).
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/config/file_settings.hpp"
#include "bridge/edge/files/spool.hpp"
#include "bridge/edge/store/store.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// A file is not taken. `what()` says why, and what to do.
struct FileRefused : std::runtime_error {
  using runtime_error::runtime_error;
};

/// "12 bytes", "3.4 MB": for people.
std::string size_words(std::uint64_t bytes);

class FileDesk {
 public:
  /// Throws `files::SpoolFailure`. What a crash left in the folder goes, and rows whose content is not there.
  FileDesk(store::Store& store, Random& random, std::function<WallTime()> now, const std::filesystem::path& folder,
           config::FileSettings settings);
  /// Waits for what is under way on the disk.
  ~FileDesk();

  /// From any thread.
  const config::FileSettings& settings() const { return *settings_.load(); }
  /// On one strand at a time. Earlier settings stay: whoever reads them finishes with them.
  void set(config::FileSettings settings);

  /// Runs `work` on the disk's thread; the caller resumes on its own executor. What it throws is thrown here.
  template <class Work, class Value = std::invoke_result_t<Work&>>
  asio::awaitable<Value> on_disk(Work work) {
    std::optional<std::conditional_t<std::is_void_v<Value>, bool, Value>> value;
    std::exception_ptr failure;
    std::function<void()> run = [&] {
      try {
        if constexpr (std::is_void_v<Value>) {
          work();
        } else {
          value.emplace(work());
        }
      } catch (...) {
        failure = std::current_exception();
      }
    };
    co_await wait_for(run);
    if (failure) std::rethrow_exception(failure);
    if constexpr (!std::is_void_v<Value>) co_return std::move(*value);
  }

  /// On the disk's thread.
  files::Spool& spool() { return spool_; }

  /// Throws `FileRefused` if `size` bytes more are too much, of one file or of all.
  void require_room(store::Tables& tables, std::uint64_t size) const;
  /// The same for all of them alone.
  void require_total(store::Tables& tables, std::uint64_t size) const;
  WallTime expiry() const;

  // --- taking in, piece by piece

  struct Deposit {
    std::string owner;  // who began it goes on with it
    std::string name, media_type;
    std::optional<std::uint64_t> size{};  // if it is known
    store::AccountId account;
  };
  /// A token for the other two. Throws `FileRefused`.
  asio::awaitable<std::string> begin(Deposit deposit);
  /// Throws `FileRefused`: no such token, or too large.
  asio::awaitable<std::uint64_t> append(std::string owner, std::string token, Bytes piece);
  /// It is not wanted any more; one that is not known is nothing.
  asio::awaitable<void> abandon(std::string owner, std::string token);
  /// The row. Throws `FileRefused`.
  asio::awaitable<store::StoredFile> end(std::string owner, std::string token);

  // --- what is here

  /// Bytes of a file that is here from `offset` on, at most one piece of the spool; none behind its end.
  /// Throws `files::SpoolFailure`.
  asio::awaitable<crypto::SecretBytes> read(store::StoredFile file, std::uint64_t offset);

  /// Row and content. False if there is none.
  asio::awaitable<bool> drop(store::FileId id);

  /// What has expired, and what was begun and left. How many rows.
  asio::awaitable<std::size_t> sweep();

 private:
  struct Open {
    Deposit about;
    files::SpoolWriter writer;
    std::chrono::steady_clock::time_point touched;
  };

  asio::awaitable<void> wait_for(std::function<void()>& work);
  Open& open_of(const std::string& owner, const std::string& token);
  void forget_resting();

  store::Store& store_;
  Random& random_;
  std::function<WallTime()> now_;
  std::vector<std::unique_ptr<const config::FileSettings>> kept_settings_;
  std::atomic<const config::FileSettings*> settings_ = nullptr;
  files::Spool spool_;
  std::map<std::string, Open> open_;  // on the disk's thread
  asio::thread_pool disk_{1};
};

/// Where a file in the spool lies, as the spool wants it.
files::SpoolFile spool_file(const store::StoredFile& file);

}  // namespace omegate::gateway
