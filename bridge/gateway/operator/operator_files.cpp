// Files handed over by operators, and files that came for them.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <charconv>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/files/file_record.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// How often somebody who waits for a file looks. Unit: milliseconds; a human waits.
constexpr std::chrono::milliseconds look_again{50};

/// The reason as an operator reads it.
template <class Work>
auto or_refused(Work work) -> decltype(work()) {
  std::string refused;
  try {
    co_return co_await work();
  } catch (const FileRefused& refusal) {
    refused = refusal.what();
  }
  throw OperatorError("conflict", refused);
}

}  // namespace

asio::awaitable<json::value> OperatorService::file_begin(Call call) {
  const OperatorArgs args = call.read();
  FileDesk::Deposit deposit{call.actor, args.text("name").value_or("file"), args.text("media_type").value_or(""), {},
                            account_named(args).self().account};
  if (const auto size = args.number("size"); size && *size >= 0) deposit.size = static_cast<std::uint64_t>(*size);
  auto begin = [&] { return all_.files->begin(deposit); };
  std::string token = co_await or_refused(begin);
  co_return json::object{{"token", std::move(token)}, {"piece", deposit_piece}};
}

asio::awaitable<json::value> OperatorService::file_append(Call call) {
  const OperatorArgs args = call.read();
  auto piece = crypto::from_base64(args.needed("data"));
  if (!piece || piece->size() > deposit_piece)
    throw OperatorError("bad_argument", "the argument 'data' must be base64 of at most " + std::to_string(deposit_piece) + " bytes");
  const std::string token = args.needed("token");
  auto append = [&] { return all_.files->append(call.actor, token, std::move(*piece)); };
  const std::uint64_t size = co_await or_refused(append);
  co_return json::object{{"size", size}};
}

asio::awaitable<json::value> OperatorService::file_end(Call call) {
  const std::string token = call.read().needed("token");
  auto end = [&] { return all_.files->end(call.actor, token); };
  const store::StoredFile file = co_await or_refused(end);
  co_return file_row(file);
}

json::object OperatorService::file_row(const store::StoredFile& file) const {
  const FileRecord record = decode_file(file.details);
  json::object row{{"id", file.id.value()},
                   {"handle", file.handle},
                   {"account", account_name(file.account)},
                   {"state", store::name(file.state)},
                   {"name", record.file.name},
                   {"media_type", record.file.media_type},
                   {"size", file.size},
                   {"created_ms", to_ms(file.created)},
                   {"expires_ms", to_ms(file.expires)}};
  if (!record.from.empty()) row["from"] = record.from;
  if (!record.reason.empty()) row["reason"] = record.reason;
  if (!record.sha256.empty()) row["sha256"] = crypto::to_hex(record.sha256);
  return row;
}

/// By its number or its handle.
asio::awaitable<store::StoredFile> OperatorService::file_named(std::string which) {
  auto file = co_await all_.context.store.transact([&](store::Tables& tables) -> std::optional<store::StoredFile> {
    if (which.size() == 32) return tables.files.find(which);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
    if (error != std::errc() || end != which.data() + which.size()) return std::nullopt;
    return tables.files.find(store::FileId(number));
  });
  if (!file) throw OperatorError("not_found", "there is no file '" + which + "'", "see `omegate file list`");
  co_return std::move(*file);
}

asio::awaitable<json::value> OperatorService::file_list(Call call) {
  const std::size_t limit = call.read().limit();
  json::array rows;
  const auto files = co_await all_.context.store.transact([&](store::Tables& tables) { return tables.files.list(limit + 1); });
  for (std::size_t i = 0; i < std::min(files.size(), limit); ++i) rows.push_back(file_row(files[i]));
  co_return json::object{{"rows", std::move(rows)}, {"more", files.size() > limit}};
}

/// Brings one here that is not, whatever the settings say of downloads: an operator wants it.
asio::awaitable<json::value> OperatorService::file_fetch(Call call) {
  const OperatorArgs args = call.read();
  store::StoredFile file = co_await file_named(args.needed("file"));
  const bool begun = co_await all_.context.store.transact(
      [&](store::Tables& tables) { return tables.files.want(file.id, all_.context.now()); });
  if (begun) all_.kick_files();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto limit = std::chrono::milliseconds(args.number("timeout_ms").value_or(60'000));
  const auto deadline = std::chrono::steady_clock::now() + std::min<std::chrono::milliseconds>(limit, file_patience);
  std::string number = std::to_string(file.id.value());
  for (;;) {
    file = co_await file_named(number);
    const bool open = file.state == store::FileState::wanted || file.state == store::FileState::offered;
    if (!open || std::chrono::steady_clock::now() >= deadline) break;
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return file_row(file);
}

asio::awaitable<json::value> OperatorService::file_read(Call call) {
  const OperatorArgs args = call.read();
  const std::int64_t offset = args.needed_number("offset");
  if (offset < 0) throw OperatorError("bad_argument", "the argument 'offset' must not be negative");
  const store::StoredFile file = co_await file_named(args.needed("file"));
  if (file.state != store::FileState::here)
    throw OperatorError("conflict", "the file is not here: it is " + std::string(store::name(file.state)));
  std::string broken;
  crypto::SecretBytes piece;
  try {
    piece = co_await all_.files->read(file, static_cast<std::uint64_t>(offset));
  } catch (const files::SpoolFailure& failure) {
    broken = failure.what();
  }
  if (!broken.empty()) throw OperatorError("failed", broken);
  const std::uint64_t next = static_cast<std::uint64_t>(offset) + piece.size();
  co_return json::object{{"data", crypto::to_base64(piece)}, {"next", next}, {"size", file.size}};
}

asio::awaitable<json::value> OperatorService::file_drop(Call call) {
  const store::StoredFile file = co_await file_named(call.read().needed("file"));
  const bool dropped = co_await all_.files->drop(file.id);
  co_return json::object{{"id", file.id.value()}, {"dropped", dropped}};
}

}  // namespace omegate::gateway
