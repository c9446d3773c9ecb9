#include "bridge/edge/mime/bounds.hpp"

#include <algorithm>

#include "bridge/core/mail/text.hpp"
#include "bridge/edge/mime/limits.hpp"

namespace omegate::mime {
namespace {

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == mail::lower(b); });
}

/// "name:", of characters that a name has.
bool looks_like_field(std::string_view line) {
  const auto colon = line.find(':');
  return colon != line.npos && colon > 0 &&
         std::ranges::all_of(line.substr(0, colon), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::size_t nesting_words(std::string_view line) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = mail::lower(line[i]);
    if (c == 'b' && begins_with(line.substr(i), "boundary")) ++count;
    if (c == 'm' && begins_with(line.substr(i), "message/")) ++count;
  }
  return count;
}

}  // namespace

std::string_view fault_of_bounds(std::string_view message) {
  std::size_t boundaries = 0, fields = 0, nesting = 0;
  while (!message.empty()) {
    const auto end = std::min(message.find('\n'), message.size());
    const std::string_view line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
    if (line.starts_with("--") && ++boundaries > max_boundary_lines) return "it has too many parts";
    if (looks_like_field(line) && ++fields > max_field_lines) return "it has too many fields";
    nesting += nesting_words(line);
    if (nesting > max_nesting_words) return "its parts are nested too deeply";
  }
  return {};
}

}  // namespace omegate::mime
