#include "bridge/core/mail/imap_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "imap"; }
  std::string message(int code) const override {
    switch (static_cast<ImapError>(code)) {
      case ImapError::too_long:
        return "the server says more than any honest one";
      case ImapError::literal_too_long:
        return "the server announces more bytes than it was asked for";
      case ImapError::malformed:
        return "the server says something that is no IMAP";
    }
    return "unknown IMAP error";
  }
};

bool begins_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size() || (text.size() > word.size() && text[word.size()] != ' ')) return false;
  return upper(text.substr(0, word.size())) == word;
}

/// Answers in a person's words: what looks like a literal there is none.
bool is_for_people(std::string_view line) {
  if (!line.starts_with("* ")) return true;  // tagged, or "+"
  line.remove_prefix(2);
  constexpr std::array<std::string_view, 5> words{"OK", "NO", "BAD", "BYE", "PREAUTH"};
  return std::ranges::any_of(words, [&](std::string_view word) { return begins_with_word(line, word); });
}

/// "…{310}" at the end of a line: so many bytes follow. Nothing: it ends with no literal.
std::optional<std::string_view> announced(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const auto open = line.rfind('{');
  if (open == line.npos) return std::nullopt;
  const std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  return digits;
}

std::optional<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

error_code make_error_code(ImapError error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

ImapReader::ImapReader() : longest_literal_(max_imap_literal) {}

void ImapReader::begin(std::size_t longest_literal) {
  longest_literal_ = longest_literal;
  said_ = 0;
}

void ImapReader::feed(std::string_view bytes) {
  if (missing_ > 0 && waiting_.empty()) {  // a mail of megabytes is copied once
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(missing_, bytes.size()));
    literals_.back().append(bytes.substr(0, taken));
    missing_ -= taken;
    bytes.remove_prefix(taken);
  }
  waiting_ += bytes;
}

void ImapReader::take_literal() {
  const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(missing_, waiting_.size()));
  literals_.back().append(waiting_, 0, taken);
  waiting_.erase(0, taken);
  missing_ -= taken;
}

Result<std::optional<ImapResponse>> ImapReader::next() {
  for (;;) {
    if (missing_ > 0) take_literal();
    if (missing_ > 0) return std::nullopt;
    const auto end = waiting_.find('\n');
    const std::size_t length = std::min(end, waiting_.size());
    if (line_.size() + length >= max_imap_line) return ImapError::too_long;
    if (end == waiting_.npos) return std::nullopt;
    std::string line = waiting_.substr(0, end);
    waiting_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    said_ += line.size() + 2;
    if (said_ > max_imap_answer) return ImapError::too_long;
    bool is_complete = false;
    if (const error_code wrong = take_line(line, is_complete)) return wrong;
    if (!is_complete) continue;
    ImapResponse response;
    if (const error_code wrong = classify(response)) return wrong;
    response.literals = std::exchange(literals_, {});
    line_.clear();
    return response;
  }
}

error_code ImapReader::take_line(std::string_view line, bool& is_complete) {
  if (line.find('\0') != line.npos || line.find('\r') != line.npos) return ImapError::malformed;
  line_ += line;
  const auto digits = is_for_people(line_) ? std::nullopt : announced(line);
  is_complete = !digits;
  if (is_complete) return {};
  const auto size = to_number(*digits);
  std::uint64_t together = size.value_or(0);
  for (const std::string& literal : literals_) together += literal.size();
  if (!size || *size > longest_literal_ || together > longest_literal_) return ImapError::literal_too_long;
  if (literals_.size() == max_imap_literals) return ImapError::too_long;
  // Small ones are counted, too; a mail is bounded by what was asked for.
  if (*size <= max_imap_literal) said_ += static_cast<std::size_t>(*size);
  literals_.emplace_back();
  missing_ = *size;
  return {};
}

error_code ImapReader::classify(ImapResponse& response) const {
  using Kind = ImapResponse::Kind;
  if (line_ == "+" || line_.starts_with("+ ")) {
    response.kind = Kind::go_on;
    response.text = line_.substr(std::min<std::size_t>(2, line_.size()));
    return {};
  }
  if (line_.starts_with("* ")) {
    response.kind = Kind::untagged;
    response.text = line_.substr(2);
    return {};
  }
  const auto blank = line_.find(' ');
  const std::string_view tag = std::string_view(line_).substr(0, blank);
  if (blank == line_.npos || tag.empty() || !std::ranges::all_of(tag, [](char c) { return is_alphanumeric(c); })) return ImapError::malformed;
  response.kind = Kind::tagged;
  response.tag = tag;
  response.text = line_.substr(blank + 1);
  return {};
}

// --- words

bool ImapWords::skip(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void ImapWords::skip_blanks() {
  while (skip(' ')) continue;
}

std::string ImapWords::word() {
  std::string word;
  bool in_brackets = false;
  while (!rest_.empty()) {
    const char c = rest_.front();
    if (!in_brackets && (c == ' ' || c == '(' || c == ')' || c == '"' || c == '{')) break;
    if (c == '[') in_brackets = true;
    if (c == ']') in_brackets = false;
    word += upper(c);
    rest_.remove_prefix(1);
  }
  return word;
}

std::optional<std::uint64_t> ImapWords::number() {
  std::size_t digits = 0;
  while (digits < rest_.size() && is_digit(rest_[digits])) ++digits;
  const auto value = digits == 0 ? std::nullopt : to_number(rest_.substr(0, digits));
  if (value) rest_.remove_prefix(digits);
  return value;
}

std::optional<std::string> ImapWords::text() {
  if (rest_.starts_with('"')) {
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      value += rest_[i];
    }
    return std::nullopt;
  }
  if (!rest_.starts_with('{') || next_literal_ == literals_->size()) return std::nullopt;
  const auto close = rest_.find('}');
  if (close == rest_.npos) return std::nullopt;
  rest_.remove_prefix(close + 1);
  return (*literals_)[next_literal_++];
}

bool ImapWords::skip_value(std::size_t depth) {
  if (depth > max_imap_depth) return false;
  if (skip('(')) {
    for (;;) {
      skip_blanks();
      if (skip(')')) return true;
      if (at_end() || !skip_value(depth + 1)) return false;
    }
  }
  if (rest_.starts_with('"') || rest_.starts_with('{')) return text().has_value();
  return !word().empty();
}

}  // namespace omegate::mail
