#include "bridge/edge/mime/read.hpp"

#include <algorithm>

#include "bridge/core/mail/text.hpp"
#include "bridge/edge/mime/bounds.hpp"
#include "bridge/edge/mime/gmime.hpp"
#include "bridge/edge/mime/limits.hpp"
#include "bridge/edge/mime/parts.hpp"
#include "bridge/edge/mime/text.hpp"

namespace omegate::mime {
namespace {

Ref<GMimeMessage> parse(std::string_view bytes) {
  use_gmime();
  const Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Ref<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return Ref<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

/// Groups are opened.
void add_addresses(InternetAddressList* list, std::vector<Mailbox>& into, int depth) {
  const int count = list == nullptr || depth == 0 ? 0 : internet_address_list_length(list);
  for (int i = 0; i < count && into.size() < max_addresses; ++i) {
    InternetAddress* const each = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(each)) {
      add_addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(each)), into, depth - 1);
      continue;
    }
    const char* const address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(each));
    into.push_back({one_line(to_string(internet_address_get_name(each))), one_line(to_string(address))});
  }
}

std::vector<Mailbox> addresses(GMimeMessage& message, GMimeAddressType type) {
  std::vector<Mailbox> all;
  add_addresses(g_mime_message_get_addresses(&message, type), all, 3);
  return all;
}

/// An id as others repeat it: no brackets, no blanks, nothing that could begin a new line.
std::string id_of(const char* text) {
  std::string id = one_line(to_string(text));
  std::erase_if(id, [](char c) { return c == '<' || c == '>' || c == ' '; });
  return id;
}

std::vector<std::string> ids_in(const char* field) {
  std::vector<std::string> ids;
  if (field == nullptr) return ids;
  GMimeReferences* const references = g_mime_references_parse(nullptr, field);
  const int count = g_mime_references_length(references);
  // The first is where the thread begins, the last ones what is answered.
  for (int i = 0; i < count; ++i) {
    if (i > 0 && count - i >= static_cast<int>(max_references)) continue;
    std::string id = id_of(g_mime_references_get_message_id(references, i));
    if (!id.empty()) ids.push_back(std::move(id));
  }
  g_mime_references_free(references);
  return ids;
}

std::string field(GMimeMessage& message, const char* name) {
  return one_line(to_string(g_mime_object_get_header(GMIME_OBJECT(&message), name)));
}

/// Fields that may stand there more than once.
void read_fields(GMimeMessage& message, Message& read) {
  GMimeHeaderList* const headers = g_mime_object_get_header_list(GMIME_OBJECT(&message));
  const int count = g_mime_header_list_get_count(headers);
  for (int i = 0; i < count; ++i) {
    GMimeHeader* const header = g_mime_header_list_get_header_at(headers, i);
    const std::string name = mail::lower(to_string(g_mime_header_get_name(header)));
    if (name == "received") ++read.hops;
    if (name == mail::lower(mail::loop_field)) read.marks.has_loop_field = true;
    if (name == "x-autoreply" || name == "x-autorespond" || name == "x-autoresponder") read.marks.has_auto_reply_field = true;
    if (name == "authentication-results" && read.authentication_results.size() < max_results_fields)
      read.authentication_results.push_back(to_string(g_mime_header_get_raw_value(header)));
  }
}

void read_header(GMimeMessage& message, Message& read) {
  read.subject = one_line(to_string(g_mime_message_get_subject(&message)));
  read.from = addresses(message, GMIME_ADDRESS_TYPE_FROM);
  if (read.from.empty()) read.from = addresses(message, GMIME_ADDRESS_TYPE_SENDER);
  read.to = addresses(message, GMIME_ADDRESS_TYPE_TO);
  read.cc = addresses(message, GMIME_ADDRESS_TYPE_CC);
  read.reply_to = addresses(message, GMIME_ADDRESS_TYPE_REPLY_TO);
  if (GDateTime* const date = g_mime_message_get_date(&message)) read.date = WallTime(std::chrono::seconds(g_date_time_to_unix(date)));
  read.message_id = id_of(g_mime_message_get_message_id(&message));
  const auto answered = ids_in(g_mime_object_get_header(GMIME_OBJECT(&message), "In-Reply-To"));
  if (!answered.empty()) read.in_reply_to = answered.front();
  read.references = ids_in(g_mime_object_get_header(GMIME_OBJECT(&message), "References"));
  read.list_id = field(message, "List-Id");
  read.marks.list_id = read.list_id.empty() ? field(message, "List-Post") : read.list_id;
  read.marks.auto_submitted = field(message, "Auto-Submitted");
  read.marks.precedence = field(message, "Precedence");
  if (!read.from.empty()) read.marks.author = read.from.front().address;
  read_fields(message, read);
}

}  // namespace

Message read_message(std::string_view bytes) {
  if (const auto fault = fault_of_bounds(bytes); !fault.empty()) throw Refused("the message is not taken: " + std::string(fault));
  const Ref<GMimeMessage> message = parse(bytes);
  if (!message) throw Refused("the message has no header that could be read");
  Message read;
  read_header(*message, read);
  read_parts(*message, read);
  return read;
}

}  // namespace omegate::mime
