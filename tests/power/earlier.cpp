#include "tests/power/earlier.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bridge/core/crypto/random.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/schema.hpp"
#include "bridge/edge/store/sealing.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "test_places.hpp"

namespace omegate::power {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* place_of_all = OMEGATE_SOURCE_DIR "/tests/data/databases";
constexpr std::string_view prefix = "schema-";
constexpr std::size_t first_with_slots = 3;  // before, the file held the data key itself
constexpr const char* domain = "@omegate.test";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void unpack(const std::string& from, const std::string& to) {
  const std::string command = "gzip -dc '" + from + "' > '" + to + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot unpack " + from);
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
}

std::string_view text(const json::object& row, std::string_view name) {
  const json::string& found = row.at(name).as_string();
  return {found.data(), found.size()};
}

std::vector<std::string> texts(const json::value& list) {
  std::vector<std::string> found;
  for (const json::value& each : list.as_array()) found.emplace_back(each.as_string().c_str());
  return found;
}

std::string jid_of(std::string_view user) { return std::string(user) + domain; }

}  // namespace

std::vector<std::size_t> Earlier::all() {
  std::vector<std::size_t> found;
  for (const auto& entry : fs::directory_iterator(place_of_all)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix)) found.push_back(std::stoul(name.substr(prefix.size())));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Earlier::Earlier(std::size_t schema)
    : schema_(schema),
      place_(std::string(place_of_all) + "/" + std::string(prefix) + (schema < 10 ? "0" : "") + std::to_string(schema)),
      content_(json::parse(content_of(place_ + "/content.json")).as_object()) {}

store::FileKey Earlier::key() const {
  const fs::path unpacked = fs::temp_directory_path() / ("omegate-key-" + std::to_string(getpid()));
  unpack(place_ + "/key.gz", unpacked);
  const std::string bytes = content_of(unpacked);
  fs::remove(unpacked);
  return {crypto::Secret<32>::from(as_bytes(bytes)).value()};
}

void Earlier::put(const std::string& folder, const std::string& anchor) const {
  unpack(place_ + "/omegate.db.gz", folder + "/omegate.db");
  if (!fs::exists(place_ + "/anchor")) return;
  for (const auto& entry : fs::directory_iterator(place_ + "/anchor")) unpack(entry.path(), anchor);
}

void Earlier::carry(const std::string& folder, std::size_t to) const {
  if (to == schema_) return;
  store::Connection db(folder + "/omegate.db", 0);
  db.execute("BEGIN IMMEDIATE");
  store::migrate(db, schema_, to);
  if (schema_ < first_with_slots && to >= first_with_slots) {
    const store::FileKey file = key();
    const store::Sealer sealer(store::DataKey{file.bytes}, store::database_id(db), crypto::system_random());
    store::KeySlots(db, sealer).put(store::SlotKind::file, store::locked_by(file, crypto::system_random()), from_ms(1));
  }
  db.execute("COMMIT");
}

std::string Earlier::fault(const std::string& folder, const std::string& anchor) const {
  try {
    store::Options options;
    options.abort_on_fatal = false;
    options.anchor = anchor;
    store::Store store(folder + "/omegate.db", key(), std::move(options));
    return store.run([&](store::Tables& tables) { return missing(tables); });
  } catch (const std::exception& failure) {
    return std::string("cannot go on: ") + failure.what();
  }
}

std::string Earlier::missing(store::Tables& tables) const {
  if (tables.lineage.rekeying_due()) return "the upgrade is taken for an old copy";
  for (const auto part : {&Earlier::missing_identity, &Earlier::missing_trust, &Earlier::missing_rows,
                          &Earlier::missing_of_later_tables, &Earlier::unsealed}) {
    if (std::string fault = (this->*part)(tables); !fault.empty()) return fault;
  }
  return {};
}

gateway::Sender Earlier::sender(store::Tables& tables, std::string_view account) const {
  const std::string jid = jid_of(account);
  const auto id = tables.accounts.id_of(jid);
  const auto own = tables.identities.load(id);
  if (!own) throw std::runtime_error("lost: the identity of " + jid);
  return {id, jid, own->device, std::string(account)};
}

std::string Earlier::missing_identity(store::Tables& tables) const {
  for (const json::value& each : content_.at("accounts").as_array()) {
    const json::object& account = each.as_object();
    const auto id = tables.accounts.id_of(text(account, "jid"));
    const auto own = tables.identities.load(id);
    const auto key = omemo::parse_fingerprint(text(account, "fingerprint")).value();
    if (!own || own->keys.curve() != key || own->device.value() != account.at("device").to_number<std::uint32_t>())
      return "lost: identity or device of " + std::string(text(account, "jid"));
  }
  return {};
}

std::string Earlier::missing_trust(store::Tables& tables) const {
  const auto report = tables.ledger.verify();
  if (report.fault) return "the ledger is broken";
  if (report.rows != content_.at("facts").to_number<std::uint64_t>())
    return "the ledger has " + std::to_string(report.rows) + " rows";
  for (const json::value& each : content_.at("keys").as_array()) {
    const json::object& row = each.as_object();
    const auto key = omemo::parse_fingerprint(text(row, "fingerprint")).value();
    const auto level = tables.ledger.view().level(jid_of(text(row, "account")), text(row, "jid"), key);
    if (trust::name(level) != text(row, "level"))
      return "a key of " + std::string(text(row, "jid")) + " is " + std::string(trust::name(level));
  }
  return {};
}

std::string Earlier::missing_rows(store::Tables& tables) const {
  const auto bodies = [&](store::MessageState state, std::string_view user) {
    store::OutboxFilter filter;
    filter.state = state;
    filter.recipient = jid_of(user);
    std::vector<std::string> found;
    for (const auto& row : tables.outbox.list(filter)) {
      if (const auto message = gateway::decode_outgoing(row.body); !message.file) found.push_back(message.text);
    }
    std::reverse(found.begin(), found.end());  // the list has the newest first
    return found;
  };
  for (const auto& [user, queued] : content_.at("queued").as_object()) {
    if (bodies(store::MessageState::accepted, user) != texts(queued)) return "lost: what was queued for " + std::string(user);
  }
  if (bodies(store::MessageState::held, "bob") != std::vector{std::string(text(content_, "held"))}) return "lost: what was held";
  const auto events = tables.inbox.list(10, "patience");
  if (events.size() != 1 || events[0].event.attempts == 0) return "lost: the event that waits";
  const auto event = plugin::parse_message(as_text(events[0].event.payload));
  const bool same = event && event.value().text.find(text(content_, "waiting")) != std::string::npos;
  return same ? "" : "lost: what the event says";
}

std::string Earlier::missing_of_later_tables(store::Tables& tables) const {
  if (has("timers") && tables.timers.count("remind") != 1) return "lost: a timer";
  if (has("timers") && tables.kv.keys("remind").empty()) return "lost: what a plugin kept";
  if (has("files") && tables.files.list(10).size() != 1) return "lost: a file";
  if (has("api") && tables.api_events.queue("api:home").waiting == 0) return "lost: events of the API";
  if (has("mails") && tables.mails.count("mailer") != 1) return "lost: a mail";
  return {};
}

/// The sessions go on: everything that is queued becomes ciphertext for devices that are known.
std::string Earlier::unsealed(store::Tables& tables) const {
  const gateway::Sender bot = sender(tables, "bot");
  const WallTime now = from_ms(content_.at("made_ms").to_number<std::int64_t>()) + std::chrono::hours(1);
  const auto due = tables.outbox.take_due(bot.account, now, 100);
  std::size_t sealed = 0, with_file = 0;
  for (const store::DueMessage& message : due) {
    const auto outcome = gateway::seal_message(tables, bot, message, trust::MessageRule::partial, false,
                                               crypto::system_random(), now);
    if (outcome.kind == gateway::SealOutcome::Kind::needs_upload) ++with_file;
    if (outcome.kind == gateway::SealOutcome::Kind::written && !outcome.stanzas.empty()) ++sealed;
  }
  std::size_t wanted = 0;
  for (const auto& [user, queued] : content_.at("queued").as_object()) wanted += queued.as_array().size();
  if (sealed != wanted || (with_file == 1) != has("files"))
    return "of " + std::to_string(wanted) + " queued messages " + std::to_string(sealed) + " could be sealed";
  return {};
}

bool Earlier::has(std::string_view thing) const {
  const auto things = texts(content_.at("has"));
  return std::find(things.begin(), things.end(), thing) != things.end();
}

}  // namespace omegate::power
