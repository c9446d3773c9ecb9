#include "bridge/core/plugin/trust_level.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace omegate::plugin {
namespace {

constexpr std::array<std::pair<TrustLevel, std::string_view>, 5> names{{
    {TrustLevel::revoked, "revoked"},
    {TrustLevel::undecided, "undecided"},
    {TrustLevel::tofu, "tofu"},
    {TrustLevel::trusted, "trusted"},
    {TrustLevel::verified, "verified"},
}};

}  // namespace

std::string_view to_text(TrustLevel level) {
  return std::ranges::find(names, level, [](const auto& entry) { return entry.first; })->second;
}

std::optional<TrustLevel> trust_level(std::string_view text) {
  const auto found = std::ranges::find(names, text, [](const auto& entry) { return entry.second; });
  if (found == names.end()) return std::nullopt;
  return found->first;
}

}  // namespace omegate::plugin
