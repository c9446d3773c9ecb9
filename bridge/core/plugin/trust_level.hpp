// How far a key is trusted, as plugins see it. What makes it so is core/trust; this is only the word on the
// wire.
#pragma once

#include <optional>
#include <string_view>

namespace omegate::plugin {

/// In rising order: a command with `min_trust` runs for this level and all after it.
enum class TrustLevel { revoked, undecided, tofu, trusted, verified };

constexpr bool reaches(TrustLevel has, TrustLevel needed) { return has >= needed; }

std::string_view to_text(TrustLevel level);
std::optional<TrustLevel> trust_level(std::string_view text);

}  // namespace omegate::plugin
