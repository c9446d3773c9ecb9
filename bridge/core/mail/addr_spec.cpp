#include "bridge/core/mail/addr_spec.hpp"

#include <algorithm>

#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/submission_limits.hpp"
#include "bridge/core/mail/text.hpp"
#include "bridge/core/xml/text.hpp"

namespace omegate::mail {
namespace {

bool is_domain(std::string_view text) {
  if (!is_dotted(text, [](char c) { return is_alphanumeric(c) || !is_ascii(c) || c == '-'; })) return false;
  while (!text.empty()) {
    const std::string_view label = text.substr(0, text.find('.'));
    if (label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    text.remove_prefix(std::min(label.size() + 1, text.size()));
  }
  return true;
}

}  // namespace

bool is_addr_spec(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == text.npos || text.size() > longest_addr_spec || at > max_local_part) return false;
  return is_dot_atom(text.substr(0, at)) && is_domain(text.substr(at + 1)) && xml::is_xml_text(text);
}

std::string_view domain_of(std::string_view address) { return address.substr(address.rfind('@') + 1); }

bool needs_smtputf8(std::string_view address) { return !is_ascii(address); }

bool is_message_id(std::string_view text) {
  if (text.size() < 5 || text.size() > max_message_id || text.front() != '<' || text.back() != '>') return false;
  text = text.substr(1, text.size() - 2);
  const auto at = text.find('@');
  const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '<' && c != '>' && c != '(' && c != ')' && c != '\\' && c != '"'; };
  return at != text.npos && at > 0 && at + 1 < text.size() && std::ranges::all_of(text, fits);
}

}  // namespace omegate::mail
