#include "bridge/edge/config/yaml_section.hpp"

#include <charconv>

#include "bridge/edge/config/nearest.hpp"

namespace omegate::config {
namespace {

constexpr std::size_t longest_quote = 60;  // characters of a value that a message repeats

std::string in_quotes(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, longest_quote)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    shown += control ? '?' : c;
  }
  return '"' + shown + (text.size() > longest_quote ? "…\"" : "\"");
}

std::string in_list(const std::set<std::string, std::less<>>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

void Reading::fault(const YAML::Mark& mark, std::string text) {
  faults_.push_back({file_.string(), mark.line + 1, mark.column + 1, std::move(text)});
}

std::string Reading::place(const YAML::Mark& mark) const {
  return file_.string() + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

std::filesystem::path Reading::absolute(const std::string& path) const {
  return (std::filesystem::absolute(file_).parent_path() / path).lexically_normal();
}

std::string describe(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return in_quotes(node.Scalar());
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a mapping (key: value)";
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      break;
  }
  return "nothing";
}

bool is_scalar(const YAML::Node& node) { return node.IsScalar(); }

YamlSection::YamlSection(Reading& reading, Value value) : reading_(reading), value_(std::move(value)) {
  if (!value_.node.IsMap()) {
    wrong(value_, "a mapping (key: value)");
    value_.node = YAML::Node(YAML::NodeType::Map);
    return;
  }
  std::set<std::string, std::less<>> seen;
  for (const auto& entry : value_.node) {
    if (!entry.first.IsScalar()) {
      reading_.fault(entry.first.Mark(), "a key must be plain text, found " + describe(entry.first));
    } else if (!seen.insert(entry.first.Scalar()).second) {
      reading_.fault(entry.first.Mark(),
                     name_of(entry.first.Scalar()) + ": stands here a second time; keep one of the two");
    }
  }
}

std::optional<Value> YamlSection::take(std::string_view key) {
  known_.emplace(key);
  for (const auto& entry : value_.node) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != key) continue;
    if (entry.second.IsNull()) return std::nullopt;
    return Value{entry.second, name_of(key)};
  }
  return std::nullopt;
}

std::optional<std::string> YamlSection::text(std::string_view key, std::string_view expected) {
  const auto value = take(key);
  return value ? as_plain_text(reading_, *value, expected) : std::nullopt;
}

std::optional<bool> YamlSection::flag(std::string_view key) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  if (value->node.IsScalar() && value->node.Tag() == "?") {
    if (value->node.Scalar() == "true") return true;
    if (value->node.Scalar() == "false") return false;
  }
  wrong(*value, "true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> YamlSection::number(std::string_view key, std::uint64_t least,
                                                 std::uint64_t most, std::string_view unit) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  std::uint64_t number = 0;
  if (value->node.IsScalar()) {
    const std::string& digits = value->node.Scalar();
    const auto end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc() && rest == end && number >= least && number <= most) return number;
  }
  wrong(*value, "a number from " + std::to_string(least) + " to " + std::to_string(most) +
                    (unit.empty() ? "" : " (" + std::string(unit) + ")"));
  return std::nullopt;
}

std::vector<std::pair<Value, std::string>> YamlSection::texts(std::string_view key,
                                                              std::string_view expected) {
  const auto list = take(key);
  std::vector<std::pair<Value, std::string>> texts;
  if (!list) return texts;
  if (!list->node.IsSequence()) {
    wrong(*list, "a list: [" + std::string(expected) + ", …]");
    return texts;
  }
  for (std::size_t i = 0; i < list->node.size(); ++i) {
    const Value item{list->node[i], list->path + "[" + std::to_string(i) + "]"};
    if (auto text = as_plain_text(reading_, item, expected)) texts.emplace_back(item, std::move(*text));
  }
  return texts;
}

std::vector<std::pair<std::string, Value>> YamlSection::entries() {
  std::vector<std::pair<std::string, Value>> entries;
  for (const auto& entry : value_.node) {
    if (!entry.first.IsScalar()) continue;
    const std::string& key = entry.first.Scalar();
    if (known_.insert(key).second) entries.emplace_back(key, Value{entry.second, name_of(key)});
  }
  return entries;
}

void YamlSection::wrong(const Value& value, std::string_view expected, std::string_view advice) {
  std::string text = value.path.empty() ? "the file" : value.path;
  text += ": expected " + std::string(expected) + ", found " + describe(value.node);
  if (!advice.empty()) text += "; " + std::string(advice);
  fault(value, std::move(text));
}

void YamlSection::missing(std::string_view key, std::string_view what) {
  fault(value_, name_of(key) + ": is missing; add " + std::string(what));
}

void YamlSection::finish() {
  for (const auto& entry : value_.node) {
    if (!entry.first.IsScalar() || known_.contains(entry.first.Scalar())) continue;
    const std::string& key = entry.first.Scalar();
    const std::string near = nearest(key, {known_.begin(), known_.end()});
    reading_.fault(
        entry.first.Mark(),
        "unknown key " + in_quotes(key) + (value_.path.empty() ? "" : " in " + value_.path) +
            (near.empty() ? "; known are: " + in_list(known_) : "; did you mean \"" + near + "\"?"));
  }
}

std::string YamlSection::name_of(std::string_view key) const {
  return (value_.path.empty() ? "" : value_.path + ".") + std::string(key);
}

std::optional<std::string> as_plain_text(Reading& reading, const Value& value, std::string_view expected) {
  if (value.node.IsScalar() && !value.node.Scalar().empty()) return value.node.Scalar();
  const std::string found = value.node.IsScalar() ? "an empty text" : describe(value.node);
  reading.fault(value.node.Mark(), value.path + ": expected " + std::string(expected) + ", found " + found);
  return std::nullopt;
}

}  // namespace omegate::config
