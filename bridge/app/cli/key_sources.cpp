#include "bridge/app/cli/key_sources.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/verification_uri.hpp"

extern char** environ;

namespace omegate::app {
namespace {

constexpr std::size_t digits = 64;
constexpr std::string_view no_break_space = "\xc2\xa0";

/// Unit: bytes. Why: a QR code holds less than 3000; a picture with more than a hundred of them is none of
/// ours.
constexpr std::size_t most_picture_text = 256 * 1024;

bool is_hex(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// Words between blanks, '-', ':' and punctuation around them. Addresses stay whole.
std::vector<std::string> words_of(std::string_view line) {
  std::string text(line);
  for (std::size_t at = 0; (at = text.find(no_break_space, at)) != std::string::npos;)
    text.replace(at, 2, " ");
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool splits = std::strchr(" \t\r,;()<>[]\"'=|*", c) != nullptr;
    if (!splits) words.back() += c;
    if (splits && !words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::vector<std::string> groups_of(const std::string& word) {
  std::vector<std::string> groups(1);
  for (const char c : word) {
    if (c != '-' && c != ':')
      groups.back() += c;
    else
      groups.emplace_back();
  }
  return groups;
}

/// The hex digits at the end of a line, as many whole groups as fit into one fingerprint: a device id may
/// stand before.
std::string digits_at_end(const std::vector<std::string>& words) {
  std::vector<std::string> groups;
  for (const auto& word : words)
    for (auto& group : groups_of(word)) groups.push_back(std::move(group));
  while (!groups.empty() && !is_hex(groups.back())) groups.pop_back();  // "(trusted)"
  std::string found;
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    const bool whole_key = group->size() == digits + 2 && group->starts_with("05") && found.empty();
    if (whole_key) return group->substr(2);  // with the type byte of libsignal in front
    if (!is_hex(*group) || found.size() + group->size() > digits) break;
    found.insert(0, *group);
  }
  return found;
}

std::optional<std::string> address_in(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    const auto at = word.find('@');
    if (at == std::string::npos || at == 0 || at + 1 == word.size() || word.starts_with("xmpp:")) continue;
    return word.substr(0, word.find_last_not_of(":.") + 1);
  }
  return std::nullopt;
}

void add_uri(std::vector<NamedKey>& keys, std::string& owner, const std::string& text) {
  const auto uri = omemo::parse_verification_uri(text);
  if (!uri) return;
  owner = uri->jid;
  for (const auto& device : uri->devices) keys.push_back({owner, device.curve});
  for (const auto& key : uri->any_device) keys.push_back({owner, key});
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
    if (size <= 0 || text.size() > most_picture_text) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

std::vector<NamedKey> keys_in_text(std::string_view text) {
  std::vector<NamedKey> keys;
  std::string owner, half;  // `half`: the first line of two
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto trimmed = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    if (trimmed.starts_with("xmpp:") || trimmed.starts_with("https://")) {
      add_uri(keys, owner, trimmed.substr(0, trimmed.find_first_of(" \t\r")));
      continue;
    }
    const auto words = words_of(line);
    if (const auto named = address_in(words)) owner = *named;
    const std::string found = digits_at_end(words);
    const auto key = omemo::parse_fingerprint(found.size() == digits ? found : half + found);
    if (key) keys.push_back({owner, *key});
    half = !key && found.size() == digits / 2 ? found : std::string();
  }
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool is_picture(std::string_view first_bytes) {
  constexpr std::string_view starts[] = {"\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF", "BM"};
  return std::any_of(std::begin(starts), std::end(starts),
                     [&](auto start) { return first_bytes.starts_with(start); });
}

std::string text_of_picture(const std::filesystem::path& file) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string program = "zbarimg", quiet = "--quiet", raw = "--raw",
              path = std::filesystem::absolute(file).string();
  char* words[] = {program.data(), quiet.data(), raw.data(), path.data(), nullptr};
  pid_t child = 0;
  const int failure = ::posix_spawnp(&child, "zbarimg", &actions, nullptr, words, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text = failure == 0 ? read_to_end(ends[0]) : std::string();
  ::close(ends[0]);
  int status = 0;
  if (failure == 0) ::waitpid(child, &status, 0);
  const bool missing = failure != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127);
  if (missing)
    throw std::runtime_error("zbarimg is not installed, which reads pictures: apt install zbar-tools");
  if (text.empty()) throw std::runtime_error(file.string() + ": no QR code was found in this picture");
  return text;
}

}  // namespace omegate::app
