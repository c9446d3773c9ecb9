// What an operator asked for cannot be done.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace omegate::gateway {

/// Crosses the control socket as `{"code", "text", "hint"}`.
///
/// Codes: `bad_argument`   an argument is missing or makes no sense
///        `not_found`      no such account, contact, key or row
///        `ambiguous`      several match; the hint lists them
///        `conflict`       the state does not allow it (dropping a row that is being sent, …)
///        `not_allowed`    this socket may not do that
///        `unknown_verb`   no such verb
///        `failed`         anything else
class OperatorError : public std::runtime_error {
 public:
  OperatorError(std::string code, const std::string& text, std::string hint = {})
      : runtime_error(text), code_(std::move(code)), hint_(std::move(hint)) {}
  const std::string& code() const { return code_; }
  const std::string& hint() const { return hint_; }  // what to do next; may be empty

 private:
  std::string code_;
  std::string hint_;
};

}  // namespace omegate::gateway
