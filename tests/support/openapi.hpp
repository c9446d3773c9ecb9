// Whether an answer is what an OpenAPI document says it is: the part of JSON Schema that our document uses.
//
// A keyword that is not known here fails the check: nothing in the document is only decoration. Source: OpenAPI 3.1,
// JSON Schema 2020-12.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::test {

class OpenApi {
 public:
  explicit OpenApi(std::string_view document);

  /// "POST /v1/messages", all of them.
  std::vector<std::string> operations() const;

  /// What is wrong; empty: nothing. `path`: as it was asked for, without query.
  std::string fault_of_answer(std::string_view method, std::string_view path, unsigned status, std::string_view content_type,
                              const boost::json::value& body) const;
  std::string fault_of_request(std::string_view method, std::string_view path, const boost::json::value& body) const;

  /// "/v1/messages/{id}"; empty: none fits.
  std::string template_of(std::string_view path) const;

 private:
  const boost::json::object* operation(std::string_view method, std::string_view path) const;
  std::string fault(const boost::json::value& value, const boost::json::object& schema, const std::string& place) const;
  std::string fault_of_object(const boost::json::object& object, const boost::json::object& schema,
                              const std::string& place) const;

  boost::json::value document_;
};

}  // namespace omegate::test
