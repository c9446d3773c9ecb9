#include "bridge/gateway/files/file_desk.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/file_names.hpp"
#include "bridge/edge/files/limits.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/files/file_record.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

void require_size(std::uint64_t size, const config::FileSettings& settings) {
  if (size <= settings.max_size) return;
  throw FileRefused("the file has " + size_words(size) + "; at most " + size_words(settings.max_size) +
                    " are taken (files.max_size)");
}

}  // namespace

std::string size_words(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  constexpr std::array<const char*, 4> units{" kB", " MB", " GB", " TB"};
  std::uint64_t tenths = (bytes + 50) / 100;
  std::size_t unit = 0;
  while (tenths >= 10'000 && unit + 1 < units.size()) tenths = (tenths + 500) / 1000, ++unit;
  const std::string whole = std::to_string(tenths / 10);
  return (tenths < 1000 && tenths % 10 != 0 ? whole + "." + std::to_string(tenths % 10) : whole) + units[unit];
}

files::SpoolFile spool_file(const store::StoredFile& file) {
  if (!file.content) throw files::SpoolFailure("the file is not here");
  return {file.content->name, file.content->key, file.size};
}

FileDesk::FileDesk(store::Store& store, Random& random, std::function<WallTime()> now,
                   const std::filesystem::path& folder, config::FileSettings settings)
    : store_(store), random_(random), now_(std::move(now)), spool_(folder, random) {
  set(std::move(settings));
  const auto [lost, known] = store.run([this](store::Tables& tables) {
    std::set<std::string> there;
    for (const std::string& name : tables.files.contents())
      if (spool_.has(name)) there.insert(name);
    const std::size_t forgotten = tables.files.forget_lost(there);
    return std::pair(forgotten, std::move(there));
  });
  const std::size_t removed = spool_.sweep(known);
  if (lost + removed > 0) log_warning("file.cleaned_up", {{"lost", lost}, {"removed", removed}});
}

FileDesk::~FileDesk() { disk_.join(); }

void FileDesk::set(config::FileSettings settings) {
  kept_settings_.push_back(std::make_unique<const config::FileSettings>(std::move(settings)));
  settings_.store(kept_settings_.back().get());
}

asio::awaitable<void> FileDesk::wait_for(std::function<void()>& work) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  // Takes no cancellation slot: what was begun on the disk is ended.
  const auto start = [this, &work, &here](auto handler) {
    asio::any_completion_handler<void()> done(std::move(handler));
    asio::post(disk_, [&work, here, done = std::move(done)]() mutable {
      work();
      asio::post(here, [done = std::move(done)]() mutable { std::move(done)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

void FileDesk::require_room(store::Tables& tables, std::uint64_t size) const {
  require_size(size, settings());
  require_total(tables, size);
}

void FileDesk::require_total(store::Tables& tables, std::uint64_t size) const {
  const config::FileSettings& now = settings();
  const std::uint64_t used = tables.files.used();
  if (used + size <= now.max_total) return;
  throw FileRefused("no room: " + size_words(used) + " of files are kept, and " + size_words(now.max_total) +
                    " may be (files.max_total); see `omegate file list`");
}

WallTime FileDesk::expiry() const { return now_() + std::chrono::days(settings().keep_days); }

/// On the disk's thread.
FileDesk::Open& FileDesk::open_of(const std::string& owner, const std::string& token) {
  const auto found = open_.find(token);
  if (found == open_.end() || found->second.about.owner != owner)
    throw FileRefused("nothing of yours is being handed over under this token; begin again");
  found->second.touched = std::chrono::steady_clock::now();
  return found->second;
}

void FileDesk::forget_resting() {
  const auto limit = std::chrono::steady_clock::now() - deposit_rest;
  std::erase_if(open_, [&](const auto& each) { return each.second.touched < limit; });
}

asio::awaitable<std::string> FileDesk::begin(Deposit deposit) {
  const std::uint64_t size = deposit.size.value_or(0);
  co_await store_.transact([&](store::Tables& tables) { require_room(tables, size); });
  auto work = [this, &deposit] {
    forget_resting();
    if (open_.size() >= max_deposits) throw FileRefused("too many files are being handed over; try again in a minute");
    std::array<Byte, 16> random{};
    random_.fill(random);
    std::string token = crypto::to_hex(random);
    open_.emplace(token, Open{std::move(deposit), spool_.create(), std::chrono::steady_clock::now()});
    return token;
  };
  co_return co_await on_disk(std::move(work));
}

asio::awaitable<std::uint64_t> FileDesk::append(std::string owner, std::string token, Bytes piece) {
  auto work = [&] {
    Open& open = open_of(owner, token);
    try {
      require_size(open.writer.size() + piece.size(), settings());
      open.writer.write(piece);
    } catch (...) {
      open_.erase(token);
      throw;
    }
    crypto::wipe(piece);
    return open.writer.size();
  };
  co_return co_await on_disk(std::move(work));
}

asio::awaitable<void> FileDesk::abandon(std::string owner, std::string token) {
  auto work = [&] {
    const auto found = open_.find(token);
    if (found != open_.end() && found->second.about.owner == owner) open_.erase(found);
  };
  co_await on_disk(std::move(work));
}

asio::awaitable<store::StoredFile> FileDesk::end(std::string owner, std::string token) {
  std::optional<store::NewFile> made;
  auto work = [&] {
    Open& open = open_of(owner, token);
    files::SpoolFile file = open.writer.finish();
    FileRecord record{{xmpp::safe_file_name(open.about.name), xmpp::safe_media_type(open.about.media_type), file.size, {}, {}}};
    if (open.about.media_type.empty()) record.file.media_type = xmpp::media_type_of(record.file.name);
    record.sha256 = file.sha256;
    made = store::NewFile{open.about.account, store::FileState::here, store::SpooledContent{file.name, file.key},
                          file.size, encode(record), expiry()};
    open_.erase(token);
  };
  co_await on_disk(std::move(work));
  const store::NewFile& row = *made;
  std::exception_ptr failure;
  std::optional<store::StoredFile> stored;
  try {
    stored = co_await store_.transact([&](store::Tables& tables) {
      require_room(tables, row.size);
      return tables.files.find(tables.files.add(row, now_()));
    });
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    auto remove = [&] { spool_.remove(row.content->name); };
    co_await on_disk(std::move(remove));
    std::rethrow_exception(failure);
  }
  co_return std::move(*stored);
}

asio::awaitable<crypto::SecretBytes> FileDesk::read(store::StoredFile file, std::uint64_t offset) {
  auto work = [&] {
    const files::SpoolReader reader = spool_.open(spool_file(file));
    const std::uint64_t piece = offset / files::spool_piece;
    if (piece >= reader.pieces() || offset >= file.size) return crypto::SecretBytes();
    const crypto::SecretBytes whole = reader.read(piece);
    return crypto::SecretBytes(whole.bytes().subspan(offset % files::spool_piece));
  };
  co_return co_await on_disk(std::move(work));
}

asio::awaitable<bool> FileDesk::drop(store::FileId id) {
  std::optional<std::string> content;
  const bool there = co_await store_.transact([&](store::Tables& tables) {
    const bool found = tables.files.find(id).has_value();
    content = tables.files.erase(id);
    return found;
  });
  auto remove = [&] {
    if (content) spool_.remove(*content);
  };
  co_await on_disk(std::move(remove));
  co_return there;
}

asio::awaitable<std::size_t> FileDesk::sweep() {
  std::size_t rows = 0;
  const auto contents = co_await store_.transact(
      [&](store::Tables& tables) { return tables.files.expire(now_(), file_sweep, rows); });
  auto remove = [&] {
    for (const std::string& name : contents) spool_.remove(name);
    forget_resting();
  };
  co_await on_disk(std::move(remove));
  co_return rows;
}

}  // namespace omegate::gateway
