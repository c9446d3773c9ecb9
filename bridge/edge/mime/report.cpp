#include "bridge/edge/mime/report.hpp"

#include "bridge/core/mail/text.hpp"
#include "bridge/edge/mime/limits.hpp"
#include "bridge/edge/mime/text.hpp"

namespace omegate::mime {
namespace {

constexpr std::size_t most_read = std::size_t{64} * 1024;  // bytes of one part: what servers write has some hundred

/// Calls `each(name in lower case, value)` for the fields in `text`, and `gap()` where a line is empty.
template <class Each, class Gap>
void for_fields(std::string_view text, Each each, Gap gap) {
  std::string name, value;
  const auto finish = [&] {
    if (!name.empty()) each(name, one_line(value));
    name.clear();
    value.clear();
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (mail::trimmed(line).empty()) {
      finish();
      gap();
    } else if (line.front() == ' ' || line.front() == '\t') {
      (value += ' ') += mail::trimmed(line);  // folded: RFC 5322 §2.2.3
    } else {
      finish();
      const auto colon = std::min(line.find(':'), line.size());
      name = mail::lower(line.substr(0, colon));
      value = mail::trimmed(line.substr(std::min(colon + 1, line.size())));
    }
  }
  finish();
}

/// "rfc822; user@example.org"
std::string behind_type(const std::string& value) {
  const auto semicolon = value.find(';');
  return std::string(mail::trimmed(semicolon == value.npos ? value : value.substr(semicolon + 1)));
}

void read_statuses(const std::string& text, std::vector<DeliveryReport>& reports) {
  DeliveryReport report;
  const auto finish = [&] {
    if (!report.recipient.empty() && reports.size() < max_reported) reports.push_back(report);
    report = {};
  };
  for_fields(
      text,
      [&](const std::string& name, const std::string& value) {
        if (name == "final-recipient") report.recipient = behind_type(value);
        if (name == "action") report.action = mail::lower(value);
        if (name == "status") report.status = value.substr(0, value.find(' '));
        if (name == "diagnostic-code") report.diagnostic = behind_type(value);
      },
      finish);
  finish();
}

std::string id_in_header(const std::string& text) {
  std::string id;
  bool ended = false;
  for_fields(
      text,
      [&](const std::string& name, const std::string& value) {
        if (name == "message-id" && !ended && id.empty()) id = value;
      },
      [&] { ended = true; });
  std::erase_if(id, [](char c) { return c == '<' || c == '>' || c == ' '; });
  return id;
}

}  // namespace

void read_report(GMimeMultipart& report, Message& read) {
  const int count = g_mime_multipart_get_count(&report);
  for (int i = 0; i < count; ++i) {
    GMimeObject* const part = g_mime_multipart_get_part(&report, i);
    GMimeContentType* const type = g_mime_object_get_content_type(part);
    if (GMIME_IS_MESSAGE_PART(part)) {
      GMimeMessage* const about = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
      if (about != nullptr) read.reported_id = one_line(to_string(g_mime_message_get_message_id(about)));
    } else if (GMIME_IS_PART(part) && (g_mime_content_type_is_type(type, "message", "delivery-status") ||
                                       g_mime_content_type_is_type(type, "message", "global-delivery-status"))) {
      read_statuses(content_of(*GMIME_PART(part)).substr(0, most_read), read.reports);
    } else if (GMIME_IS_PART(part) && g_mime_content_type_is_type(type, "text", "rfc822-headers")) {
      read.reported_id = id_in_header(content_of(*GMIME_PART(part)).substr(0, most_read));
    }
  }
}

}  // namespace omegate::mime
