// Laws: one entry has one encoding; a chain of rows is accepted as it is and with no byte of it altered, no
// row missing, doubled or moved; an entry that is not stored after all leaves no trace in the view.
//
// Input: as a row; and as codes of entries (6 bytes each), behind 4 bytes that say what is done to the chain.
// case 120
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "bridge/core/trust/chain.hpp"
#include "bridge/core/trust/view.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::trust;

constexpr std::size_t code_size = 6, most_entries = 6;  // a row costs a signature

void check_row(ByteView row) {
  const auto entry = decode(row);
  if (!entry) return;
  require(encode(*entry) == Bytes(row.begin(), row.end()), "one entry, one encoding");
  require(fact_named(name(entry->fact)) == entry->fact, "a fact has a name");
}

Entry entry_of(ByteView code) {
  constexpr std::array<std::string_view, 4> peers{"alice@example.net", "bob@example.net", "example.net", ""};
  constexpr std::array<std::string_view, 6> values{"tofu", "manual", "configured", "blind", "", "first"};
  Entry entry;
  entry.fact = static_cast<Fact>(1 + code[0] % 11);
  entry.account = code[0] & 0x80 ? "bot@example.org" : "other@example.org";
  entry.actor = code[1] & 0x80 ? "gateway" : "cli:root";
  entry.peer = peers[code[1] % peers.size()];
  entry.device = code[2];
  if (code[3] != 0) entry.key.fill(static_cast<Byte>(1 + code[3] % 4));
  entry.time = from_ms(1'700'000'000'000 + 3'600'000 * std::int64_t{code[4]});
  entry.value = values[code[5] % values.size()];
  return entry;
}

/// Everything a view can be asked, as text.
std::string answers(const View& view) {
  std::string all = std::to_string(view.seq());
  for (const auto& account : view.accounts()) {
    for (const auto& peer : view.peers(account)) {
      all += "\n" + account + " " + peer + " " + std::string(name(view.policy(account, peer))) + " " +
             std::to_string(view.decided_at(account, peer));
      const auto* const contact = view.find(account, peer);
      require(contact != nullptr, "who is listed is known");
      all += contact->met ? " met" : "";
      for (const auto& [device, time] : contact->noted) all += " " + std::to_string(device);
      for (const KnownKey& key : contact->keys) {
        all += "\n  " + fingerprint(key.key) + std::string(name(key.level)) + (key.sight_counts ? "s" : "") +
               (key.decided_by_person ? "d" : "") + std::to_string(to_ms(key.changed)) + key.changed_by +
               std::string(name(view.decide(account, peer, key.key)));
        for (const auto device : key.devices) all += "," + std::to_string(device);
        require(key.level != Level::revoked || view.decide(account, peer, key.key) == Decision::refuse,
                "nothing goes to a revoked key");
      }
    }
  }
  return all;
}

bool is_good(std::span<const Row> rows, const crypto::PublicKey& ed, const Head& head) {
  return !verify(rows, ed, head).has_value();
}

/// Takes, doubles, swaps or alters; false if the rows are what they were.
bool tamper(std::vector<Row>& rows, ByteView how) {
  const std::size_t at = how[1] % rows.size();
  Row& row = rows[at];
  switch (how[0] % 6) {
    case 0:
      return rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at)), true;
    case 1:
      return rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(at), Row(row)), true;
    case 2:
      std::swap(row, rows[how[2] % rows.size()]);
      return at != how[2] % rows.size();
    case 3:
      row.entry[how[2] % row.entry.size()] ^= how[3];
      break;
    case 4:
      row.hash[how[2] % row.hash.size()] ^= how[3];
      break;
    default:
      row.signature[how[2] % row.signature.size()] ^= how[3];
      break;
  }
  return how[3] != 0;
}

}  // namespace

void fuzz_ledger(ByteView input) {
  check_row(input);
  if (input.size() < 4 + code_size) return;
  static const auto seed = crypto::Secret<32>::from(Bytes(32, Byte{7})).value();
  static const crypto::PublicKey ed = crypto::ed25519_public(seed);
  View view;
  std::vector<Row> rows;
  Head head;
  for (ByteView rest = input.subspan(4); rest.size() >= code_size && rows.size() < most_entries;
       rest = rest.subspan(code_size)) {
    Entry entry = entry_of(rest.first(code_size));
    rows.push_back(chain(head, entry, seed));
    entry.seq = head.seq + 1;
    head = {entry.seq, rows.back().hash};
    check_row(rows.back().entry);
    const std::string before = answers(view);
    auto undo = view.before(entry);
    view.apply(entry);
    const std::string after = answers(view);
    view.put_back(std::move(undo));
    require(answers(view) == before, "what was not stored leaves no trace");
    view.apply(entry);
    require(answers(view) == after, "the same entry says the same");
  }
  require(is_good(rows, ed, head), "a chain is good as it was written");
  if (tamper(rows, input.first(4))) require(!is_good(rows, ed, head), "a chain that was altered is not");
}

}  // namespace omegate::fuzz
