// A web page of its own that shows our keys, for others to compare and scan.
//
// Nothing is loaded from elsewhere, no script. Not here: the picture (edge/qr).
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace omegate::app {

/// The URI with every key of the account `own` (of the gateway's answer to `keys`), this device first.
std::string uri_of(const boost::json::object& own);

/// The whole file; `day` is printed on it.
std::string keys_page(const std::vector<boost::json::object>& accounts, const std::string& day);

}  // namespace omegate::app
