// The arguments of an operator's request, read with errors a person can act on.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::gateway {

/// All of them throw `OperatorError` (`bad_argument`).
class OperatorArgs {
 public:
  explicit OperatorArgs(const boost::json::object& args) : args_(args) {}

  std::optional<std::string> text(std::string_view name) const {
    const boost::json::value* value = args_.if_contains(name);
    if (!value || value->is_null()) return std::nullopt;
    if (!value->is_string()) throw bad(name, "a text");
    return std::string(value->as_string());
  }

  std::string needed(std::string_view name) const {
    auto value = text(name);
    if (!value) throw bad(name, "a text");
    return std::move(*value);
  }

  std::optional<std::int64_t> number(std::string_view name) const {
    const boost::json::value* value = args_.if_contains(name);
    if (!value || value->is_null()) return std::nullopt;
    boost::system::error_code failure;
    const auto number = value->to_number<std::int64_t>(failure);
    if (failure) throw bad(name, "a whole number");
    return number;
  }

  std::int64_t needed_number(std::string_view name) const {
    const auto value = number(name);
    if (!value) throw bad(name, "a whole number");
    return *value;
  }

  bool flag(std::string_view name) const {
    const boost::json::value* value = args_.if_contains(name);
    return value && value->is_bool() && value->as_bool();
  }

  /// A bare JID, prepared.
  std::optional<xmpp::Jid> jid(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    const auto parsed = xmpp::Jid::parse(*value);
    if (!parsed) throw bad(name, "an address like alice@example.org");
    return parsed->bare();
  }

  xmpp::Jid needed_jid(std::string_view name) const {
    const auto value = jid(name);
    if (!value) throw bad(name, "an address like alice@example.org");
    return *value;
  }

  /// How many rows a list answers. Unit: rows.
  std::size_t limit() const {
    const auto value = number("limit").value_or(default_limit);
    if (value < 1 || value > max_limit) throw bad("limit", "a number from 1 to " + std::to_string(max_limit));
    return static_cast<std::size_t>(value);
  }

 private:
  static constexpr std::int64_t default_limit = 100, max_limit = 1000;

  static OperatorError bad(std::string_view name, const std::string& expected) {
    return {"bad_argument", "the argument '" + std::string(name) + "' must be " + expected};
  }

  const boost::json::object& args_;
};

}  // namespace omegate::gateway
