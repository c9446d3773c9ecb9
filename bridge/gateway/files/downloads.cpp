#include "bridge/gateway/files/downloads.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "bridge/edge/files/limits.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/incoming_content.hpp"
#include "bridge/gateway/store_trouble.hpp"

namespace omegate::gateway {
namespace {

static_assert(downloads_at_once == 2, "Downloads has a signal for each");

bool may_pass(http::ClientError::Reason reason) {
  using Reason = http::ClientError::Reason;
  return reason == Reason::no_connection || reason == Reason::too_slow || reason == Reason::cut_off;
}

/// Collects what the network brings into pieces that are worth a visit to the disk.
class Gathering {
 public:
  Gathering(FileDesk& desk, IncomingContent& content) : desk_(desk), content_(content) {}

  asio::awaitable<void> take(std::string_view bytes) {
    const ByteView piece = as_bytes(bytes);
    waiting_.insert(waiting_.end(), piece.begin(), piece.end());
    if (waiting_.size() >= files::spool_piece) co_await flush();
  }

  asio::awaitable<void> flush() {
    auto work = [this] { content_.write(waiting_); };
    co_await desk_.on_disk(std::move(work));
    waiting_.clear();
  }

 private:
  FileDesk& desk_;
  IncomingContent& content_;
  Bytes waiting_;
};

}  // namespace

asio::awaitable<void> Downloads::run() { return net::race(work(first_), work(second_)); }

/// A full disk ends one file, not the work.
asio::awaitable<void> Downloads::work(Signal& signal) {
  return work_despite_trouble(signal, context_.pace.store_trouble, [this, &signal] { return work_on(signal); },
                              [](const store::StoreError& failure) { log_error("file.stalled", {{"reason", failure.what()}}); });
}

asio::awaitable<void> Downloads::work_on(Signal& signal) {
  for (;;) {
    const auto wanted = co_await context_.store.transact(
        [](store::Tables& tables) { return tables.files.wanted(downloads_at_once + 1); });
    const auto next = std::find_if(wanted.begin(), wanted.end(),
                                   [&](const auto& file) { return !under_way_.contains(file.id); });
    if (next == wanted.end()) {
      co_await signal.wait_until(std::chrono::steady_clock::time_point::max());
      continue;
    }
    const store::FileId id = next->id;
    under_way_.insert(id);
    std::exception_ptr failure;
    try {
      co_await fetch(*next);
    } catch (...) {
      failure = std::current_exception();
    }
    under_way_.erase(id);
    on_end_();
    if (failure) std::rethrow_exception(failure);
  }
}

asio::awaitable<void> Downloads::fetch(store::StoredFile file) {
  FileRecord record = decode_file(file.details);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  Failure last{"it lies nowhere", false};
  auto pause = download_pause;
  for (int attempt = 1; attempt <= download_tries; ++attempt) {
    for (const xmpp::FileSource& source : record.file.sources) {
      auto failure = co_await fetch_from(source, file, record);
      if (!failure) co_return;
      last = std::move(*failure);
    }
    if (!last.may_pass || attempt == download_tries) break;
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
    pause *= 2;
  }
  record.reason = last.reason;
  co_await context_.store.transact(
      [&](store::Tables& tables) { tables.files.fail(file.id, encode(record), context_.now()); });
  log_warning("file.failed", {{"file", file.id.value()}, {"from", record.from}, {"reason", last.reason}});
}

asio::awaitable<std::optional<Downloads::Failure>> Downloads::fetch_from(const xmpp::FileSource& source,
                                                                         const store::StoredFile& file,
                                                                         const FileRecord& record) {
  const config::FileSettings& settings = desk_.settings();
  const std::uint64_t most = std::min(settings.max_size, record.file.size.value_or(settings.max_size)) + crypto::aes_block;
  std::optional<Failure> failure;
  try {
    co_await context_.store.transact(
        [&](store::Tables& tables) { desk_.require_room(tables, record.file.size.value_or(0)); });
    auto open = [&] { return IncomingContent(desk_.spool().create(), source, record.file); };
    IncomingContent content = co_await desk_.on_disk(std::move(open));
    Gathering gathering(desk_, content);
    http::ClientRequest request;
    request.url = http::parse_url(source.url);
    request.sink = [&gathering](std::string_view bytes) { return gathering.take(bytes); };
    net::TlsTrust trust(ca_file_(file.account));
    const http::Connect connect = file_connect(names_, trust, desk_);
    http::ClientLimits limits = transfer_limits(most);
    limits.redirects = download_redirects;
    const http::ClientResponse response = co_await http::request(connect, std::move(request), limits);
    if (response.status != 200) {
      co_return Failure{"its server answered " + std::to_string(response.status), response.status >= 500};
    }
    co_await gathering.flush();
    auto end = [&] { return content.finish(); };
    IncomingContent::Finished finished = co_await desk_.on_disk(std::move(end));
    if (!finished.file) co_return Failure{std::move(finished.fault)};
    failure = co_await keep(file, record, std::move(*finished.file));
  } catch (const http::ClientError& what) {
    const bool large = what.reason() == http::ClientError::Reason::too_large;
    failure = Failure{large ? "it is larger than it may be: " + size_words(most - crypto::aes_block) : what.what(),
                      may_pass(what.reason())};
  } catch (const std::invalid_argument& what) {
    failure = Failure{"its address is none: " + std::string(what.what())};
  } catch (const FileRefused& what) {
    failure = Failure{what.what()};
  } catch (const files::SpoolFailure& what) {
    failure = Failure{what.what()};
  }
  co_return failure;
}

asio::awaitable<std::optional<Downloads::Failure>> Downloads::keep(const store::StoredFile& file, FileRecord record,
                                                                   files::SpoolFile content) {
  record.sha256 = content.sha256;
  record.reason.clear();
  const std::string host = host_of(record.file.sources.front().url);
  record.file.size = content.size;
  bool kept = false;
  std::optional<Failure> failure;
  std::exception_ptr trouble;
  try {
    kept = co_await context_.store.transact([&](store::Tables& tables) {
      desk_.require_room(tables, content.size);
      return tables.files.arrive(file.id, {content.name, content.key}, content.size, encode(record), context_.now());
    });
  } catch (const FileRefused& what) {
    failure = Failure{what.what()};
  } catch (...) {
    trouble = std::current_exception();
  }
  if (kept) {
    log_info("file.received", {{"file", file.id.value()}, {"from", record.from}, {"host", host}, {"bytes", content.size}});
    co_return std::nullopt;
  }
  auto remove = [&] { desk_.spool().remove(content.name); };
  co_await desk_.on_disk(std::move(remove));
  if (trouble) std::rethrow_exception(trouble);
  co_return failure;  // nothing: nobody wants it any more
}

}  // namespace omegate::gateway
