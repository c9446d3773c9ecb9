// A command's words under the names its usage gives them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omegate::worker {

using Arguments = std::vector<std::pair<std::string, std::string>>;  // name, value

/// Reads `rest` after a usage like "deploy <service> [<version>]". The last name takes the rest of the text,
/// blanks included. Nothing if a required argument is missing, or if there is text and no name for it.
std::optional<Arguments> match_arguments(std::string_view usage, std::string_view rest);

}  // namespace omegate::worker
