#include "bridge/gateway/api/problem.hpp"

#include <boost/json.hpp>

#include "bridge/core/plugin/utf8.hpp"
#include "bridge/gateway/api/limits.hpp"

namespace omegate::gateway::api {
namespace {

std::string_view title_of(unsigned status) {
  switch (status) {
    case 400: return "This request cannot be understood";
    case 401: return "A token is needed";
    case 403: return "This is not allowed";
    case 404: return "There is no such thing";
    case 405: return "This cannot be done here";
    case 409: return "This contradicts what is there";
    case 410: return "This is over";
    case 415: return "This form of content is not understood";
    case 429: return "Too much at once";
    case 507: return "There is no room";
    default: return "This failed";
  }
}

}  // namespace

http::Response to_response(const Problem& problem) {
  boost::json::object body{{"type", "urn:omegate:problem:" + problem.name},
                           {"title", title_of(problem.status)},
                           {"status", problem.status},
                           {"detail", plugin::mend_utf8(problem.detail)}};
  if (!problem.where.empty()) body["where"] = plugin::mend_utf8(problem.where);
  if (!problem.expected.empty()) body["expected"] = problem.expected;
  if (!problem.to_do.empty()) body["to_do"] = problem.to_do;
  http::Response response{.status = problem.status, .body = boost::json::serialize(body) + "\n"};
  response.content_type = "application/problem+json";
  response.headers = problem.headers;
  return response;
}

std::string in_quotes(std::string_view text) {
  const std::string good = plugin::mend_utf8(text);
  const std::string_view cut = plugin::cut_utf8(good, max_quoted);
  return '\'' + std::string(cut) + (cut.size() < good.size() ? "…'" : "'");
}

}  // namespace omegate::gateway::api
