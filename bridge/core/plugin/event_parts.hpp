// What several kinds of events have in them, as JSON. Internal to core/plugin.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/json.hpp"

namespace omegate::plugin {

boost::json::array texts(const std::vector<std::string>& values);
boost::json::array to_array(const std::vector<File>& files);
boost::json::object to_object(const File& file);
File read_file(Members& members);

}  // namespace omegate::plugin
