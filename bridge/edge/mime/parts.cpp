#include "bridge/edge/mime/parts.hpp"

#include <algorithm>

#include "bridge/core/mail/text.hpp"
#include "bridge/core/plugin/utf8.hpp"
#include "bridge/edge/mime/limits.hpp"
#include "bridge/edge/mime/report.hpp"
#include "bridge/edge/mime/text.hpp"

namespace omegate::mime {
namespace {

bool is(GMimeObject& part, const char* type, const char* subtype) {
  GMimeContentType* const content_type = g_mime_object_get_content_type(&part);
  return content_type != nullptr && g_mime_content_type_is_type(content_type, type, subtype);
}

std::string media_type(GMimeObject& part) {
  GMimeContentType* const content_type = g_mime_object_get_content_type(&part);
  const OwnedText type(content_type == nullptr ? nullptr : g_mime_content_type_get_mime_type(content_type));
  return one_line(to_string(type.get()));
}

std::string disposition(GMimeObject& part) { return mail::lower(to_string(g_mime_object_get_disposition(&part))); }

/// Says only that somebody signed: no file for a person.
bool is_signature(GMimeObject& part) {
  return is(part, "application", "pgp-signature") || is(part, "application", "pkcs7-signature") || is(part, "application", "x-pkcs7-signature");
}

/// Was read as what it is (report.cpp).
bool is_of_report(GMimeObject& part) {
  return is(part, "message", "delivery-status") || is(part, "message", "global-delivery-status") ||
         is(part, "message", "disposition-notification") || is(part, "text", "rfc822-headers");
}

class Reader {
 public:
  explicit Reader(Message& read) : read_(read) {}

  void visit(GMimeObject* part, int depth) {
    if (part == nullptr) return;
    if (depth > max_depth) throw Refused("the message is not taken: its parts are nested too deeply");
    if (++parts_ > max_parts) throw Refused("the message is not taken: it has too many parts");
    if (GMIME_IS_MULTIPART(part)) return visit_multipart(GMIME_MULTIPART(part), depth);
    if (GMIME_IS_MESSAGE_PART(part)) return attach_message(GMIME_MESSAGE_PART(part));
    if (!GMIME_IS_PART(part) || is_signature(*part) || is_of_report(*part)) return;
    if (is_text(*part)) return add_text(*GMIME_PART(part));
    attach(*GMIME_PART(part));
  }

 private:
  /// Without a name, and not handed over as a file.
  static bool is_text(GMimeObject& part) {
    const bool has_name = g_mime_part_get_filename(GMIME_PART(&part)) != nullptr;
    return (is(part, "text", "plain") || is(part, "text", "html")) && disposition(part) != "attachment" && !has_name;
  }

  void visit_multipart(GMimeMultipart* multipart, int depth) {
    GMimeObject& part = *GMIME_OBJECT(multipart);
    if (is(part, "multipart", "report") && read_.marks.report_type.empty()) {
      read_.marks.report_type = mail::lower(to_string(g_mime_object_get_content_type_parameter(&part, "report-type")));
      if (read_.marks.report_type.empty()) read_.marks.report_type = "unknown";
      read_report(*multipart, read_);
    }
    if (is(part, "multipart", "alternative")) return visit_alternatives(multipart, depth);
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) visit(g_mime_multipart_get_part(multipart, i), depth + 1);
  }

  /// The same thing said in several ways: the plain text if there is one, and what only the others bring along. Of the
  /// HTML nothing is kept then.
  void visit_alternatives(GMimeMultipart* multipart, int depth) {
    const std::string html = read_.html;
    const std::size_t text_before = read_.text.size();
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) visit(g_mime_multipart_get_part(multipart, i), depth + 1);
    if (read_.text.size() > text_before) read_.html = html;
  }

  void add_text(GMimePart& part) {
    std::string text = text_of(part, read_.is_cut, read_.unknown_charsets);
    std::string& into = is(*GMIME_OBJECT(&part), "text", "html") ? read_.html : read_.text;
    if (mail::trimmed(text).empty()) return;
    if (!into.empty() && !into.ends_with('\n')) into += '\n';
    if (into.size() + text.size() > max_text) {
      text = plugin::cut_utf8(text, max_text - std::min(into.size(), max_text));
      read_.is_cut = true;
    }
    into += text;
  }

  bool has_room() {
    if (read_.attachments.size() < max_attachments) return true;
    ++read_.left_out;
    return false;
  }

  void attach(GMimePart& part) {
    if (!has_room()) return;
    GMimeObject& object = *GMIME_OBJECT(&part);
    const bool is_inline = disposition(object) == "inline" || (disposition(object).empty() && g_mime_object_get_content_id(&object) != nullptr);
    const std::string content = content_of(part);
    read_.attachments.push_back({one_line(to_string(g_mime_part_get_filename(&part))), media_type(object), is_inline, to_bytes(content)});
  }

  /// A message in a message is a file, with its subject as the name.
  void attach_message(GMimeMessagePart* part) {
    GMimeMessage* const message = g_mime_message_part_get_message(part);
    if (message == nullptr || !has_room()) return;
    const std::string subject = one_line(to_string(g_mime_message_get_subject(message)));
    const Ref<GMimeStream> memory(g_mime_stream_mem_new());
    g_mime_object_write_to_stream(GMIME_OBJECT(message), nullptr, memory.get());
    const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
    read_.attachments.push_back({(subject.empty() ? "message" : subject) + ".eml", "message/rfc822", false, Bytes(bytes->data, bytes->data + bytes->len)});
  }

  Message& read_;
  std::size_t parts_ = 0;
};

}  // namespace

void read_parts(GMimeMessage& message, Message& read) {
  Reader(read).visit(g_mime_message_get_mime_part(&message), 0);
}

}  // namespace omegate::mime
