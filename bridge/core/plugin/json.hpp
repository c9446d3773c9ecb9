// What this module needs of Boost.JSON, with its limits. Internal to core/plugin.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "bridge/core/base/priority.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/plugin/trust_level.hpp"
#include "bridge/core/plugin/utf8.hpp"

namespace omegate::plugin {

/// Errors: `frame_not_json`: not UTF-8, not an object, or deeper than `max_json_depth`.
Result<boost::json::object> parse_object(std::string_view text);

boost::json::string json_text(std::string_view text);

/// The members of one object, read with one error for all of them: the first that went wrong.
///
/// Errors: `missing_member`, `wrong_member`.
class Members {
 public:
  explicit Members(const boost::json::object& object) : object_(object) {}

  std::string text(std::string_view name);           // required
  std::string optional_text(std::string_view name);  // "" if absent
  std::int64_t integer(std::string_view name);       // required
  double number(std::string_view name);              // required
  bool optional_flag(std::string_view name, bool otherwise);
  TrustLevel trust(std::string_view name);   // required
  Priority priority(std::string_view name);  // required
  const boost::json::object& object(std::string_view name);
  const boost::json::array& array(std::string_view name);  // empty if absent
  std::vector<std::string> texts(std::string_view name);   // empty if absent

  bool has(std::string_view name) const { return object_.contains(name); }
  void fail(error_code error) {
    if (!error_) error_ = error;
  }
  error_code error() const { return error_; }

 private:
  template <class T>
  const T* find(std::string_view name, bool required);

  const boost::json::object& object_;
  error_code error_;
};

}  // namespace omegate::plugin
