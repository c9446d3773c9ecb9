#include "bridge/core/xmpp/file_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "bridge/core/xml/text.hpp"
#include "bridge/core/xmpp/limits.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::string_view unknown_type = "application/octet-stream";

/// Unit: bytes. Source: RFC 6838 §4.2.
constexpr std::size_t max_media_type = 127;

// What bots send and get. A client that wants to show a picture looks at this.
constexpr std::array<std::pair<std::string_view, std::string_view>, 28> types{{
    {"csv", "text/csv"}, {"flac", "audio/flac"}, {"gif", "image/gif"}, {"gz", "application/gzip"},
    {"htm", "text/html"}, {"html", "text/html"}, {"ics", "text/calendar"}, {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"}, {"json", "application/json"}, {"log", "text/plain"}, {"m4a", "audio/mp4"},
    {"md", "text/markdown"}, {"mp3", "audio/mpeg"}, {"mp4", "video/mp4"}, {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"}, {"pdf", "application/pdf"}, {"png", "image/png"}, {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"}, {"txt", "text/plain"}, {"wav", "audio/x-wav"}, {"webm", "video/webm"},
    {"webp", "image/webp"}, {"xml", "application/xml"}, {"yaml", "application/yaml"}, {"zip", "application/zip"},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// Marks that turn the direction of writing: "exe.gpj" is read as "jpg.exe" with one. UTF-8 of U+200E, U+200F,
/// U+202A to U+202E, U+2066 to U+2069, U+061C.
std::size_t turn_at(std::string_view text) {
  if (text.starts_with("\xD8\x9C")) return 2;
  if (text.size() < 3 || text[0] != '\xE2') return 0;
  const auto second = static_cast<unsigned char>(text[1]), third = static_cast<unsigned char>(text[2]);
  const bool turns = (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE))) ||
                     (second == 0x81 && third >= 0xA6 && third <= 0xA9);
  return turns ? 3 : 0;
}

std::string decode_percent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

std::string safe_file_name(std::string_view text) {
  const std::size_t folder = text.find_last_of("/\\");
  if (folder != text.npos) text = text.substr(folder + 1);
  std::string name;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t turn = turn_at(text.substr(i))) {
      i += turn;
      continue;
    }
    const char c = text[i++];
    name += (c >= 0 && c < 0x20) || c == 0x7f ? '_' : c;
  }
  name = xml::is_xml_text(name) ? name : std::string("file");
  const std::size_t begin = name.find_first_not_of(". ");
  name.erase(0, std::min(begin, name.size()));
  if (name.size() > max_file_name) {
    std::size_t end = max_file_name;
    while (end > 0 && !begins_character(name[end])) --end;
    name.resize(end);
  }
  return name.empty() ? "file" : name;
}

std::string name_in_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == url.npos ? 0 : scheme + 3);
  if (path == url.npos) return safe_file_name({});
  return safe_file_name(decode_percent(url.substr(url.find_last_of('/') + 1)));
}

std::string safe_media_type(std::string_view text) {
  text = text.substr(0, text.find(';'));
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::string type;
  std::size_t slashes = 0;
  for (const char c : text) {
    const char small = lower(c);
    const bool letter = (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9');
    if (c == '/') ++slashes;
    if (!letter && std::string_view("!#$&-^_.+/").find(c) == std::string_view::npos) return std::string(unknown_type);
    type += small;
  }
  const bool whole = slashes == 1 && !type.starts_with('/') && !type.ends_with('/') && type.size() <= max_media_type;
  return whole ? type : std::string(unknown_type);
}

std::string media_type_of(std::string_view name) {
  const std::size_t dot = name.find_last_of('.');
  if (dot == name.npos) return std::string(unknown_type);
  std::string ending;
  for (const char c : name.substr(dot + 1)) ending += lower(c);
  const auto found = std::find_if(types.begin(), types.end(), [&](const auto& each) { return each.first == ending; });
  return std::string(found == types.end() ? unknown_type : found->second);
}

}  // namespace omegate::xmpp
