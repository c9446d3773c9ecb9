// What people see of a bot. The picture is read here, so that one that will not do is a mistake of the settings, and a
// reload knows whether it is another one.
#include <fstream>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

constexpr std::string_view a_picture = "a picture, PNG or JPEG, of 100 KiB at most";

/// One byte more than may be, so that it shows.
std::optional<Bytes> read_picture(const std::filesystem::path& file) {
  std::error_code ignored;
  std::ifstream stream;
  if (std::filesystem::is_regular_file(file, ignored)) stream.open(file, std::ios::binary);
  if (!stream.is_open()) return std::nullopt;
  std::string content(xmpp::max_own_avatar + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return std::nullopt;
  return to_bytes(content);
}

void load_avatar(YamlSection& section, const std::filesystem::path& file, AccountSettings& account) {
  const Value value = *section.take("avatar");
  const auto refuse = [&](const std::string& why) {
    section.fault(value, value.path + ": expected " + std::string(a_picture) + "; " + file.string() + " " + why);
  };
  auto content = read_picture(file);
  if (!content) return refuse("cannot be read as a file; the gateway's user needs the right to");
  if (content->size() > xmpp::max_own_avatar) return refuse("is larger; make it smaller, 256 by 256 pixels are enough");
  const std::string_view type = xmpp::image_type(*content);
  if (type != "image/png" && type != "image/jpeg") return refuse("is none of them, whatever it is called; convert it");
  account.avatar = xmpp::make_avatar(std::move(*content)).value();
}

}  // namespace

void load_face(YamlSection& section, AccountSettings& account) {
  account.nickname = section.text("nickname", "a name").value_or("");
  if (account.nickname.size() > max_nick || !is_one_line(account.nickname))
    section.wrong(*section.take("nickname"), "one line of at most 64 bytes", "it is how the bot calls itself");
  const auto file = existing_path(section, "avatar", a_picture);
  std::error_code ignored;
  const bool is_there = file && std::filesystem::exists(*file, ignored);
  if (is_there && section.reading().options().check_files) load_avatar(section, *file, account);
}

}  // namespace omegate::config
