#include "bridge/edge/store/anchor.hpp"

#include <sys/stat.h>

#include "bridge/edge/store/sealing.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct AnchorFile : testing::Test {
  void write(std::uint64_t commits) {
    mark.commits = commits;
    anchor->write(mark, sealer, id);
  }
  /// What a process reads that starts now.
  std::optional<Mark> read_anew() {
    anchor.reset();
    anchor.emplace(path);
    return anchor->read(sealer, id);
  }

  TempFolder folder;
  std::string path = folder.file("outside/omegate.anchor");
  Bytes id = Bytes(16, 3);
  Sealer sealer{DataKey{key_of(1).bytes}, id, crypto::system_random()};
  std::optional<Anchor> anchor{std::in_place, path};
  Mark mark{{1, 2, 3}, 0, {7, {9}}};
};

TEST_F(AnchorFile, IsForTheOwnerOnlyAndSoIsItsFolder) {
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(folder.file("outside").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(AnchorFile, RemembersTheNewestMark) {
  EXPECT_FALSE(read_anew());
  for (std::uint64_t commits = 1; commits < 5; ++commits) {
    write(commits);
    EXPECT_EQ(anchor->read(sealer, id), mark);
  }
  EXPECT_EQ(read_anew(), mark);
  write(5);
  EXPECT_EQ(read_anew(), mark) << "whichever record comes first after a start";
}

TEST_F(AnchorFile, ATornWriteLeavesTheMarkBefore) {
  write(1);
  write(2);
  const std::string whole = read_file(path);
  for (const std::size_t place : {std::size_t{0}, std::size_t{512}}) {
    std::string torn = whole;
    torn[place + 50] = static_cast<char>(torn[place + 50] ^ 1);
    anchor.reset();
    write_file(path, torn);
    const auto left = read_anew();
    ASSERT_TRUE(left);
    EXPECT_EQ(left->commits, place == 0 ? 2u : 1u);
  }
}

TEST_F(AnchorFile, OfAnotherDatabaseOrForgedIsNone) {
  write(1);
  EXPECT_FALSE(anchor->read(Sealer(DataKey{key_of(2).bytes}, id, crypto::system_random()), id));
  EXPECT_FALSE(anchor->read(sealer, Bytes(16, 4)));
  write(2);
  anchor.reset();
  write_file(path, std::string(2000, 'x'));
  EXPECT_FALSE(read_anew());
}

TEST_F(AnchorFile, IsHeldByOneProcess) {
  const std::string text = complaint_of<StoreLocked>([&] { Anchor second(path); });
  EXPECT_NE(text.find("another gateway"), std::string::npos) << text;
  anchor.reset();
  EXPECT_NO_THROW(Anchor{path});
}

TEST_F(AnchorFile, ALinkOrAFolderInItsPlaceIsRefused) {
  anchor.reset();
  std::filesystem::rename(path, folder.file("elsewhere"));
  std::filesystem::create_symlink(folder.file("elsewhere"), path);
  EXPECT_THROW(Anchor{path}, StoreUnusable);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_THROW(Anchor{path}, StoreUnusable);
}

}  // namespace
}  // namespace omegate::store
