// What is wrong with a request, as its sender reads it.
//
// Source: RFC 9457 (application/problem+json); `where`, `expected` and `to_do` are members of ours.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/edge/http/server.hpp"

namespace omegate::gateway::api {

struct Problem {
  unsigned status = 400;
  std::string name;           // "unknown-member": `type` is urn:omegate:problem: and this
  std::string detail;         // what is wrong, as a sentence
  std::string where = {};     // "body /to", "header Host", "query wait"
  std::string expected = {};  // there
  std::string to_do = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

http::Response to_response(const Problem& problem);

/// Ends the handling of a request with this answer; inside a transaction nothing of it happens.
class Refusal : public std::exception {
 public:
  explicit Refusal(Problem problem) : problem_(std::move(problem)) {}
  const Problem& problem() const { return problem_; }
  const char* what() const noexcept override { return problem_.detail.c_str(); }

 private:
  Problem problem_;
};

/// At most `max_quoted` bytes of what somebody sent, in quotes.
std::string in_quotes(std::string_view text);

}  // namespace omegate::gateway::api
