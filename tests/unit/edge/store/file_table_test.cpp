#include "bridge/edge/store/file_table.hpp"

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct FileRows : StoreTest {
  NewFile offered(std::string_view details = "details") const {
    return {bot, FileState::offered, {}, 10, to_bytes(details), now + 24h};
  }
  NewFile spooled(const std::string& name) const {
    NewFile file{bot, FileState::here, SpooledContent{name, crypto::Secret<32>::random(crypto::system_random())}, 10, {}, now + 24h};
    return file;
  }
  AccountId bot = account();
};

TEST_F(FileRows, AreFoundByNumberAndByHandle) {
  in([&](Tables& t) {
    const NewFile file = spooled("aa");
    const FileId id = t.files.add(file, now);
    const auto found = t.files.find(id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->handle.size(), 32u);
    EXPECT_EQ(found->content->name, "aa");
    EXPECT_TRUE(found->content->key == file.content->key);
    EXPECT_EQ(t.files.find(found->handle)->id, id);
    EXPECT_FALSE(t.files.find(std::string(32, '0')));
    EXPECT_NE(t.files.find(t.files.add(file, now))->handle, found->handle);
  });
}

TEST_F(FileRows, GoFromOfferedOverWantedToHere) {
  in([&](Tables& t) {
    const FileId id = t.files.add(offered(), now);
    const SpooledContent content{"bb", crypto::Secret<32>::random(crypto::system_random())};
    EXPECT_FALSE(t.files.arrive(id, content, 3, {}, now)) << "nobody wants it";
    EXPECT_TRUE(t.files.wanted(10).empty());
    EXPECT_TRUE(t.files.want(id, now));
    EXPECT_FALSE(t.files.want(id, now));
    ASSERT_EQ(t.files.wanted(10).size(), 1u);
    EXPECT_TRUE(t.files.arrive(id, content, 3, as_bytes("new"), now));
    EXPECT_FALSE(t.files.arrive(id, content, 3, {}, now));
    const auto file = t.files.find(id);
    EXPECT_EQ(file->state, FileState::here);
    EXPECT_EQ(file->size, 3u);
    EXPECT_EQ(as_text(file->details), "new");
    EXPECT_EQ(t.files.used(), 3u);
    EXPECT_EQ(t.files.contents(), std::set<std::string>{"bb"});
  });
}

TEST_F(FileRows, ThatFailedMayBeWantedAgain) {
  in([&](Tables& t) {
    const FileId id = t.files.add(offered(), now);
    t.files.want(id, now);
    t.files.fail(id, as_bytes("why"), now);
    EXPECT_EQ(t.files.find(id)->state, FileState::failed);
    EXPECT_EQ(as_text(t.files.find(id)->details), "why");
    EXPECT_TRUE(t.files.want(id, now));
  });
}

TEST_F(FileRows, ExpireUnlessAMessageWaitsToCarryThem) {
  in([&](Tables& t) {
    const FileId carried = t.files.add(spooled("cc"), now);
    t.files.add(spooled("dd"), now);
    t.files.add(offered(), now);
    NewMessage message{bot, "alice@example.net", "m1", to_bytes("x")};
    message.file = carried;
    const auto row = t.outbox.add(message, now);
    std::size_t rows = 0;
    EXPECT_TRUE(t.files.expire(now, 10, rows).empty());
    EXPECT_EQ(t.files.expire(now + 24h, 10, rows), std::vector<std::string>{"dd"});
    EXPECT_EQ(rows, 2u);
    t.outbox.refuse(*row, "no", now);
    EXPECT_EQ(t.files.expire(now + 24h, 10, rows), std::vector<std::string>{"cc"});
  });
}

TEST_F(FileRows, WhoseContentIsLostAreForgotten) {
  in([&](Tables& t) {
    t.files.add(spooled("ee"), now);
    t.files.add(spooled("ff"), now);
    t.files.add(offered(), now);
    EXPECT_EQ(t.files.forget_lost({"ee"}), 1u);
    EXPECT_EQ(t.files.list(10).size(), 2u);
    EXPECT_EQ(t.files.contents(), std::set<std::string>{"ee"});
  });
}

TEST_F(FileRows, KeepKeyAndDetailsSealed) {
  in([&](Tables& t) {
    t.files.add(offered("the plans of the bridge"), now);
  });
  store.reset();
  EXPECT_EQ(read_file(path).find("plans"), std::string::npos);
}

TEST_F(FileRows, AMessageWithAFileWaitsForItsUploadAndIsDueAgainAfterARestart) {
  in([&](Tables& t) {
    NewMessage message{bot, "alice@example.net", "m1", to_bytes("x")};
    message.file = t.files.add(spooled("gg"), now);
    const auto row = t.outbox.add(message, now).value();
    EXPECT_EQ(t.outbox.take_due(bot, now, 10).size(), 1u);
    t.outbox.wait_for_upload(row, now + 1h);
    EXPECT_TRUE(t.outbox.take_due(bot, now + 30min, 10).empty());
    t.outbox.resume(3, now);
    EXPECT_EQ(t.outbox.take_due(bot, now, 10).size(), 1u);
    EXPECT_FALSE(t.outbox.fail_upload(row, "the service is away", 3, std::nullopt, now));
    EXPECT_EQ(t.outbox.find(row)->reason, "the service is away");
    EXPECT_GT(t.outbox.find(row)->due, now + 30s);
    EXPECT_EQ(t.outbox.take_due(bot, now + 2h, 10).size(), 1u);
    EXPECT_TRUE(t.outbox.fail_upload(row, "still", 3, std::nullopt, now));
    EXPECT_EQ(t.outbox.find(row)->state, MessageState::parked);
  });
}

}  // namespace
}  // namespace omegate::store
