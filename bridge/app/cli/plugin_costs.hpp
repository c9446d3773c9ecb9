// What a running plugin costs, as the gateway's `status` has it, for tables and lines.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace omegate::app {

/// "34 MiB"; what is not known is shown as nothing.
std::string memory_of(const boost::json::object& plugin);
/// "2 s", since its worker was started.
std::string cpu_of(const boost::json::object& plugin);

}  // namespace omegate::app
