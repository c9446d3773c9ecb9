#include "bridge/edge/mime/text.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/mail/text.hpp"
#include "bridge/core/plugin/utf8.hpp"
#include "bridge/edge/mime/limits.hpp"

namespace omegate::mime {
namespace {

/// What a stranger may make the system's converter do: the charsets that mail is written in, and no others.
bool is_known(std::string_view charset) {
  constexpr std::array<std::string_view, 18> exact{"big5",   "big5-hkscs", "euc-jp",      "euc-kr",    "gb18030",   "gb2312",
                                                   "gbk",    "iso-2022-jp", "koi8-r",     "koi8-u",    "ks_c_5601-1987", "macintosh",
                                                   "shift_jis", "tis-620", "utf-16",      "utf-16be",  "utf-16le",  "cp1252"};
  const bool numbered = (charset.starts_with("iso-8859-") && charset.size() <= 11) || (charset.starts_with("windows-") && charset.size() <= 12);
  if (numbered) return std::ranges::all_of(charset.substr(charset.rfind('-') + 1), mail::is_digit);
  return std::ranges::find(exact, charset) != exact.end();
}

std::string bytes_of(GMimeStream& stream) {
  const GByteArray* const array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(&stream));
  return array == nullptr || array->len == 0 ? std::string() : std::string(reinterpret_cast<const char*>(array->data), array->len);
}

std::string converted(const std::string& text, const char* charset) {
  const Ref<GMimeFilter> filter(g_mime_filter_charset_new(charset, "UTF-8"));
  if (!filter) return plugin::mend_utf8(text);
  const Ref<GMimeStream> memory(g_mime_stream_mem_new());
  const Ref<GMimeStream> through(g_mime_stream_filter_new(memory.get()));
  g_mime_stream_filter_add(GMIME_STREAM_FILTER(through.get()), filter.get());
  g_mime_stream_write(through.get(), text.data(), text.size());
  g_mime_stream_flush(through.get());
  return plugin::mend_utf8(bytes_of(*memory));
}

std::string decoded(const std::string& text, const std::string& charset, std::vector<std::string>& unknown_charsets) {
  const std::string name = mail::lower(charset);
  const bool is_plain = name.empty() || name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii";
  if (!is_plain && is_known(name)) return converted(text, name.c_str());
  if (!is_plain) unknown_charsets.push_back(one_line(charset).substr(0, 40));
  std::string mended = plugin::mend_utf8(text);
  return mended == text ? mended : converted(text, "windows-1252");
}

/// Of C1, too, which UTF-8 writes as two bytes.
bool is_control_at(std::string_view text, std::size_t i) {
  if (mail::is_control(text[i])) return true;
  return text[i] == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0 && static_cast<unsigned char>(text[i + 1]) >= 0x80;
}

}  // namespace

std::string content_of(GMimePart& part) {
  GMimeDataWrapper* const content = g_mime_part_get_content(&part);
  if (content == nullptr) return {};
  const Ref<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, memory.get());
  return bytes_of(*memory);
}

std::string text_of(GMimePart& part, bool& is_cut, std::vector<std::string>& unknown_charsets) {
  const std::string charset = to_string(g_mime_object_get_content_type_parameter(GMIME_OBJECT(&part), "charset"));
  std::string raw = content_of(part);
  if (raw.size() > 4 * max_text) {  // of UTF-8, at least as much as is kept
    raw.resize(4 * max_text);
    is_cut = true;
  }
  const std::string utf8 = decoded(raw, charset, unknown_charsets);
  std::string text;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (utf8[i] == '\n' || utf8[i] == '\t' || !is_control_at(utf8, i)) {
      text += utf8[i];
    } else if (utf8[i] == '\xc2') {
      ++i;
    }
  }
  if (text.size() > max_text) is_cut = true;
  return std::string(plugin::cut_utf8(text, max_text));
}

std::string one_line(std::string_view raw) {
  const std::string utf8 = plugin::mend_utf8(raw.substr(0, 4 * max_field));
  std::string line;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (!is_control_at(utf8, i)) {
      line += utf8[i];
      continue;
    }
    if (utf8[i] == '\xc2') ++i;
    if (!line.empty() && line.back() != ' ') line += ' ';
  }
  return std::string(plugin::cut_utf8(mail::trimmed(line), max_field));
}

}  // namespace omegate::mime
