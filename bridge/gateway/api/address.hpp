// Path and query of a request to the API.
//
// Source: RFC 3986 §2.1.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::gateway::api {

/// What stands in `path` for the parts of `pattern` in braces, decoded; nothing: it is another path.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path);

/// Throws `Refusal` (400) for a name that is not among `known` or comes twice, and for what is not encoded well.
std::map<std::string, std::string> read_query(std::string_view query, const std::vector<std::string_view>& known);

/// application/json, whatever follows it.
bool is_json_type(std::string_view content_type);

}  // namespace omegate::gateway::api
