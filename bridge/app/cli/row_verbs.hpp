// What `outbox`, `inbox` and `mail` have in common: list, show, do something with one row.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/limits.hpp"

namespace omegate::app {

struct RowOptions {
  std::string account, whom, state;
  std::int64_t id = 0;
  int limit = default_list_rows;
};

struct RowVerbs {
  const char* table;  // "outbox"
  const char* about;  // for the help page
  const char* whom;   // "to" or "from": the filter's name here and in the protocol; null: there is none
  const char* again;  // "retry" or "replay"
  const char* again_about;
  std::vector<std::string> states;  // to filter by; none: it is not possible
  const char* examples;
  void (*print_list)(Screen& screen, const std::vector<boost::json::object>& rows);
  void (*print_row)(Screen& screen, const boost::json::object& row);
};

void add_row_verbs(Parser parser, Invocation& invocation, const RowVerbs& verbs);

}  // namespace omegate::app
