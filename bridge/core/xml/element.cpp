#include "bridge/core/xml/element.hpp"

#include <algorithm>

#include "bridge/core/xml/text.hpp"

namespace omegate::xml {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD, in place of what XML forbids

/// How a character must be written; empty: as it is. `>` because of `]]>`, the carriage return because
/// parsers turn it into a newline, tab and newline because they are spaces in an attribute otherwise.
constexpr std::string_view reference_for(char c, bool in_attribute) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':
      return "&#13;";
    case '\'':
      return in_attribute ? "&apos;" : "";
    case '\n':
      return in_attribute ? "&#10;" : "";
    case '\t':
      return in_attribute ? "&#9;" : "";
    default:
      return "";
  }
}

void write_good(std::string& out, std::string_view text, bool in_attribute) {
  std::size_t plain = 0;  // start of what can be copied as it is
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view reference = reference_for(text[i], in_attribute);
    if (reference.empty()) continue;
    out += text.substr(plain, i - plain);
    out += reference;
    plain = i + 1;
  }
  out += text.substr(plain);
}

void write_escaped(std::string& out, std::string_view text, bool in_attribute) {
  while (!text.empty()) {
    const std::size_t good = scan_utf8(text).complete;
    write_good(out, text.substr(0, good), in_attribute);
    text.remove_prefix(good);
    if (text.empty()) return;
    out += replacement;
    text.remove_prefix(1);
  }
}

void write_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "='";
  write_escaped(out, value, true);
  out += '\'';
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  write_escaped(out, text, true);
  return out;
}

std::optional<std::string_view> Element::attr(std::string_view name, std::string_view space) const {
  for (const Attribute& attribute : attributes_) {
    if (attribute.name == name && attribute.space == space) return attribute.value;
  }
  return std::nullopt;
}

Element& Element::set(std::string_view space, std::string_view name, std::string_view value) {
  for (Attribute& attribute : attributes_) {
    if (attribute.name != name || attribute.space != space) continue;
    attribute.value = value;
    return *this;
  }
  attributes_.push_back({std::string(name), std::string(space), std::string(value)});
  return *this;
}

Element& Element::add(Element child) {
  children_.push_back(std::move(child));
  return children_.back();
}

Element& Element::with(Element child) & {
  add(std::move(child));
  return *this;
}

Element& Element::add_text(std::string_view text) & {
  if (text.empty()) return *this;
  if (texts_.empty() || texts_.back().before != children_.size()) texts_.push_back({children_.size(), {}});
  texts_.back().text += text;
  return *this;
}

const Element* Element::child(std::string_view local, std::string_view space) const {
  for (const Element& child : children_) {
    if (child.is(local, space)) return &child;
  }
  return nullptr;
}

std::string Element::text() const {
  std::string all;
  for (const Text& piece : texts_) all += piece.text;
  return all;
}

std::string Element::child_text(std::string_view local, std::string_view space) const {
  const Element* found = child(local, space);
  return found ? found->text() : std::string();
}

std::string Element::to_string(std::string_view parent_default_space) const {
  std::string out;
  write(out, parent_default_space);
  return out;
}

void Element::write(std::string& out, std::string_view parent_default_space) const {
  write_start_tag(out, parent_default_space);
  if (children_.empty() && texts_.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  auto text = texts_.begin();
  for (std::size_t i = 0; i <= children_.size(); ++i) {
    if (text != texts_.end() && text->before == i) write_escaped(out, (text++)->text, false);
    if (i < children_.size()) children_[i].write(out, space_);
  }
  out += "</";
  out += local_;
  out += '>';
}

void Element::write_start_tag(std::string& out, std::string_view parent_default_space) const {
  out += '<';
  out += local_;
  if (space_ != parent_default_space) write_attribute(out, "xmlns", space_);
  for (const Attribute& attribute : attributes_) {
    if (attribute.space.empty()) {
      write_attribute(out, attribute.name, attribute.value);
    } else if (attribute.space == xml_namespace) {
      write_attribute(out, "xml:" + attribute.name, attribute.value);
    } else {
      write_foreign(out, attribute);
    }
  }
}

void Element::write_foreign(std::string& out, const Attribute& attribute) const {
  const auto first = std::find_if(attributes_.begin(), attributes_.end(),
                                  [&](const Attribute& other) { return other.space == attribute.space; });
  const std::string prefix = "a" + std::to_string(first - attributes_.begin());
  if (&*first == &attribute) write_attribute(out, "xmlns:" + prefix, attribute.space);
  write_attribute(out, prefix + ":" + attribute.name, attribute.value);
}

}  // namespace omegate::xml
