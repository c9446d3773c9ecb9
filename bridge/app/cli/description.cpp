#include "bridge/app/cli/description.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <string>

namespace omegate::app {
namespace {

namespace json = boost::json;

bool repeats(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

/// "LEVEL:{undecided,tofu}": the name of a value, and behind it what its checks say of themselves.
struct Value {
  std::string name;
  json::array choices;
};

Value value_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find(":{");
  Value value{type.substr(0, std::min(open, type.find(':'))), {}};
  if (open == std::string::npos) return value;
  std::string word;
  for (const char c : type.substr(open + 2)) {
    if (c != ',' && c != '}') {
      word += c;
      continue;
    }
    value.choices.push_back(json::string(word));
    word.clear();
    if (c == '}') break;
  }
  return value;
}

json::object describe_word(const CLI::Option& option) {
  return {{"name", option.get_name(true)},
          {"about", option.get_description()},
          {"required", option.get_required()},
          {"repeats", repeats(option)}};
}

json::object describe_option(const CLI::Option& option) {
  json::array names;
  for (const auto& name : option.get_snames()) names.push_back(json::string("-" + name));
  for (const auto& name : option.get_lnames()) names.push_back(json::string("--" + name));
  json::object shape{{"names", std::move(names)}, {"about", option.get_description()}, {"repeats", repeats(option)}};
  if (option.get_items_expected_max() == 0) return shape;  // a flag
  Value value = value_of(option);
  shape["value"] = value.name;
  if (!value.choices.empty()) shape["choices"] = std::move(value.choices);
  if (!option.get_default_str().empty()) shape["default"] = option.get_default_str();
  return shape;
}

}  // namespace

json::object describe(const CLI::App& verb) {
  json::array words, options, verbs;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    if (option->nonpositional()) {
      options.push_back(describe_option(*option));
    } else {
      words.push_back(describe_word(*option));
    }
  }
  for (const CLI::App* each : verb.get_subcommands({})) verbs.push_back(describe(*each));
  return {{"name", verb.get_name()},         {"about", verb.get_description()}, {"notes", verb.get_footer()},
          {"words", std::move(words)},       {"options", std::move(options)},   {"verbs", std::move(verbs)}};
}

}  // namespace omegate::app
