#include "bridge/core/mail/authentication_results.hpp"

#include <set>

#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// Parts between semicolons, without comments; quoted texts lose their quotes, and their blanks and semicolons.
std::vector<std::string> parts_of(std::string_view field) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < field.size(); ++i) {
    char c = field[i];
    const bool escaped = c == '\\' && (quoted || depth > 0) && i + 1 < field.size();
    if (escaped) c = field[++i];
    if (depth == 0 && c == '"' && !escaped) {
      quoted = !quoted;
    } else if (quoted) {
      if (c != ' ' && c != ';' && c != '=' && !is_control(c)) parts.back() += c;
    } else if (c == '(' && !escaped) {
      ++depth;
    } else if (c == ')' && depth > 0 && !escaped) {
      if (--depth == 0) parts.back() += ' ';
    } else if (depth > 0) {
      continue;
    } else if (c == ';') {
      parts.emplace_back();
    } else {
      parts.back() += is_control(c) ? ' ' : c;
    }
  }
  return parts;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (text = trimmed(text); !text.empty();) {
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text = trimmed(text.substr(end));
  }
  return words;
}

bool is_about(std::string_view method, std::string_view property) {
  if (method == "dkim") return property == "header.d" || property == "header.i";
  if (method == "spf") return property == "smtp.mailfrom" || property == "smtp.helo";
  return method == "dmarc" && property == "header.from";
}

/// "dkim=pass reason=… header.d=example.org". Without a method and a result it is none, as in "none".
AuthenticationResult result_of(std::string_view part) {
  AuthenticationResult found;
  for (const std::string& word : words_of(part)) {
    const auto equals = word.find('=');
    if (equals == word.npos) continue;
    std::string name = lower(word.substr(0, equals));
    const std::string value = word.substr(equals + 1);
    if (found.method.empty()) {
      found.method = name.substr(0, name.find('/'));
      found.result = lower(value);
    } else if (is_about(found.method, name) && (found.about.empty() || name == "header.d")) {
      found.about = lower(value);
    }
  }
  return found;
}

bool is_same_or_below(std::string_view domain, std::string_view above) {
  return domain == above || (domain.size() > above.size() && domain.ends_with(above) && domain[domain.size() - above.size() - 1] == '.');
}

std::string domain_of(const std::string& about) { return about.substr(about.find('@') + 1); }

}  // namespace

std::vector<AuthenticationResult> believed_results(const std::vector<std::string>& fields, std::string_view authserv_id) {
  std::vector<AuthenticationResult> results;
  std::set<std::string> known;  // methods of fields further up
  if (authserv_id.empty()) return results;
  for (const std::string& field : fields) {
    const auto parts = parts_of(std::string_view(field).substr(0, max_results_field));
    const auto names = words_of(parts.front());
    if (names.empty() || lower(names.front()) != lower(authserv_id)) continue;
    std::set<std::string> here;
    for (std::size_t i = 1; i < parts.size() && results.size() < max_results; ++i) {
      AuthenticationResult result = result_of(parts[i]);
      if (result.method.empty() || known.contains(result.method)) continue;
      here.insert(result.method);
      results.push_back(std::move(result));
    }
    known.merge(here);
  }
  return results;
}

std::string_view to_text(Authenticity authenticity) {
  switch (authenticity) {
    case Authenticity::unknown: return "unknown";
    case Authenticity::pass: return "pass";
    case Authenticity::fail: return "fail";
  }
  return "unknown";
}

Authenticity authenticity(const std::vector<AuthenticationResult>& results, std::string_view author_domain) {
  const std::string domain = lower(author_domain);
  if (domain.empty()) return Authenticity::unknown;
  bool failed = false;
  for (const AuthenticationResult& each : results) {
    if (each.method != "dmarc") continue;
    if (each.result == "pass" && (each.about.empty() || domain_of(each.about) == domain)) return Authenticity::pass;
    if (each.result == "fail") failed = true;
  }
  if (failed) return Authenticity::fail;
  for (const AuthenticationResult& each : results) {
    if (each.method == "dkim" && each.result == "pass" && !each.about.empty() && is_same_or_below(domain, domain_of(each.about)))
      return Authenticity::pass;
  }
  return Authenticity::unknown;
}

}  // namespace omegate::mail
