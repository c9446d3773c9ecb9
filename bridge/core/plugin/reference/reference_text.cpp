#include "bridge/core/plugin/reference/reference_text.hpp"

#include <algorithm>
#include <cctype>

namespace omegate::plugin::reference {
namespace {

constexpr std::string_view type_prefix = "omegate.";

/// Splits at `separator` where no bracket is open.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : separator;
    if (c == '(' || c == '{' || c == '<' || c == '[') ++depth;
    if (c == ')' || c == '}' || c == '>' || c == ']') --depth;
    if (c != separator || (depth > 0 && i < text.size())) continue;
    std::string_view part = text.substr(start, i - start);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    if (!part.empty()) parts.push_back(part);
    start = i + 1;
  }
  return parts;
}

bool is_part_of_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

/// The types of the table get their prefix, others stay.
std::string typed(std::string_view type) {
  std::string all;
  for (std::size_t i = 0; i < type.size();) {
    std::size_t end = i;
    while (end < type.size() && is_part_of_a_word(type[end])) ++end;
    if (end == i) {
      all += type[i++];
      continue;
    }
    const std::string_view word = type.substr(i, end - i);
    const bool ours = std::ranges::any_of(types(), [&](const Type& each) { return each.name == word; });
    all += (ours ? std::string(type_prefix) : std::string()) + std::string(word);
    i = end;
  }
  return all;
}

/// How examples call a value of the type.
std::string variable(std::string_view type) {
  if (type == "Event") return "ev";
  if (type == "Expression") return "re";
  std::string name(type);
  name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  return name;
}

std::string_view owner(const Entry& entry) { return entry.name.substr(0, std::min(entry.name.find(':'), entry.name.size())); }
bool is_method(const Entry& entry) { return entry.name.find(':') != entry.name.npos; }

std::string names(const std::vector<Parameter>& all, bool without_optional_middle) {
  std::string text;
  for (const Parameter& each : all)
    if (!without_optional_middle || !each.may_be_left_out) text += (text.empty() ? "" : ", ") + std::string(each.name);
  return text;
}

std::string commented(std::string_view text) {
  std::string all = "---";
  for (const char c : text) all += c == '\n' ? "\n---" : std::string(1, c);
  return all + "\n";
}

struct Field {
  std::string_view name, type, about;
};

std::vector<Field> fields(const Type& type) {
  std::vector<Field> all;
  std::string_view rest = type.fields;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto colon = line.find(": ");
    const std::string_view kind = split(line.substr(colon + 2), ',').front();
    const std::string_view about = line.substr(colon + 2 + kind.size());
    all.push_back({line.substr(0, colon), kind, about.substr(std::min<std::size_t>(2, about.size()))});
  }
  return all;
}

void add_fields(std::string& text, const Type& type) {
  for (const Field& field : fields(type))
    text += "---@field " + std::string(field.name) + " " + typed(field.type) + " # " + std::string(field.about) + "\n";
}

void add_type(std::string& text, const Type& type) {
  text += commented(type.about);
  if (type.fields.starts_with("= ")) {
    text += "---@alias " + std::string(type_prefix) + std::string(type.name) + " " + typed(type.fields.substr(2)) + "\n\n";
    return;
  }
  text += "---@class " + std::string(type_prefix) + std::string(type.name) + "\n";
  add_fields(text, type);
  text += "local " + std::string(type.name) + " = {}\n\n";
}

void add_function(std::string& text, const Entry& entry) {
  text += commented(entry.about) + "---\n---```lua\n" + commented(entry.example) + "---```\n";
  if (entry.use == Use::value) {
    text += "---@type " + typed(entry.returns) + "\n" + std::string(entry.name) + " = nil\n\n";
    return;
  }
  const auto all = parameters(entry);
  for (const Parameter& each : all) {
    const bool optional = each.optional || each.may_be_left_out;
    text += "---@param " + std::string(each.name) + (optional && each.name != "..." ? "?" : "") + " " + typed(each.type) + "\n";
  }
  for (const std::string_view one : split(entry.returns, ',')) text += "---@return " + typed(one) + "\n";
  const bool has_short_form = std::ranges::any_of(all, &Parameter::may_be_left_out);
  if (has_short_form) {
    std::string shorter;
    for (const Parameter& each : all)
      if (!each.may_be_left_out) shorter += (shorter.empty() ? "" : ", ") + std::string(each.name) + ": " + typed(each.type);
    text += "---@overload fun(" + shorter + ")\n";
  }
  text += "function " + std::string(entry.name) + "(" + names(all, false) + ") end\n\n";
}

/// P.time, P.json and their sisters must be there before something is put into them.
void add_groups(std::string& text) {
  std::vector<std::string_view> groups;
  for (const Section& section : sections()) {
    for (const Entry& entry : section.entries) {
      const auto dot = entry.name.rfind('.');
      const std::string_view group = entry.name.substr(0, dot == entry.name.npos ? 0 : dot);
      if (group.size() > 1 && std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
    }
  }
  for (const std::string_view group : groups) text += std::string(group) + " = {}\n";
  text += "\n";
}

std::string anchor_of(std::string_view title) {
  std::string anchor;
  for (const char c : title) {
    if (c == ' ') anchor += '-';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return anchor;
}

void add_entry(std::string& text, const Entry& entry) {
  text += "### `" + call(entry) + "`\n\n" + std::string(entry.about) + "\n\n```lua\n" + std::string(entry.example) + "\n```\n\n";
  if (!entry.chat.empty()) text += "```text\n" + std::string(entry.chat) + "\n```\n\n";
}

void add_table(std::string& text, const Type& type) {
  text += "### " + std::string(type.name) + "\n\n" + std::string(type.about) + "\n\n";
  if (type.fields.starts_with("= ")) return;
  text += "| member | type | |\n| --- | --- | --- |\n";
  for (const Field& field : fields(type)) {
    std::string kind(field.type);
    for (auto at = kind.find('|'); at != kind.npos; at = kind.find('|', at + 2)) kind.insert(at, "\\");
    text += "| `" + std::string(field.name) + "` | `" + kind + "` | " + std::string(field.about) + " |\n";
  }
  text += "\n";
}

}  // namespace

std::vector<Parameter> parameters(const Entry& entry) {
  std::vector<Parameter> all;
  for (std::string_view each : split(entry.parameters, ',')) {
    Parameter parameter;
    parameter.may_be_left_out = each.starts_with('[');
    if (parameter.may_be_left_out) each = each.substr(1, each.size() - 2);
    const auto colon = each.find(": ");
    parameter.type = each.substr(colon + 2);
    parameter.name = each.substr(0, colon);
    parameter.optional = parameter.name.ends_with('?');
    if (parameter.optional) parameter.name.remove_suffix(1);
    all.push_back(parameter);
  }
  return all;
}

std::string call(const Entry& entry) {
  std::string text = is_method(entry) ? variable(owner(entry)) + std::string(entry.name.substr(entry.name.find(':'))) : std::string(entry.name);
  if (entry.use == Use::value) return text;
  std::string inside;
  for (const Parameter& each : parameters(entry)) {
    const bool optional = each.optional || each.may_be_left_out;
    const std::string name = each.name == "..." ? "…" : std::string(each.name);
    inside += (inside.empty() ? "" : ", ") + (optional ? "[" + name + "]" : name);
  }
  return text + "(" + inside + ")";
}

std::string stubs() {
  std::string text =
      "---@meta omegate\n"
      "-- What omegate's plugins can call, for editors with the Lua language server. Nobody runs this file.\n"
      "-- Made by `omegate plugin stubs`. In a plugin:\n"
      "--\n"
      "--   ---@type omegate.P\n"
      "--   local P = ...\n\n";
  for (const Type& type : types()) add_type(text, type);
  text += "---@class omegate.P\nlocal P = {}\n";
  add_groups(text);
  for (const Section& section : sections())
    for (const Entry& entry : section.entries) add_function(text, entry);
  return text + "return P\n";
}

std::string page() {
  std::string text =
      "# What plugins can call\n"
      "\n"
      "Made of the table that the program has of them (`omegate plugin reference`); a test runs each example. How plugins are written, and what they "
      "hear, is told in [plugins/README.md](../plugins/README.md). `omegate plugin stubs` writes the same for editors.\n"
      "\n"
      "An example that registers something is an `init.lua` without its first line, `local P = ...`; every other one is the inside of a "
      "handler, `ev` is its event. `-->` stands before what the expression in front of it is. Below some stands what comes of it, as in "
      "a test (`*.chat`).\n\n";
  for (const Section& section : sections()) text += "- [" + std::string(section.title) + "](#" + anchor_of(section.title) + ")\n";
  text += "- [Tables](#tables)\n\n";
  for (const Section& section : sections()) {
    text += "## " + std::string(section.title) + "\n\n";
    if (!section.about.empty()) text += std::string(section.about) + "\n\n";
    for (const Entry& entry : section.entries) add_entry(text, entry);
  }
  text += "## Tables\n\nA member with a `?` may be absent.\n\n";
  for (const Type& type : types())
    if (!type.fields.empty()) add_table(text, type);
  text.pop_back();
  return text;
}

}  // namespace omegate::plugin::reference
