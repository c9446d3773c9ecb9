#include "bridge/gateway/files/uploads.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/file_cipher.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/files/upload_service.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

/// What the server is told the file is called: nothing, but for its ending, by which the clients of others tell
/// pictures from texts.
std::string uploaded_name(const std::string& name, Random& random) {
  std::array<Byte, 16> bytes{};
  random.fill(bytes);
  const std::size_t dot = name.find_last_of('.');
  std::string ending = dot == name.npos ? std::string() : name.substr(dot);
  const bool plain = ending.size() > 1 && ending.size() <= 6 && std::all_of(ending.begin() + 1, ending.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                     });
  return crypto::to_hex(bytes) + (plain ? ending : ".bin");
}

/// The content of a file, encrypted as it is read: under a key that was never used before and never will be again.
class EncryptedSource {
 public:
  EncryptedSource(FileDesk& desk, const store::StoredFile& file, Random& random, std::uint64_t& progress)
      : desk_(desk), file_(file), key_(crypto::Secret<32>::random(random)), progress_(progress) {
    random.fill(iv_);
    sealer_.emplace(key_, iv_);
  }

  std::uint64_t size() const { return file_.size + crypto::gcm_tag_size; }

  asio::awaitable<std::size_t> read_some(std::span<char> into) {
    if (at_ == ready_.size()) co_await refill();
    const std::size_t take = std::min(into.size(), ready_.size() - at_);
    std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(at_), take, into.begin());
    at_ += take;
    progress_ += take;
    co_return take;
  }

  /// After all of it was read.
  xmpp::FileSource source(const std::string& url) {
    return {url, crypto::FileCipher::aes256_gcm, crypto::SecretBytes(key_.bytes()), Bytes(iv_.begin(), iv_.end()),
            {{crypto::Hash::sha256, hash_.finish()}}};
  }

 private:
  asio::awaitable<void> refill() {
    at_ = 0;
    const crypto::SecretBytes piece = co_await desk_.read(file_, offset_);
    auto encrypt = [&] {
      if (piece.empty()) {
        const crypto::Tag tag = sealer_->finish();
        ready_.assign(tag.begin(), tag.end());
      } else {
        ready_ = sealer_->update(piece);
      }
      hash_.update(ready_);
    };
    co_await desk_.on_disk(std::move(encrypt));
    offset_ += piece.size();
  }

  FileDesk& desk_;
  const store::StoredFile& file_;
  crypto::Secret<32> key_;
  std::array<Byte, 12> iv_{};
  std::optional<crypto::FileSealer> sealer_;
  crypto::RunningHash hash_{crypto::Hash::sha256};
  std::uint64_t offset_ = 0;
  std::uint64_t& progress_;
  Bytes ready_;
  std::size_t at_ = 0;
};

std::string status_words(const http::ClientResponse& response) {
  return "the upload server answered " + std::to_string(response.status);
}

}  // namespace

void Uploads::add(store::OutboxId row) {
  const bool known = std::find(memory_.awaiting_upload.begin(), memory_.awaiting_upload.end(), row) != memory_.awaiting_upload.end();
  if (known || memory_.awaiting_upload.size() >= max_waiting_uploads) return;
  memory_.awaiting_upload.push_back(row);
  signal_.notify();
}

asio::awaitable<void> Uploads::run() {
  for (;;) {
    while (memory_.awaiting_upload.empty()) co_await signal_.wait_until(std::chrono::steady_clock::time_point::max());
    const store::OutboxId next = memory_.awaiting_upload.front();
    memory_.uploading = AccountMemory::Upload{next, 0, 0};
    co_await upload(next);
    memory_.uploading.reset();
    memory_.awaiting_upload.pop_front();
  }
}

asio::awaitable<void> Uploads::upload(store::OutboxId row) {
  const std::optional<Work> work = co_await load(row);
  if (!work) co_return;
  memory_.uploading = AccountMemory::Upload{row, 0, work->stored.size + crypto::gcm_tag_size};
  std::optional<Failure> failure = co_await bring(*work);
  if (failure) co_await fail(*work, std::move(*failure));
}

/// Nothing: the message was changed, dropped or done meanwhile, or its file is gone: then it is parked.
asio::awaitable<std::optional<Uploads::Work>> Uploads::load(store::OutboxId id) {
  co_return co_await memory_.context.store.transact([&](store::Tables& tables) -> std::optional<Work> {
    auto row = tables.outbox.find(id);
    if (!row || row->state != store::MessageState::accepted) return std::nullopt;
    const Outgoing content = decode_outgoing(row->body);
    if (!content.file) return std::nullopt;
    auto stored = tables.files.find(store::FileId(content.file->id));
    if (!stored || stored->state != store::FileState::here) {
      tables.outbox.park(id, "its file is not here any more; send it again", memory_.context.now());
      return std::nullopt;
    }
    return Work{std::move(*row), *content.file, std::move(*stored)};
  });
}

asio::awaitable<std::optional<xmpp::UploadService>> Uploads::service() {
  if (!service_) service_ = co_await find_upload_service(stream_, memory_.jid);
  co_return service_;
}

asio::awaitable<std::optional<Uploads::Failure>> Uploads::bring(const Work& work) {
  const auto place = co_await service();
  if (!place) {
    co_return Failure{"the server takes no files (XEP-0363); ask its operator for HTTP upload, then `omegate outbox retry`",
                      true};
  }
  const std::uint64_t size = work.stored.size + crypto::gcm_tag_size;
  if (place->max_size && size > *place->max_size) {
    co_return Failure{"too large for the server: the file has " + size_words(work.stored.size) + ", and " +
                          place->jid.to_string() + " takes " + size_words(*place->max_size), true};
  }
  xml::Element get = xmpp::iq_get({}, place->jid,
                                  xmpp::slot_request(uploaded_name(work.file.name, memory_.context.random), size,
                                                     "application/octet-stream"));
  const xml::Element answer = co_await ask(stream_, std::move(get));
  if (error_in(answer)) {
    const xmpp::SlotRefusal refusal = xmpp::parse_slot_refusal(answer);
    std::string words = place->jid.to_string() + " gives no place for the file: " + refusal.text;
    if (refusal.max_size) words += "; it takes " + size_words(*refusal.max_size);
    co_return Failure{std::move(words), refusal.for_good, refusal.retry};
  }
  const auto slot = xmpp::parse_slot(answer);
  if (!slot) co_return Failure{place->jid.to_string() + " answered with something that is no https place for a file"};
  co_return co_await put(work, *slot);
}

asio::awaitable<std::optional<Uploads::Failure>> Uploads::put(const Work& work, const xmpp::UploadSlot& slot) {
  FileDesk& desk = *memory_.files.desk;
  EncryptedSource content(desk, work.stored, memory_.context.random, memory_.uploading->done);
  http::ClientRequest request;
  request.method = "PUT";
  request.headers = slot.headers;
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  request.source.size = content.size();
  request.source.read_some = [&content](std::span<char> into) { return content.read_some(into); };
  std::optional<Failure> failure;
  http::ClientResponse response;
  try {
    request.url = http::parse_url(slot.put);
    net::TlsTrust trust(memory_.settings.get().ca_file.string());
    const http::Connect connect = file_connect(*memory_.files.names, trust, desk);
    response = co_await http::request(connect, std::move(request), transfer_limits(content.size()));
  } catch (const http::ClientError& what) {
    failure = Failure{what.what(), what.reason() == http::ClientError::Reason::forbidden};
  } catch (const std::invalid_argument& what) {
    failure = Failure{"the upload service named an address that is none: " + std::string(what.what())};
  } catch (const files::SpoolFailure& what) {
    failure = Failure{what.what()};
  }
  if (failure) co_return failure;
  if (response.status < 200 || response.status > 299)
    co_return Failure{status_words(response), response.status == 413};
  const xmpp::FileSource source = content.source(slot.get);
  co_await memory_.context.store.transact([&](store::Tables& tables) {
    const auto row = tables.outbox.find(work.row.id);
    if (!row || row->body.empty()) return;
    Outgoing message = decode_outgoing(row->body);
    if (!message.file || message.file->id != work.file.id) return;
    message.file->upload = source;
    message.file->uploaded = memory_.context.now();
    tables.outbox.update_body(row->id, encode(message));
    tables.outbox.put_back(row->id, memory_.context.now());
  });
  log_info("file.uploaded", {{"account", memory_.self.jid}, {"message", work.row.message_id},
                             {"host", host_of(slot.put)}, {"bytes", content.size()}});
  memory_.outbox.notify();
  co_return std::nullopt;
}

asio::awaitable<void> Uploads::fail(const Work& work, Failure failure) {
  const bool parked = co_await memory_.context.store.transact([&](store::Tables& tables) {
    const WallTime now = memory_.context.now();
    return tables.outbox.fail_upload(work.row.id, failure.reason, failure.for_good ? 0 : park_after, failure.retry, now);
  });
  log_warning("file.upload_failed", {{"account", memory_.self.jid}, {"message", work.row.message_id},
                                     {"parked", parked}, {"reason", failure.reason}});
  if (!parked) memory_.outbox.notify();  // it looks when the next one is due
}

}  // namespace omegate::gateway
