#include "bridge/worker/html_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace omegate::worker {
namespace {

constexpr std::string_view blanks = " \t\r\n\f";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point == 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) point = 0xFFFD;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
}

/// The named characters that feeds really use.
constexpr std::array<std::pair<std::string_view, std::uint32_t>, 24> names{{
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},      {"apos", '\''},
    {"nbsp", ' '},     {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},  {"rsquo", 0x2019},
    {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"bdquo", 0x201E}, {"hellip", 0x2026}, {"bull", 0x2022},
    {"copy", 0xA9},    {"reg", 0xAE},     {"euro", 0x20AC},  {"auml", 0xE4},     {"ouml", 0xF6},
    {"uuml", 0xFC},    {"szlig", 0xDF},   {"eacute", 0xE9},  {"laquo", 0xAB},
}};

/// Takes "&amp;" and the like off `html`, which begins with '&'.
void take_entity(std::string_view& html, std::string& out) {
  constexpr std::size_t longest = 12;
  const auto end = html.substr(0, longest).find(';');
  std::string_view name = end == html.npos ? std::string_view() : html.substr(1, end - 1);
  std::uint32_t point = 0;
  if (name.starts_with('#')) {
    const bool hex = name.size() > 1 && lower(name[1]) == 'x';
    name.remove_prefix(hex ? 2 : 1);
    const auto [stop, failed] = std::from_chars(name.data(), name.data() + name.size(), point, hex ? 16 : 10);
    if (failed != std::errc() || stop != name.data() + name.size()) point = 0;
  } else if (const auto* const found =
                 std::ranges::find(names, name, &std::pair<std::string_view, std::uint32_t>::first);
             found != names.end()) {
    point = found->second;
  }
  if (point == 0) {
    out += '&';
    html.remove_prefix(1);
    return;
  }
  append_utf8(out, point);
  html.remove_prefix(end + 1);
}

std::string attribute(std::string_view tag, std::string_view name) {
  const std::string low = lowered(tag);
  auto at = low.find(std::string(name) + "=");
  if (at == low.npos) return {};
  std::string_view rest = tag.substr(at + name.size() + 1);
  const char quote = rest.empty() ? ' ' : rest[0];
  const bool quoted = quote == '"' || quote == '\'';
  if (quoted) rest.remove_prefix(1);
  return std::string(rest.substr(0, quoted ? rest.find(quote) : rest.find_first_of(blanks)));
}

class Writer {
 public:
  void text(std::string_view html) {
    while (!html.empty()) {
      const auto stop = html.find_first_of(" \t\r\n\f&");
      word(html.substr(0, stop));
      if (stop == html.npos) return;
      html.remove_prefix(stop);
      if (html[0] == '&') {
        flush_blank();
        take_entity(html, out_);
      } else {
        blank_ = true;
        html.remove_prefix(1);
      }
    }
  }

  void lines(std::size_t count) { breaks_ = std::max(breaks_, count); }

  void literal(std::string_view text) {
    flush_blank();
    out_ += text;
  }

  std::size_t size() const { return out_.size(); }
  std::string_view since(std::size_t start) const {
    return std::string_view(out_).substr(std::min(start, out_.size()));
  }

  std::string finish() {
    const auto end = out_.find_last_not_of(blanks);
    out_.resize(end == out_.npos ? 0 : end + 1);
    return std::move(out_);
  }

 private:
  void word(std::string_view text) {
    if (text.empty()) return;
    flush_blank();
    out_ += text;
  }

  void flush_blank() {
    if (breaks_ > 0) {
      if (!out_.empty()) out_.append(breaks_, '\n');
    } else if (blank_ && !out_.empty() && out_.back() != '\n') {
      out_ += ' ';
    }
    breaks_ = 0;
    blank_ = false;
  }

  std::string out_;
  std::size_t breaks_ = 0;
  bool blank_ = false;
};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, name) != list.end();
}

class Reader {
 public:
  explicit Reader(std::string_view html) : rest_(html) {}

  std::string run() {
    while (!rest_.empty()) {
      const auto open = rest_.find('<');
      writer_.text(rest_.substr(0, open));
      if (open == rest_.npos) break;
      rest_.remove_prefix(open);
      if (!is_tag()) {
        writer_.literal("<");
        rest_.remove_prefix(1);
      } else {
        take_tag();
      }
    }
    return writer_.finish();
  }

 private:
  bool is_tag() const {
    if (rest_.size() < 2) return false;
    const char next = lower(rest_[1]);
    return next == '/' || next == '!' || next == '?' || (next >= 'a' && next <= 'z');
  }

  void skip_past(std::string_view mark) {
    const auto found = rest_.find(mark);
    rest_.remove_prefix(found == rest_.npos ? rest_.size() : found + mark.size());
  }

  void take_tag() {
    if (rest_.starts_with("<!--")) return skip_past("-->");
    const std::string_view tag = rest_.substr(1, rest_.find('>') - 1);
    skip_past(">");
    const bool closes = tag.starts_with('/');
    const std::string_view bare = closes ? tag.substr(1) : tag;
    const std::string name = lowered(bare.substr(0, bare.find_first_of(" \t\r\n\f/")));
    if (!closes && is_one_of(name, {"script", "style", "head", "template"})) return skip_element(name);
    if (name == "br") return writer_.lines(1);
    if (name == "a") return closes ? end_link() : begin_link(tag);
    if (name == "li" && !closes) {
      writer_.lines(1);
      return writer_.literal("- ");
    }
    if (name == "img" && !attribute(tag, "alt").empty()) return writer_.text(attribute(tag, "alt"));
    if (is_one_of(name, {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "pre", "table"}))
      return writer_.lines(2);
    if (is_one_of(name, {"div", "tr", "section", "article", "header", "footer", "dt", "dd", "hr", "li"}))
      writer_.lines(1);
  }

  /// Everything up to its end tag. Searches forward only, so all of them together stay linear.
  void skip_element(const std::string& name) {
    while (!rest_.empty()) {
      skip_past("</");
      if (lowered(rest_.substr(0, name.size())) != name) continue;
      return skip_past(">");
    }
  }

  void begin_link(std::string_view tag) {
    link_ = attribute(tag, "href");
    link_start_ = writer_.size();
  }

  /// The address, unless the text shows it or it leads nowhere.
  void end_link() {
    const std::string link = std::exchange(link_, {});
    if (!link.starts_with("http")) return;
    if (writer_.since(link_start_).find(link) != std::string_view::npos) return;
    writer_.text(" (");
    writer_.text(link);
    writer_.literal(")");
  }

  std::string_view rest_;
  Writer writer_;
  std::string link_;
  std::size_t link_start_ = 0;
};

}  // namespace

std::string html_to_text(std::string_view html) { return Reader(html).run(); }

}  // namespace omegate::worker
