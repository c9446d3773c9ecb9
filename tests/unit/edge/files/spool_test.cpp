#include "bridge/edge/files/spool.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "bridge/edge/files/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::files {
namespace {

using store::complaint_of;
using store::read_file;
using store::TempFolder;
using store::write_file;

struct Files : testing::Test {
  SpoolFile keep(ByteView content, std::size_t piece = 10'000) const {
    SpoolWriter writer = spool.create();
    for (std::size_t at = 0; at < content.size(); at += piece)
      writer.write(content.subspan(at, std::min(piece, content.size() - at)));
    return writer.finish();
  }
  Bytes read(const SpoolFile& file) const {
    const SpoolReader reader = spool.open(file);
    Bytes content;
    for (std::uint64_t i = 0; i < reader.pieces(); ++i) {
      const auto piece = reader.read(i);
      content.insert(content.end(), piece.bytes().begin(), piece.bytes().end());
    }
    return content;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(spool.folder()), {}));
  }
  std::string path_of(const SpoolFile& file) const { return (spool.folder() / file.name).string(); }

  static Bytes noise(std::size_t size) {
    Bytes bytes(size);
    crypto::system_random().fill(bytes);
    return bytes;
  }

  TempFolder folder;
  Spool spool{folder.file("files"), crypto::system_random()};
};

TEST_F(Files, ComeBackWhateverTheirSize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, spool_piece - 1, spool_piece, spool_piece + 1, 3 * spool_piece, 200'000ul}) {
    const Bytes content = noise(size);
    const SpoolFile file = keep(content);
    EXPECT_EQ(file.size, size);
    EXPECT_EQ(file.sha256, crypto::digest(crypto::Hash::sha256, content));
    EXPECT_EQ(read(file), content);
  }
}

TEST_F(Files, LieThereSealedForTheOwnerAlone) {
  const std::string secret = "the plans of the bridge";
  const SpoolFile file = keep(as_bytes(secret));
  EXPECT_EQ(read_file(path_of(file)).find("plans"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(stat(path_of(file).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(spool.folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

// case 103
TEST_F(Files, AreNotThereBeforeTheyAreFinished) {
  std::string name;
  {
    SpoolWriter writer = spool.create();
    writer.write(noise(100'000));
    EXPECT_EQ(entries(), 1u);
    name = std::filesystem::directory_iterator(spool.folder())->path().filename().string();
    EXPECT_TRUE(name.ends_with(".part"));
    EXPECT_FALSE(spool.has(name)) << "an unfinished file has no name that can be opened";
  }
  EXPECT_EQ(entries(), 0u) << "whoever gives up leaves nothing";
}

TEST_F(Files, ThatWereAlteredDoNotOpen) {
  const Bytes content = noise(2 * spool_piece + 5);
  const SpoolFile file = keep(content);
  const std::string good = read_file(path_of(file));
  const auto complaint = [&](const std::string& bytes) {
    write_file(path_of(file), bytes);
    return complaint_of<SpoolFailure>([&] { read(file); });
  };
  std::string bad = good;
  bad[spool_piece / 2] ^= 1;
  EXPECT_NE(complaint(bad).find("piece 0 is not what was written"), std::string::npos);
  const std::size_t sealed = spool_piece + 40;
  bad = good.substr(sealed, sealed) + good.substr(0, sealed) + good.substr(2 * sealed);
  EXPECT_NE(complaint(bad).find("piece 0"), std::string::npos) << "pieces have their places";
  EXPECT_NE(complaint(good.substr(0, 2 * sealed)).find("as long as it was"), std::string::npos);
  EXPECT_NE(complaint(good + "x").find("as long as it was"), std::string::npos);
  SpoolFile other = file;
  other.key = crypto::Secret<32>::random(crypto::system_random());
  write_file(path_of(file), good);
  EXPECT_THROW(read(other), SpoolFailure);
  EXPECT_EQ(read(file), content);
}

// case 188
TEST_F(Files, AreNeverReachedThroughALinkOrAnotherName) {
  const SpoolFile file = keep(as_bytes("content"));
  const std::string outside = folder.file("outside");
  write_file(outside, read_file(path_of(file)));
  std::filesystem::remove(path_of(file));
  std::filesystem::create_symlink(outside, path_of(file));
  EXPECT_THROW(read(file), SpoolFailure);
  EXPECT_FALSE(spool.has(file.name));
  for (const std::string& name : {std::string("../outside"), folder.file("outside"), std::string("..%2foutside"), std::string(),
                                  std::string("a\0b", 3), std::string(4096, 'a'), file.name + ".part"}) {
    SpoolFile bad = file;
    bad.name = name;
    EXPECT_THROW(spool.open(bad), SpoolFailure) << name;
    EXPECT_FALSE(spool.has(name));
    spool.remove(name);
  }
  EXPECT_TRUE(std::filesystem::exists(outside));
  std::filesystem::create_symlink(folder.path(), folder.file("link"));
  EXPECT_THROW(Spool(folder.file("link"), crypto::system_random()), SpoolFailure);
}

TEST_F(Files, ThatNobodyKnowsAreSweptAway) {
  const SpoolFile known = keep(as_bytes("known"));
  keep(as_bytes("unknown"));
  write_file((spool.folder() / "deadbeef.part").string(), "left by a crash");
  EXPECT_EQ(spool.sweep({known.name}), 2u);
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(as_text(read(known)), "known");
  spool.remove(known.name);
  EXPECT_EQ(entries(), 0u);
  EXPECT_NE(complaint_of<SpoolFailure>([&] { read(known); }).find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace omegate::files
