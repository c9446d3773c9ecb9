// Which message goes first when not all can go at once.
#pragma once

#include <optional>
#include <string_view>

namespace omegate {

/// In rising order. Numbers are stored: they stay.
enum class Priority { low = 0, normal = 1, high = 2 };

constexpr std::string_view name(Priority priority) {
  switch (priority) {
    case Priority::low: return "low";
    case Priority::normal: return "normal";
    case Priority::high: return "high";
  }
  return "unknown";
}

constexpr std::optional<Priority> priority_named(std::string_view text) {
  for (const Priority priority : {Priority::low, Priority::normal, Priority::high}) {
    if (name(priority) == text) return priority;
  }
  return std::nullopt;
}

}  // namespace omegate
