#include "bridge/edge/store/key_file.hpp"

#include <sys/stat.h>

#include <cstdlib>

#include "bridge/core/crypto/encoding.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct KeyFile : testing::Test {
  void write(std::string_view content, mode_t mode = 0600) {
    write_file(path, content);
    chmod(path.c_str(), mode);
  }
  bool loads_the_key() { return load_key_file(path).bytes == expected.bytes; }
  void expect_refused(const char* word) {
    const std::string text = complaint_of<WrongDataKey>([this] { load_key_file(path); });
    EXPECT_NE(text.find(path), std::string::npos) << text;
    EXPECT_NE(text.find(word), std::string::npos) << text;
    EXPECT_EQ(text.find("0909"), std::string::npos) << "the key itself must not be in it";
  }

  TempFolder folder;
  std::string path = folder.file("data.key");
  FileKey expected = key_of(9);
  std::string raw{as_text(expected.bytes.bytes())};
};

TEST_F(KeyFile, IsReadInEachForm) {
  write(raw);
  EXPECT_TRUE(loads_the_key());
  write(crypto::to_hex(expected.bytes.bytes()) + "\n");
  EXPECT_TRUE(loads_the_key());
  write(crypto::to_base64(expected.bytes.bytes()) + "\n");
  EXPECT_TRUE(loads_the_key());
}

TEST_F(KeyFile, IsRefusedInAnyOtherForm) {
  for (const std::string& content : {std::string(), raw.substr(1), raw + raw, std::string(64, 'g'),
                                     crypto::to_base64(as_bytes(raw.substr(1))), std::string(5000, '0')}) {
    write(content);
    expect_refused("expected");
  }
}

// case 165
TEST_F(KeyFile, IsRefusedWhenOthersMayReadOrWriteIt) {
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0644}) {
    write(raw, mode);
    expect_refused("chmod 0600");
  }
}

// case 165
TEST_F(KeyFile, IsRefusedWhenItIsALinkOrNoFile) {
  const std::string target = folder.file("target");
  write_file(target, raw);
  chmod(target.c_str(), 0600);
  std::filesystem::create_symlink(target, path);
  expect_refused("");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  expect_refused("regular file");
}

TEST_F(KeyFile, IsRefusedWhenMissing) { expect_refused("No such file"); }

// case 165
TEST_F(KeyFile, IsRefusedInAFolderThatAnybodyMayWriteIn) {
  write(raw);
  chmod(folder.path().c_str(), 0777);
  expect_refused("anybody");
}

TEST_F(KeyFile, IsMadeForTheOwnerAndReadBack) {
  const FileKey made = create_key_file(path, crypto::system_random());
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_TRUE(load_key_file(path).bytes == made.bytes);
}

// case 166
TEST_F(KeyFile, IsNeverMadeOverAnother) {
  write(raw);
  EXPECT_THROW(create_key_file(path, crypto::system_random()), StoreUnusable);
  EXPECT_TRUE(loads_the_key());
}

TEST_F(KeyFile, MayBeACredentialOfSystemd) {
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THROW(load_key_credential("data.key"), WrongDataKey);
  setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  write(raw, 0440);
  EXPECT_TRUE(load_key_credential("data.key").bytes == expected.bytes);
  write(raw, 0444);
  EXPECT_THROW(load_key_credential("data.key"), WrongDataKey);
  EXPECT_THROW(load_key_credential("../data.key"), WrongDataKey);
  unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
}  // namespace omegate::store
