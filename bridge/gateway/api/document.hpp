// The description of the API that its clients read: OpenAPI 3.1, served at /v1/openapi.json.
//
// Compared with the table of operations, and with the answers of the tests, by tests.
#pragma once

#include <string_view>

namespace omegate::gateway::api {

std::string_view document();

}  // namespace omegate::gateway::api
