// Laws: a message is read within limits or refused; fields are one line of UTF-8, texts have no control characters.
#include "bridge/core/mail/authentication_results.hpp"
#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/text.hpp"
#include "bridge/core/plugin/utf8.hpp"
#include "bridge/edge/mime/limits.hpp"
#include "bridge/edge/mime/read.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

void judge_line(const std::string& line) {
  require(line.size() <= mime::max_field, "a field is short");
  require(plugin::mend_utf8(line) == line, "a field is UTF-8");
  for (const char c : line) require(!mail::is_control(c), "a field is one line");
}

void judge_text(const std::string& text) {
  require(text.size() <= mime::max_text, "a text is cut");
  require(plugin::mend_utf8(text) == text, "a text is UTF-8");
  for (const char c : text) require(!mail::is_control(c) || c == '\n' || c == '\t', "a text has no control characters");
}

}  // namespace

// case 199
void fuzz_mime(ByteView input) {
  mime::Message read;
  try {
    read = mime::read_message(as_text(input));
  } catch (const mime::Refused&) {
    return;
  }
  for (const std::string* line : {&read.subject, &read.message_id, &read.in_reply_to, &read.list_id, &read.reported_id}) judge_line(*line);
  for (const auto* people : {&read.from, &read.to, &read.cc, &read.reply_to}) {
    require(people->size() <= mime::max_addresses, "there are not too many people");
    for (const mime::Mailbox& each : *people) judge_line(each.name), judge_line(each.address);
  }
  for (const std::string& id : read.references) judge_line(id);
  judge_text(read.text);
  judge_text(read.html);
  require(read.attachments.size() <= mime::max_attachments, "there are not too many attachments");
  for (const mime::Attachment& each : read.attachments) judge_line(each.name), judge_line(each.media_type);
  for (const mime::DeliveryReport& each : read.reports) judge_line(each.recipient), judge_line(each.diagnostic);
  require(mail::believed_results(read.authentication_results, "mx.example.org").size() <= mail::max_results, "results are counted");
}

}  // namespace omegate::fuzz
