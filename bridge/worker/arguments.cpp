#include "bridge/worker/arguments.hpp"

namespace omegate::worker {
namespace {

constexpr std::string_view blanks = " \t\r\n";

struct Parameter {
  std::string name;
  bool required;
};

std::vector<Parameter> parameters(std::string_view usage) {
  std::vector<Parameter> found;
  for (auto open = usage.find('<'); open != usage.npos; open = usage.find('<', open + 1)) {
    const auto close = usage.find('>', open);
    if (close == usage.npos) break;
    const bool optional = open > 0 && usage[open - 1] == '[';
    found.push_back({std::string(usage.substr(open + 1, close - open - 1)), !optional});
  }
  return found;
}

/// Takes the first word off `rest`, and the blanks after it.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  return word;
}

}  // namespace

std::optional<Arguments> match_arguments(std::string_view usage, std::string_view rest) {
  Arguments arguments;
  const auto wanted = parameters(usage);
  for (std::size_t i = 0; i < wanted.size() && !rest.empty(); ++i) {
    const bool is_last = i + 1 == wanted.size();
    arguments.emplace_back(wanted[i].name, is_last ? std::exchange(rest, {}) : take_word(rest));
  }
  const bool has_all = arguments.size() == wanted.size() || !wanted[arguments.size()].required;
  if (!has_all || !rest.empty()) return std::nullopt;
  return arguments;
}

}  // namespace omegate::worker
