#include "bridge/core/trust/chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bridge/core/trust/limits.hpp"

namespace omegate::trust {
namespace {

using namespace std::chrono_literals;

const std::array<Byte, 32> seed_bytes{1, 2, 3};
const crypto::Secret<32> seed{seed_bytes};
const crypto::PublicKey ed = crypto::ed25519_public(seed);

Entry entry_number(int i) {
  Entry entry;
  entry.time = WallTime(std::chrono::milliseconds(1'700'000'000'000 + i));
  entry.actor = "cli:root";
  entry.account = "bot@example.org";
  entry.peer = "juliet@example.org";
  entry.device = 4711;
  entry.key.fill(static_cast<Byte>(i));
  entry.fact = i % 2 ? Fact::trusted : Fact::seen;
  entry.reason = "met in person";
  return entry;
}

std::vector<Row> ledger(int rows) {
  std::vector<Row> chained;
  Head head;
  for (int i = 0; i < rows; ++i) {
    chained.push_back(chain(head, entry_number(i), seed));
    head = {head.seq + 1, chained.back().hash};
  }
  return chained;
}

Head head_of(const std::vector<Row>& rows) { return {rows.size(), rows.back().hash}; }

TEST(Entry, IsDecodedAsItWasEncoded) {
  Entry entry = entry_number(7);
  entry.seq = 0x0102030405060708;
  entry.value = std::string("\0\xff", 2);
  EXPECT_EQ(decode(encode(entry)).value(), entry);
  entry.reason.clear();  // most entries have none: the row ends with a length
  EXPECT_EQ(decode(encode(entry)).value(), entry);
}

TEST(Entry, IsEncodedInOneFixedWay) {
  Entry entry;
  entry.seq = 1;
  entry.account = "a";
  entry.device = 2;
  entry.fact = Fact::policy;
  entry.value = "tofu";
  const Bytes row = encode(entry);
  // seq, time, actor, account, peer, device: each with its length in front
  const Bytes start{0, 0, 0, 8, 0, 0, 0, 0,   0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 32};
  EXPECT_TRUE(std::equal(start.begin(), start.end(), row.begin()));
  const Bytes end{0, 0, 0, 1, 7, 0, 0, 0, 4, 't', 'o', 'f', 'u', 0, 0, 0, 0};
  EXPECT_TRUE(std::equal(end.rbegin(), end.rend(), row.rbegin()));
}

TEST(Entry, IsNotDecodedFromAnythingElse) {
  const Bytes row = encode(entry_number(1));
  for (std::size_t size = 0; size < row.size(); ++size)
    EXPECT_EQ(decode(ByteView(row).first(size)).error(), Error::undecodable_row);
  Bytes longer = row;
  longer.push_back(0);
  EXPECT_EQ(decode(longer).error(), Error::undecodable_row);
  EXPECT_EQ(decode(Bytes(200, 0xff)).error(), Error::undecodable_row);
}

/// The row with field `index` replaced by these bytes, its length in front.
Bytes with_field(const Bytes& row, std::size_t index, const Bytes& field) {
  Bytes out;
  std::size_t at = 0;
  for (std::size_t i = 0; at < row.size(); ++i) {
    const auto size = std::size_t{row[at + 2]} << 8 | row[at + 3];
    const auto first = row.begin() + static_cast<std::ptrdiff_t>(at + 4);
    const Bytes content = i == index ? field : Bytes(first, first + static_cast<std::ptrdiff_t>(size));
    out.insert(out.end(), {0, 0, static_cast<Byte>(content.size() >> 8), static_cast<Byte>(content.size())});
    out.insert(out.end(), content.begin(), content.end());
    at += 4 + size;
  }
  return out;
}

TEST(Entry, IsNotDecodedWithAFieldOfAnotherSize) {
  constexpr std::size_t seq = 0, time = 1, actor = 2, device = 5, key = 6, fact = 7;
  const Bytes row = encode(entry_number(1));
  EXPECT_EQ(with_field(row, seq, Bytes(8)).size(), row.size());
  for (const std::size_t number : {seq, time}) {
    for (const std::size_t size : {0u, 7u, 9u})
      EXPECT_EQ(decode(with_field(row, number, Bytes(size))).error(), Error::undecodable_row) << number;
  }
  for (const std::size_t size : {3u, 5u})
    EXPECT_EQ(decode(with_field(row, device, Bytes(size))).error(), Error::undecodable_row);
  for (const std::size_t size : {31u, 33u})
    EXPECT_EQ(decode(with_field(row, key, Bytes(size))).error(), Error::undecodable_row);
  EXPECT_EQ(decode(with_field(row, fact, {0, 1})).error(), Error::undecodable_row);
  EXPECT_TRUE(decode(with_field(row, actor, Bytes(max_text, 'x'))));
  EXPECT_EQ(decode(with_field(row, actor, Bytes(max_text + 1, 'x'))).error(), Error::undecodable_row);
}

TEST(Entry, IsNotDecodedWithAFactThatNobodyKnows) {
  constexpr std::size_t fact = 7;
  const Bytes row = encode(entry_number(1));
  int known = 0;
  for (int number = 0; number < 256; ++number)
    known += decode(with_field(row, fact, {static_cast<Byte>(number)})).has_value() ? 1 : 0;
  EXPECT_EQ(known, 17);
}

TEST(Entry, CutsTextsThatAreTooLong) {
  Entry entry = entry_number(1);
  entry.reason.assign(max_text + 100, 'x');
  EXPECT_EQ(decode(encode(entry)).value().reason.size(), max_text);
}

TEST(Fact, HasNamesThatReadBack) {
  for (int i = 1; i <= 13; ++i) EXPECT_EQ(fact_named(name(static_cast<Fact>(i))), static_cast<Fact>(i));
  EXPECT_FALSE(fact_named("forgiven"));
  EXPECT_FALSE(fact_named(name(Fact::forgotten))) << "nobody can say it, it is what is left";
}

TEST(Chain, VerifiesWhatItSigned) {
  const auto rows = ledger(5);
  EXPECT_EQ(verify(rows, ed), std::nullopt);
  EXPECT_EQ(verify(rows, ed, head_of(rows)), std::nullopt);
  EXPECT_EQ(verify({}, ed, Head()), std::nullopt);
}

TEST(Chain, HashesAsPublished) {
  // SHA-256 of the label, 32 zero bytes and "row", so that another program can check a ledger.
  EXPECT_EQ(fingerprint(row_hash(RowHash(), as_bytes("row"))),
            "7dbb20fc135e4c6a3a131620a347fc59e631fb4e96d9880a4d43478aa581d050");
}

// Exhaustive: every bit pattern an attacker could start with, one byte at a time.
// case 120
TEST(Chain, NamesTheRowOfEveryFlippedByte) {
  const auto intact = ledger(4);
  for (std::size_t at = 0; at < intact.size(); ++at) {
    const auto expect_named = [&](const std::vector<Row>& rows) {
      const auto fault = verify(rows, ed);
      ASSERT_TRUE(fault);
      EXPECT_EQ(fault->seq, at + 1);
    };
    for (const int mask : {0x01, 0x80, 0xff}) {
      const Byte flip = static_cast<Byte>(mask);
      auto rows = intact;
      for (Byte& byte : rows[at].entry) {
        byte = static_cast<Byte>(byte ^ flip);
        expect_named(rows);
        byte = static_cast<Byte>(byte ^ flip);
      }
      for (Byte& byte : rows[at].hash) {
        byte = static_cast<Byte>(byte ^ flip);
        expect_named(rows);
        byte = static_cast<Byte>(byte ^ flip);
      }
      for (Byte& byte : rows[at].signature) {
        byte = static_cast<Byte>(byte ^ flip);
        expect_named(rows);
        byte = static_cast<Byte>(byte ^ flip);
      }
    }
  }
}

// case 120
TEST(Chain, SaysWhatIsWrong) {
  auto rows = ledger(3);
  rows[1].signature[5] ^= 1;
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_signature}));
  rows = ledger(3);
  rows[1].hash[5] ^= 1;
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
  rows = ledger(3);
  rows[1].entry.back() ^= 1;  // the last letter of the reason
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
  rows[1].entry.pop_back();
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::undecodable_row}));
  EXPECT_NE(describe({2, Error::wrong_hash}).find("row 2"), std::string::npos);
}

// case 120
TEST(Chain, DoesNotBelieveAnotherKeyAlthoughItsHashesFit) {
  const std::array<Byte, 32> other_bytes{9};
  const crypto::Secret<32> other{other_bytes};
  auto rows = ledger(2);
  rows.push_back(chain(head_of(rows), entry_number(3), other));
  EXPECT_EQ(verify(rows, ed), (Fault{3, Error::wrong_signature}));
}

// case 122
TEST(Chain, NoticesRowsThatWereInsertedRemovedReorderedOrDoubled) {
  const auto intact = ledger(5);
  for (std::size_t at = 0; at < intact.size(); ++at) {
    auto doubled = intact;
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(at), intact[at]);
    EXPECT_EQ(verify(doubled, ed), (Fault{at + 2, Error::out_of_sequence}));
    auto removed = intact;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_EQ(verify(removed, ed, head_of(intact))->seq, at + 1);
    for (std::size_t other = at + 1; other < intact.size(); ++other) {
      auto swapped = intact;
      std::swap(swapped[at], swapped[other]);
      EXPECT_EQ(verify(swapped, ed), (Fault{at + 1, Error::out_of_sequence}));
    }
  }
  // A row of another chain, signed with the same key, at the right place by its number.
  auto replaced = intact;
  replaced[2] = chain({2, RowHash()}, entry_number(2), seed);
  EXPECT_EQ(verify(replaced, ed), (Fault{3, Error::wrong_hash}));
}

// case 121
TEST(Chain, NoticesAMissingEndByItsHead) {
  const auto intact = ledger(3);
  auto shorter = intact;
  shorter.pop_back();
  EXPECT_EQ(verify(shorter, ed), std::nullopt);  // a shorter ledger is a valid one
  EXPECT_EQ(verify(shorter, ed, head_of(intact)), (Fault{3, Error::truncated}));
}

Salt salt_of(int i) {
  Salt salt{};
  salt.fill(static_cast<Byte>(i + 1));
  return salt;
}

std::vector<Row> committed_ledger(int rows) {
  std::vector<Row> chained;
  Head head;
  for (int i = 0; i < rows; ++i) {
    chained.push_back(chain(head, entry_number(i), seed, salt_of(i)));
    head = {head.seq + 1, chained.back().hash};
  }
  return chained;
}

Row forgotten(Row row) {
  row.entry.clear();
  row.salt.reset();
  return row;
}

TEST(Chain, HoldsWhenContactsWereForgotten) {
  auto rows = committed_ledger(4);
  EXPECT_EQ(verify(rows, ed, head_of(rows)), std::nullopt);
  rows[0] = forgotten(rows[0]);
  rows[2] = forgotten(rows[2]);
  EXPECT_EQ(verify(rows, ed, head_of(rows)), std::nullopt);
  Verifier verifier(ed);
  const auto gone = verifier.next(rows[0]);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->fact, Fact::forgotten);
  EXPECT_EQ(gone->seq, 1u);
  EXPECT_EQ(gone->peer, "");
}

TEST(Chain, NamesARowThatDoesNotFitItsCommitment) {
  const auto intact = committed_ledger(3);
  auto rows = intact;
  rows[1].entry.back() ^= 1;
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
  rows = intact;
  (*rows[1].salt)[0] ^= 1;
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
  rows = intact;
  (*rows[1].commitment)[0] ^= 1;
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
  rows = intact;
  rows[1].salt.reset();  // an entry that nothing binds to its commitment
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
  rows = intact;
  rows[1].commitment.reset();  // as if it were a row of the old kind
  EXPECT_EQ(verify(rows, ed), (Fault{2, Error::wrong_hash}));
}

// case 124
TEST(Chain, GoesOnUnderAKeyThatTheOldOneSigned) {
  const std::array<Byte, 32> next_bytes{7};
  const crypto::Secret<32> next{next_bytes};
  auto rows = ledger(2);
  Entry change;
  change.actor = "cli:root";
  change.fact = Fact::signing_key;
  change.key = crypto::ed25519_public(next);
  rows.push_back(chain(head_of(rows), change, seed));
  const Head changed = head_of(rows);
  rows.push_back(chain(changed, entry_number(4), next));
  EXPECT_EQ(verify(rows, ed, head_of(rows)), std::nullopt);
  rows.back() = chain(changed, entry_number(4), seed);
  EXPECT_EQ(verify(rows, ed), (Fault{4, Error::wrong_signature})) << "the old key signs no more";
  rows.resize(2);
  rows.push_back(chain(head_of(rows), change, next));
  EXPECT_EQ(verify(rows, ed), (Fault{3, Error::wrong_signature})) << "a key cannot appoint itself";
}

TEST(Verifier, LooksAtSignaturesBehindWhatIsTrusted) {
  auto rows = ledger(4);
  rows[1].signature[0] ^= 1;
  Verifier trusting(ed, {3, rows[2].hash});
  for (const Row& row : rows) EXPECT_TRUE(trusting.next(row));
  rows[3].signature[0] ^= 1;
  Verifier again(ed, {3, rows[2].hash});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(again.next(rows[static_cast<std::size_t>(i)]));
  EXPECT_EQ(again.next(rows[3]).error(), Error::wrong_signature);
  Verifier other(ed, {3, RowHash()});
  EXPECT_TRUE(other.next(rows[0]));
  EXPECT_TRUE(other.next(rows[1]));
  EXPECT_EQ(other.next(rows[2]).error(), Error::wrong_signature) << "these rows are not those that were looked at";
}

TEST(Checkpoint, IsGenuineOnlyAsItWasSigned) {
  Checkpoint made = checkpoint(head_of(ledger(3)), seed);
  EXPECT_EQ(made.signed_by, ed);
  EXPECT_TRUE(is_genuine(made));
  made.head.seq = 4;
  EXPECT_FALSE(is_genuine(made));
}

// case 127
TEST(Verifier, FlagsAClockThatWentBack) {
  Verifier verifier(ed);
  Head head;
  for (const int time : {10, 20, 15, 20, 19, 30}) {
    const Row row = chain(head, entry_number(time), seed);
    ASSERT_TRUE(verifier.next(row));
    head = verifier.head();
  }
  EXPECT_EQ(verifier.clock_regressions(), (std::vector<std::uint64_t>{3, 5}));
}

}  // namespace
}  // namespace omegate::trust
