#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <fstream>

#include "bridge/app/cli/ledger_file.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "tests/unit/app/cli/command_line.hpp"

namespace {

using namespace omegate;
using app::test::CommandLine;
using testing::HasSubstr;
namespace json = boost::json;

const std::array<Byte, 32> seed_bytes{1, 2, 3};
const crypto::Secret<32> seed{seed_bytes};
const std::string key_hex = crypto::to_hex(crypto::ed25519_public(seed));

trust::Entry entry(trust::Fact fact, Byte key, const std::string& peer = "alice@example.org") {
  trust::Entry made;
  made.actor = "operator root";
  made.account = "other@example.org";
  made.peer = peer;
  made.key.fill(key);
  made.fact = fact;
  made.reason = "met";
  return made;
}

/// Three contacts' keys: one verified, one revoked, one merely seen.
struct LedgerLines : testing::Test {
  CommandLine line;
  std::vector<std::string> lines{json::serialize(app::ledger_header(key_hex))};
  trust::Head head;

  LedgerLines() {
    add(entry(trust::Fact::verified, 1));
    add(entry(trust::Fact::seen, 2));
    add(entry(trust::Fact::revoked, 3, "bob@example.org"));
  }
  void add(trust::Entry made) {
    const trust::Row row = trust::chain(head, std::move(made), seed, trust::Salt{9});
    head = {head.seq + 1, row.hash};
    lines.push_back(json::serialize(json::object{{"row", head.seq},
                                                 {"entry", crypto::to_base64(row.entry)},
                                                 {"salt", crypto::to_base64(*row.salt)},
                                                 {"commitment", crypto::to_base64(*row.commitment)},
                                                 {"hash", crypto::to_hex(row.hash)},
                                                 {"signature", crypto::to_base64(row.signature)}}));
  }
  std::string file() {
    const auto path = (line.folder / "ledger.jsonl").string();
    std::ofstream out(path);
    for (const auto& each : lines) out << each << '\n';
    return path;
  }
};

TEST_F(LedgerLines, AnExportIsVerifiedWithoutAGateway) {
  EXPECT_EQ(line.run({"trust", "verify", file()}), 0) << line.err.str();
  EXPECT_THAT(line.out.str(), HasSubstr("3 rows"));
  EXPECT_THAT(line.out.str(), HasSubstr(key_hex));
  EXPECT_TRUE(line.asked.empty());
}

TEST_F(LedgerLines, AnAlteredLineIsNamed) {
  std::swap(lines[2], lines[3]);
  EXPECT_EQ(line.run({"trust", "verify", file()}), 4);
  EXPECT_THAT(line.out.str(), HasSubstr("row 2"));
  lines[2] = "{}";
  EXPECT_EQ(line.run({"trust", "verify", file()}), 1);
  EXPECT_THAT(line.err.str(), HasSubstr("ledger.jsonl:3: expected entry, hash and signature"));
  lines[0] = "[]";
  EXPECT_EQ(line.run({"trust", "verify", file()}), 1);
  EXPECT_THAT(line.err.str(), HasSubstr("ledger.jsonl:1:"));
}

TEST_F(LedgerLines, ImportTakesWhatPeopleDecided) {
  line.answer = R"({"keys":[{"jid":"x","fingerprint":"00","level":"verified"}]})";
  EXPECT_EQ(line.ask({"trust", "import", file(), "--signed-by", key_hex}), 0) << line.err.str();
  std::vector<std::string> asked;
  for (const auto& each : line.asked)
    if (each.verb != "trust.list")
      asked.push_back(each.verb + " " + std::string(each.args.at("jid").as_string()) + " " +
                      std::string(each.args.at("which").as_string()).substr(0, 4));
  EXPECT_THAT(asked, testing::ElementsAre("trust.approve alice@example.org 0101",
                                          "trust.revoke bob@example.org 0303"));
  EXPECT_EQ(line.asked[1].args.at("level"), "verified");
  EXPECT_THAT(std::string(line.asked[1].args.at("why").as_string()),
              HasSubstr("there by operator root: met"));
}

TEST_F(LedgerLines, ImportBelievesNoLedgerWhoseKeyWasNotNamed) {
  EXPECT_EQ(line.ask({"trust", "import", file()}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("--signed-by " + key_hex));
  EXPECT_EQ(line.ask({"trust", "import", file(), "--signed-by", std::string(64, '0')}), 2);
  std::swap(lines[1], lines[2]);
  EXPECT_EQ(line.ask({"trust", "import", file(), "--signed-by", key_hex}), 1);
  EXPECT_TRUE(line.asked.empty()) << "nothing is decided by a ledger that is not whole";
}

TEST_F(LedgerLines, WhatStandsAlreadyIsNotDecidedAgain) {
  line.answer = R"({"keys":[{"jid":"alice@example.org","fingerprint":")" + crypto::to_hex(Bytes(32, 1)) +
                R"(","level":"verified"}]})";
  EXPECT_EQ(line.ask({"trust", "import", file(), "--signed-by", key_hex, "--jid", "alice@example.org"}), 0);
  for (const auto& each : line.asked) EXPECT_EQ(each.verb, "trust.list");
}

TEST(LedgerVerbs, LogPassesItsFilters) {
  CommandLine line;
  line.answer = R"({"rows":[],"more":false})";
  EXPECT_EQ(line.ask({"trust", "log", "--jid", "a@b.c", "--fact", "revoked", "--since", "2h", "--until",
                      "2026-09-21"}),
            0);
  EXPECT_EQ(line.asked[0].args, (json::object{{"jid", "a@b.c"},
                                              {"fact", "revoked"},
                                              {"limit", 100},
                                              {"since_ms", 1'790'000'000'000 - 7'200'000},
                                              {"until_ms", 1'789'948'800'000}}));
  EXPECT_EQ(line.ask({"trust", "log", "--since", "yesterday"}), 2);
}

TEST(LedgerVerbs, ExplainShowsTheRule) {
  CommandLine line;
  line.answer =
      R"({"jid":"a@b.c","account":"bot","fingerprint":"00","decision":"refuse","rule":"a revoked key is used under no policy",
    "steps":[{"row":7,"at_ms":1789999000000,"decision":"refuse","because":"operator root does not want it","why":"stolen"}]})";
  EXPECT_EQ(line.ask({"trust", "explain", "7a688b0b", "47c0856d"}), 0);
  EXPECT_EQ(line.asked[0].args.at("which"), "7a688b0b47c0856d");
  EXPECT_THAT(line.out.str(), HasSubstr("never encrypted to: a revoked key is used under no policy"));
  EXPECT_THAT(line.out.str(), HasSubstr("row 7"));
  EXPECT_THAT(line.out.str(), HasSubstr("\"stolen\""));
}

TEST(LedgerVerbs, ACheckpointIsComparedOnlyIfItsSignatureIsRight) {
  CommandLine line;
  const auto made = trust::checkpoint({17, trust::RowHash{5}}, seed);
  json::object kept{{"row", 17},
                    {"hash", crypto::to_hex(made.head.hash)},
                    {"signed_by", crypto::to_hex(made.signed_by)},
                    {"signature", crypto::to_base64(made.signature)}};
  const auto path = (line.folder / "point.json").string();
  std::ofstream(path) << json::serialize(kept);
  line.answer = R"({"ok":false,"rows":20,"checkpoint":"other","head":"00","signed_by":"00"})";
  EXPECT_EQ(line.ask({"trust", "verify", "--checkpoint", path}), 4);
  EXPECT_EQ(line.asked[0].args.at("row"), 17);
  EXPECT_THAT(line.out.str(), HasSubstr("made anew"));
  kept["row"] = 18;
  std::ofstream(path) << json::serialize(kept);
  EXPECT_EQ(line.ask({"trust", "verify", "--checkpoint", path}), 2);
}

TEST(LedgerVerbs, ExportWritesEachPage) {
  CommandLine line;
  line.answer = R"({"rows":[{"row":1,"entry":"x"}],"more":false,"signed_by":"ab"})";
  const auto path = (line.folder / "out.jsonl").string();
  EXPECT_EQ(line.ask({"trust", "export", path}), 0);
  std::ifstream in(path);
  std::string first, second;
  std::getline(in, first);
  std::getline(in, second);
  EXPECT_EQ(first, R"({"omegate_ledger":1,"signed_by":"ab"})");
  EXPECT_EQ(second, R"({"row":1,"entry":"x"})");
}

}  // namespace
