// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace omegate::config {

/// The known word that a typing mistake most likely meant; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace omegate::config
