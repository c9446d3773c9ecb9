#include "bridge/core/mail/smtp_reply.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/mail/submission_limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "smtp"; }
  std::string message(int code) const override {
    switch (static_cast<ReplyError>(code)) {
      case ReplyError::too_long:
        return "the server's reply is longer than any honest one";
      case ReplyError::malformed:
        return "the server says something that is no reply of SMTP";
    }
    return "unknown SMTP error";
  }
};

/// The status in front of a text, "2.1.5"; empty: there is none. Source: RFC 3463 §2.
std::string_view status_in(std::string_view text, int code) {
  const std::string_view word = text.substr(0, text.find(' '));
  if (word.size() < 5 || word[0] != static_cast<char>('0' + code / 100) || word[1] != '.') return {};
  const auto second = word.find('.', 2);
  if (second == word.npos || second == 2 || second > 5 || second + 1 == word.size() || word.size() > second + 4) return {};
  const auto fits = [](char c) { return is_digit(c) || c == '.'; };
  return std::ranges::all_of(word, fits) && word.find('.', second + 1) == word.npos ? word : std::string_view();
}

}  // namespace

error_code make_error_code(ReplyError error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

std::string ServerReply::words() const {
  std::string text = std::to_string(code);
  for (const std::string& line : lines) {
    if (!line.empty()) text += " " + line;
    if (text.size() > max_reply_text) break;
  }
  text.resize(std::min(text.size(), max_reply_text));
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

Result<std::optional<ServerReply>> ReplyReader::next() {
  for (;;) {
    const auto end = waiting_.find('\n');
    if (std::min(end, waiting_.size()) >= max_reply_line) return ReplyError::too_long;
    if (end == waiting_.npos) return std::nullopt;
    std::string line = waiting_.substr(0, end);
    waiting_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    if (const error_code wrong = add(line)) return wrong;
    if (line.size() > 3 && line[3] == '-') continue;
    return std::exchange(reply_, {});
  }
}

/// "250-SIZE 1000", "250 2.1.5 fine", "250"
error_code ReplyReader::add(std::string_view line) {
  const bool has_code = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]);
  if (!has_code || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) return ReplyError::malformed;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (!reply_.lines.empty() && code != reply_.code) return ReplyError::malformed;
  if (reply_.lines.size() == max_reply_lines) return ReplyError::too_long;
  reply_.code = code;
  const std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
  if (reply_.lines.empty()) reply_.enhanced = status_in(text, code);
  reply_.lines.emplace_back(text);
  return {};
}

}  // namespace omegate::mail
