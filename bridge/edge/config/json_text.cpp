#include "bridge/edge/config/json_text.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <string_view>

namespace omegate::config {
namespace {

constexpr std::string_view digits = "0123456789";

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

/// JSON's own grammar for numbers: what it does not cover (0x10, 1_000, 007, .5) stays text.
bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    auto power = text.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!all_digits(power)) return false;
    text = text.substr(0, exponent);
  }
  const auto point = text.find('.');
  if (point != std::string_view::npos && !all_digits(text.substr(point + 1))) return false;
  const auto whole = text.substr(0, point);
  return all_digits(whole) && (whole.size() == 1 || whole.front() != '0');
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

class Converter {
 public:
  explicit Converter(Reading& reading) : reading_(reading) {}

  /// Adds `value` to the text; `key` is its path as `JsonText::places` has it.
  void add(const Value& value, const std::string& key, int depth) {
    if (overflowed_) return;
    if (depth > max_config_depth || result_.text.size() > max_config_size) return overflow(value);
    result_.places[key] = reading_.place(value.node.Mark());
    if (value.node.IsMap()) return add_mapping(value, key, depth);
    if (value.node.IsSequence()) return add_list(value, key, depth);
    add_scalar(value);
  }

  JsonText take() { return std::move(result_); }

 private:
  void add_mapping(const Value& value, const std::string& key, int depth) {
    YamlSection section(reading_, value);  // complains of doubled keys and of keys that are no text
    char separator = '{';
    for (const auto& [name, entry] : section.entries()) {
      result_.text += separator + json_string(name) + ':';
      add(entry, key.empty() ? name : key + '/' + name, depth + 1);
      separator = ',';
    }
    result_.text += separator == '{' ? "{}" : "}";
  }

  void add_list(const Value& value, const std::string& key, int depth) {
    char separator = '[';
    for (std::size_t i = 0; i < value.node.size(); ++i) {
      const auto index = std::to_string(i);
      result_.text += separator;
      add({value.node[i], value.path + '[' + index + ']'}, key.empty() ? index : key + '/' + index,
          depth + 1);
      separator = ',';
    }
    result_.text += separator == '[' ? "[]" : "]";
  }

  void add_scalar(const Value& value) {
    if (value.node.IsNull()) {
      result_.text += "null";
      return;
    }
    const std::string& text = value.node.Scalar();
    const std::string& tag = value.node.Tag();
    if (tag == "?" || tag.empty()) {
      result_.text += plain(value, text);
    } else if (tag == "!" || tag == "tag:yaml.org,2002:str") {
      result_.text += json_string(text);
    } else {
      reading_.fault(value.node.Mark(),
                     value.path + ": the YAML tag \"" + tag + "\" is not used here; remove it");
    }
  }

  std::string plain(const Value& value, const std::string& text) {
    if (is_null(text)) return "null";
    if (text == "true" || text == "false") return text;
    if (is_json_number(text)) return text;
    constexpr std::string_view not_in_json[] = {".inf", "-.inf", "+.inf", ".nan"};
    if (std::find(std::begin(not_in_json), std::end(not_in_json), text) != std::end(not_in_json))
      reading_.fault(value.node.Mark(), value.path + ": expected a finite number, found " + text);
    return json_string(text);
  }

  void overflow(const Value& value) {
    overflowed_ = true;
    reading_.fault(value.node.Mark(), value.path + ": nested deeper than " +
                                          std::to_string(max_config_depth) + " levels, or larger than " +
                                          std::to_string(max_config_size) +
                                          " bytes when written out; simplify it");
  }

  Reading& reading_;
  JsonText result_;
  bool overflowed_ = false;
};

}  // namespace

JsonText to_json(Reading& reading, const Value& value) {
  Converter converter(reading);
  converter.add(value, "", 0);
  return converter.take();
}

}  // namespace omegate::config
