#include "bridge/core/trust/policy.hpp"

#include <array>
#include <utility>

namespace omegate::trust {

namespace {

template <class Value>
using Word = std::pair<Value, std::string_view>;

constexpr std::array levels{
    Word<Level>{Level::undecided, "undecided"}, Word<Level>{Level::tofu, "tofu"},
    Word<Level>{Level::trusted, "trusted"},     Word<Level>{Level::verified, "verified"},
    Word<Level>{Level::revoked, "revoked"},
};

constexpr std::array policies{
    Word<Policy>{Policy::manual, "manual"},
    Word<Policy>{Policy::configured, "configured"},
    Word<Policy>{Policy::tofu, "tofu"},
    Word<Policy>{Policy::blind, "blind"},
};

constexpr std::array decisions{
    Word<Decision>{Decision::allow, "allow"},
    Word<Decision>{Decision::undecided, "undecided"},
    Word<Decision>{Decision::refuse, "refuse"},
};

constexpr std::array rules{
    Word<MessageRule>{MessageRule::partial, "partial"},
    Word<MessageRule>{MessageRule::hold, "hold"},
    Word<MessageRule>{MessageRule::refuse, "refuse"},
};

template <class Words, class Value>
std::string_view name_in(const Words& words, Value value) {
  for (const auto& [known, text] : words)
    if (known == value) return text;
  return "unknown";
}

template <class Value, std::size_t Size>
std::optional<Value> value_in(const std::array<Word<Value>, Size>& words, std::string_view text) {
  for (const auto& [value, known] : words)
    if (known == text) return value;
  return std::nullopt;
}

}  // namespace

std::string_view name(Level level) { return name_in(levels, level); }
std::string_view name(Policy policy) { return name_in(policies, policy); }
std::string_view name(Decision decision) { return name_in(decisions, decision); }
std::string_view name(MessageRule rule) { return name_in(rules, rule); }

std::optional<Level> level_named(std::string_view text) { return value_in(levels, text); }
std::optional<Policy> policy_named(std::string_view text) { return value_in(policies, text); }
std::optional<MessageRule> message_rule_named(std::string_view text) { return value_in(rules, text); }

}  // namespace omegate::trust
