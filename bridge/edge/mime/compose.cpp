#include "bridge/edge/mime/compose.hpp"

#include <algorithm>

#include "bridge/core/mail/addr_spec.hpp"
#include "bridge/core/mail/nature.hpp"
#include "bridge/core/mail/text.hpp"
#include "bridge/core/xml/text.hpp"
#include "bridge/edge/mime/gmime.hpp"

namespace omegate::mime {
namespace {

bool is_hidden(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character[0]) < ' ' || character[0] == '\x7f';
  // C1 controls; marks, embeddings, overrides and isolates of the direction of writing.
  constexpr std::string_view turning[] = {"\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
                                          "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"};
  if (character.size() == 2 && character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0) return true;
  return std::ranges::find(turning, character) != std::end(turning);
}

std::size_t size_of_character(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// Well-formed UTF-8 without what nobody sees. A tabulator is a blank.
std::string visible(std::string_view text) {
  const std::string clean = xml::strip_forbidden(text);
  std::string result;
  for (std::size_t at = 0; at < clean.size();) {
    const std::string_view character = std::string_view(clean).substr(at, size_of_character(clean[at]));
    if (character == "\t")
      result += ' ';
    else if (!is_hidden(character))
      result += character;
    at += character.size();
  }
  return result;
}

/// A part of a header: one line.
std::string checked(std::string_view what, std::string_view text) {
  const std::string fault = fault_in_header(what, text);
  if (!fault.empty()) throw NotComposed(fault);
  return visible(text);
}

const std::string& checked_address(const std::string& address) {
  if (!mail::is_addr_spec(address)) throw NotComposed("not the address of a mailbox: " + visible(address));
  return address;
}

std::string plain_lines(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      lines += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      lines += text[i];
    }
  }
  lines = xml::strip_forbidden(lines);
  if (!lines.ends_with('\n')) lines += '\n';
  return lines;
}

Ref<GMimePart> part_of(const char* type, const char* subtype, ByteView content, GMimeContentEncoding encoding) {
  Ref<GMimePart> part(g_mime_part_new_with_type(type, subtype));
  const Ref<GMimeStream> bytes(g_mime_stream_mem_new());
  if (!content.empty()) g_mime_stream_write(bytes.get(), reinterpret_cast<const char*>(content.data()), content.size());
  g_mime_stream_reset(bytes.get());
  const Ref<GMimeDataWrapper> wrapper(g_mime_data_wrapper_new_with_stream(bytes.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), wrapper.get());
  g_mime_part_set_content_encoding(part.get(), encoding);
  return part;
}

Ref<GMimePart> text_part(std::string_view text) {
  auto part = part_of("text", "plain", as_bytes(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
  return part;
}

/// RFC 2045 §5.1
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`{|}~";
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [&](char c) {
    return mail::is_alphanumeric(c) || marks.find(c) != marks.npos;
  });
}

Ref<GMimePart> file_part(const DraftFile& file) {
  std::string type = file.media_type.substr(0, file.media_type.find('/'));
  std::string subtype = file.media_type.find('/') == std::string::npos ? "" : file.media_type.substr(type.size() + 1);
  if (!is_token(type) || !is_token(subtype) || type == "multipart" || type == "message") {
    type = "application";
    subtype = "octet-stream";
  }
  auto part = part_of(type.c_str(), subtype.c_str(), file.content, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_object_set_disposition(GMIME_OBJECT(part.get()), GMIME_DISPOSITION_ATTACHMENT);
  std::string name = checked("the name of a file", file.name);
  std::ranges::replace(name, '/', '_');
  g_mime_part_set_filename(part.get(), name.empty() ? "file" : name.c_str());
  return part;
}

/// The same at each attempt, and in no part: quoted-printable writes its "=" otherwise, and base64 has no "-".
std::string boundary_of(const Draft& draft) {
  std::string boundary = "=_";
  for (const char c : draft.message_id.substr(0, 40)) {
    if (mail::is_alphanumeric(c)) boundary += c;
  }
  return boundary;
}

void set_body(GMimeMessage* message, const Draft& draft) {
  const std::string text = plain_lines(draft.text);
  const auto words = text_part(text);
  if (draft.files.empty()) return g_mime_message_set_mime_part(message, GMIME_OBJECT(words.get()));
  const Ref<GMimeMultipart> all(g_mime_multipart_new_with_subtype("mixed"));
  g_mime_multipart_set_boundary(all.get(), boundary_of(draft).c_str());
  g_mime_multipart_add(all.get(), GMIME_OBJECT(words.get()));
  for (const DraftFile& file : draft.files) {
    const auto part = file_part(file);
    g_mime_multipart_add(all.get(), GMIME_OBJECT(part.get()));
  }
  g_mime_message_set_mime_part(message, GMIME_OBJECT(all.get()));
}

/// Each on a line of its own, as `max_message_id` has room for.
std::string folded(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids)
    if (mail::is_message_id(id)) text += (text.empty() ? "" : "\n ") + id;
  return text;
}

void set_headers(GMimeMessage* message, const Draft& draft) {
  const auto set = [&](std::string_view name, const std::string& value) {
    g_mime_object_set_header(GMIME_OBJECT(message), std::string(name).c_str(), value.c_str(), "utf-8");
  };
  const std::string name = checked("the sender's name", draft.from_name);
  g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, name.empty() ? nullptr : name.c_str(),
                             checked_address(draft.from).c_str());
  for (const std::string& address : draft.to)
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, nullptr, checked_address(address).c_str());
  g_mime_message_set_subject(message, checked("the subject", draft.subject).c_str(), "utf-8");
  const auto seconds = std::chrono::floor<std::chrono::seconds>(draft.date.time_since_epoch()).count();
  GDateTime* const date = g_date_time_new_from_unix_utc(seconds);
  if (date == nullptr) throw NotComposed("the date of the mail is none");
  g_mime_message_set_date(message, date);
  g_date_time_unref(date);
  if (!mail::is_message_id(draft.message_id)) throw NotComposed("the mail's identifier is none");
  g_mime_message_set_message_id(message, draft.message_id.substr(1, draft.message_id.size() - 2).c_str());
  if (const std::string answered = folded({draft.in_reply_to}); !answered.empty()) set("In-Reply-To", answered);
  if (const std::string thread = folded(draft.references); !thread.empty()) set("References", thread);
  if (draft.is_automatic) set("Auto-Submitted", "auto-generated");
  set(mail::loop_field, draft.from);
}

std::string written(GMimeMessage* message) {
  GMimeFormatOptions* const options = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
  const Ref<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream.get());
  g_mime_format_options_free(options);
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

}  // namespace

std::string fault_in_header(std::string_view what, std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos) return {};
  return std::string(what) + " has a line break or a NUL in it, and a header is one line";
}

std::string compose(const Draft& draft) {
  use_gmime();
  if (draft.to.empty()) throw NotComposed("nobody is to get the mail");
  const Ref<GMimeMessage> message(g_mime_message_new(TRUE));
  set_headers(message.get(), draft);
  set_body(message.get(), draft);
  return written(message.get());
}

}  // namespace omegate::mime
