// The database's keys and copies, as an operator handles them. Passphrases never come here: the command line
// makes keys of them.
#include <boost/json.hpp>
#include <filesystem>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/backup_file.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::string_view word(store::SlotKind kind) {
  switch (kind) {
    case store::SlotKind::file:
      return "file";
    case store::SlotKind::next_file:
      return "next_file";
    case store::SlotKind::recovery:
      return "recovery";
  }
  return "unknown";
}

json::object slot_row(const store::KeySlot& slot) {
  json::object row{{"kind", word(slot.kind)}, {"made_ms", to_ms(slot.made)}};
  if (slot.lock.cost) {
    row["passes"] = slot.lock.cost->passes;
    row["memory_kib"] = slot.lock.cost->memory_kib;
  }
  return row;
}

OperatorError bad(const std::string& name) {
  return {"bad_argument", "the argument '" + name + "' makes no sense", "is omegate newer than its gateway?"};
}

Bytes needed_bytes(const OperatorArgs& args, const std::string& name, std::size_t size) {
  auto bytes = crypto::from_base64(args.needed(name));
  if (!bytes || bytes->size() != size) throw bad(name);
  return std::move(*bytes);
}

crypto::Secret<32> needed_key(const OperatorArgs& args, const std::string& name) {
  Bytes bytes = needed_bytes(args, name, 32);
  const auto key = crypto::Secret<32>::from(bytes).value();
  crypto::wipe(bytes);
  return key;
}

std::uint32_t needed_count(const OperatorArgs& args, const std::string& name) {
  const auto value = args.needed_number(name);
  if (value < 1 || value > UINT32_MAX) throw bad(name);
  return static_cast<std::uint32_t>(value);
}

/// What `app/cli/passphrase` made of a passphrase.
store::LockedBy needed_lock(const OperatorArgs& args) {
  store::LockedBy by{{}, needed_key(args, "outer")};
  const Bytes salt = needed_bytes(args, "salt", by.lock.salt.size());
  std::copy(salt.begin(), salt.end(), by.lock.salt.begin());
  by.lock.cost = {needed_count(args, "passes"), needed_count(args, "memory_kib")};
  return by;
}

void rotate_step(store::Tables& tables, const OperatorArgs& args, Random& random, WallTime now) {
  const std::string step = args.needed("step");
  if (step == "finish") {
    tables.key_slots.finish_change();
  } else if (step == "cancel") {
    if (!tables.key_slots.cancel_change())
      throw OperatorError("conflict", "no change of the key is under way");
  } else if (step == "begin") {
    const auto current =
        args.text("current") ? std::optional(store::FileKey{needed_key(args, "current")}) : std::nullopt;
    const store::FileKey next{needed_key(args, "next")};
    if (tables.key_slots.begin_change(current, store::locked_by(next, random), now)) return;
    if (current) throw OperatorError("conflict", "the key file in place does not open the database");
    throw OperatorError("conflict", "another change of the key is under way",
                        "start the gateway with that key, or call it off: omegate key rotate --cancel");
  } else {
    throw bad("step");
  }
}

}  // namespace

asio::awaitable<json::value> OperatorService::key_status(Call) {
  co_return co_await all_.context.store.transact([](store::Tables& tables) {
    json::array slots;
    for (const auto& slot : tables.key_slots.all()) slots.push_back(slot_row(slot));
    return json::object{{"slots", std::move(slots)}};
  });
}

asio::awaitable<json::value> OperatorService::key_rotate(Call call) {
  co_await all_.context.store.transact([&](store::Tables& tables) {
    rotate_step(tables, call.read(), all_.context.random, all_.context.now());
  });
  log_info("key.rotate", {{"by", call.actor}, {"step", call.read().needed("step")}});
  co_return json::object{{"done", true}};
}

asio::awaitable<json::value> OperatorService::key_recovery_set(Call call) {
  const auto args = call.read();
  const store::LockedBy by = needed_lock(args);
  co_await all_.context.store.transact(
      [&](store::Tables& tables) { tables.key_slots.set_recovery(by, all_.context.now()); });
  log_info("key.recovery_set", {{"by", call.actor}});
  co_return json::object{{"done", true}};
}

/// The passphrase is tried where it was typed: here is what it has to open.
asio::awaitable<json::value> OperatorService::key_recovery_test(Call) {
  co_return co_await all_.context.store.transact([](store::Tables& tables) {
    const auto slot = tables.key_slots.find(store::SlotKind::recovery);
    if (!slot)
      throw OperatorError("not_found", "there is no recovery passphrase",
                          "set one: omegate key recovery set");
    json::object row = slot_row(*slot);
    row["salt"] = crypto::to_base64(slot->lock.salt);
    row["sealed"] = crypto::to_base64(slot->sealed);
    row["database"] = crypto::to_base64(tables.key_slots.database());
    return row;
  });
}

/// A copy of the database and what a backup of it begins with; whoever asks makes the file and deletes the
/// copy.
asio::awaitable<json::value> OperatorService::backup(Call call) {
  const auto args = call.read();
  const auto backup_key = needed_key(args, "backup_key");
  const auto given = args.text("outer") ? std::optional(needed_lock(args)) : std::nullopt;
  const WallTime now = all_.context.now();
  const Bytes preamble = co_await all_.context.store.transact([&](store::Tables& tables) {
    const auto by = given ? given : tables.key_slots.recovery();
    if (!by)
      throw OperatorError("conflict", "there is no recovery passphrase to seal the backup with",
                          "set one (omegate key recovery set), or give one for this file: --passphrase-file");
    return store::backup_preamble(tables.key_slots, *by, backup_key, now);
  });
  std::array<Byte, 8> random{};
  all_.context.random.fill(random);
  const std::string copy = copy_prefix(all_.context.store) + crypto::to_hex(random);
  co_await all_.context.store.copy_to(copy);
  log_info("backup.copied", {{"by", call.actor}, {"bytes", std::filesystem::file_size(copy)}});
  co_return json::object{{"copy", copy}, {"preamble", crypto::to_base64(preamble)}, {"made_ms", to_ms(now)}};
}

std::string copy_prefix(const store::Store& store) { return store.path() + ".copy-"; }

void remove_copies(const store::Store& store) {
  const std::filesystem::path prefix = copy_prefix(store);
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(prefix.parent_path(), ignored)) {
    if (file.path().filename().string().starts_with(prefix.filename().string()))
      std::filesystem::remove(file.path(), ignored);
  }
}

}  // namespace omegate::gateway
