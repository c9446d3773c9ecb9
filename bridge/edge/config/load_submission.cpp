#include <algorithm>

#include "bridge/core/mail/addr_spec.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

void load_login(YamlSection& section, SubmissionSettings& submission) {
  submission.user = section.text("user", "the name to log in with").value_or("");
  if (!is_one_line(submission.user)) section.wrong(*section.take("user"), "a name on one line");
  const auto secret = section.take("secret");
  if (secret) submission.secret = load_secret(section.reading(), *secret).value_or(SecretSource());
  if (secret && submission.user.empty()) section.missing("user", "the name that goes with the secret");
  if (!secret && !submission.user.empty())
    section.missing("secret", "where the password is, as in secret: {file: /etc/omegate/mail.password}");
}

void load_sender(YamlSection& section, SubmissionSettings& submission) {
  submission.from = section.text("from", "an address").value_or("");
  if (!section.take("from")) {
    section.missing("from", "the address of our mails, as in from: bot@example.org");
  } else if (!mail::is_addr_spec(submission.from)) {
    section.wrong(*section.take("from"), "a mail address like bot@example.org");
  }
  submission.from_name = section.text("from_name", "a name").value_or("");
  if (!is_one_line(submission.from_name)) section.wrong(*section.take("from_name"), "a name on one line");
}

}  // namespace

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

SubmissionSettings load_submission(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  SubmissionSettings submission;
  submission.place = reading.place(value.node.Mark());
  const MailServer server = load_mail_server(section, "takes our mails", {465, 587});
  submission.host = server.host;
  submission.tls = server.tls;
  submission.port = server.port;
  load_login(section, submission);
  load_sender(section, submission);
  if (const auto ca_file = existing_path(section, "ca_file", "a file with PEM certificates")) submission.ca_file = *ca_file;
  section.finish();
  return submission;
}

}  // namespace omegate::config
