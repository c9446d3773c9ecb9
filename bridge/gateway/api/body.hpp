// The JSON of a request, read so that nothing in it goes unnoticed: a member that nobody knows, one that comes twice, a text
// that no message can carry.
//
// Source: RFC 8259; RFC 7493 (I-JSON) for what two programs would read differently.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::gateway::api {

/// Throws `Refusal` (400): no JSON object, too deep, not UTF-8, a name that comes twice, NUL.
boost::json::object parse_body(std::string_view text);

/// The members of one object. All throw `Refusal` (400), which names the member.
class Members {
 public:
  /// `where`: "body" or "body /reply_to".
  Members(const boost::json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::string text(std::string_view name);  // required, not empty
  std::optional<std::string> optional_text(std::string_view name);
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
  bool flag(std::string_view name);  // false if absent
  std::optional<Members> object(std::string_view name);
  std::vector<std::string> texts(std::string_view name);  // required

  /// Call last: members that nobody asked for are refused.
  void finish() const;

  /// "body /to"
  std::string place(std::string_view name) const;
  [[noreturn]] void wrong(std::string_view name, std::string expected) const;

 private:
  const boost::json::value* find(std::string_view name);

  const boost::json::object& object_;
  std::string where_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace omegate::gateway::api
