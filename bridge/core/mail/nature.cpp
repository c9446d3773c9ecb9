#include "bridge/core/mail/nature.hpp"

#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// The first word of a field, without its parameters and comments.
std::string first_word(std::string_view value) {
  const std::string_view text = trimmed(value);
  return lower(text.substr(0, text.find_first_of("; \t(")));
}

}  // namespace

std::string_view to_text(Nature nature) {
  switch (nature) {
    case Nature::ordinary: return "ordinary";
    case Nature::generated: return "generated";
    case Nature::auto_reply: return "auto_reply";
    case Nature::bounce: return "bounce";
    case Nature::list: return "list";
    case Nature::bulk: return "bulk";
    case Nature::own: return "own";
  }
  return "ordinary";
}

Nature nature_of(const Marks& marks) {
  if (marks.has_loop_field) return Nature::own;
  const std::string submitted = first_word(marks.auto_submitted), precedence = first_word(marks.precedence);
  const std::string author = lower(marks.author);
  if (marks.report_type == "delivery-status" || author.starts_with("mailer-daemon@")) return Nature::bounce;
  if (submitted == "auto-replied" || precedence == "auto_reply" || marks.has_auto_reply_field || !marks.report_type.empty()) return Nature::auto_reply;
  if (!marks.list_id.empty() || precedence == "list") return Nature::list;
  if ((!submitted.empty() && submitted != "no") || marks.null_sender) return Nature::generated;
  if (precedence == "bulk" || precedence == "junk") return Nature::bulk;
  return Nature::ordinary;
}

}  // namespace omegate::mail
