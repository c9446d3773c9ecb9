// An XML element as a value: what we read from a stream, what we build to send.
//
// Not here: parsing (stream_reader.hpp, document.hpp). Prefixes do not survive: names are compared as
// (local name, namespace), never as text.
// Source: XML 1.0, Namespaces in XML 1.0.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::xml {

inline constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";  // of xml:lang

/// `space` is empty for an ordinary attribute; an attribute never takes its element's namespace.
struct Attribute {
  std::string name, space, value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

class Element;

/// Those children of an element that have one name. Lives no longer than the element and the two names.
class Children {
 public:
  class Iterator;

  Children(const std::vector<Element>& all, std::string_view local, std::string_view space)
      : all_(all), local_(local), space_(space) {}
  Iterator begin() const;
  Iterator end() const;

 private:
  const std::vector<Element>& all_;
  std::string_view local_, space_;
};

class Element {
 public:
  explicit Element(std::string_view local, std::string_view space = {}) : local_(local), space_(space) {}

  const std::string& local() const { return local_; }
  const std::string& space() const { return space_; }
  bool is(std::string_view local, std::string_view space) const { return local_ == local && space_ == space; }

  /// The view lives as long as the attribute is not changed.
  std::optional<std::string_view> attr(std::string_view name, std::string_view space = {}) const;
  bool has(std::string_view name, std::string_view space = {}) const { return attr(name, space).has_value(); }
  const std::vector<Attribute>& attributes() const { return attributes_; }

  /// Adds or replaces an attribute.
  Element& set(std::string_view name, std::string_view value) & { return set({}, name, value); }
  Element&& set(std::string_view name, std::string_view value) && { return std::move(set({}, name, value)); }
  Element& set_lang(std::string_view language) { return set(xml_namespace, "lang", language); }
  Element& set(std::string_view space, std::string_view name, std::string_view value);

  /// Adds one that is known not to be there. For the parser: it has checked.
  void append_attribute(Attribute attribute) { attributes_.push_back(std::move(attribute)); }

  /// Appends a child and returns *the child* (valid until the next child is added).
  Element& add(Element child);
  /// Appends a child and returns *this element*: for building inside an expression.
  Element& with(Element child) &;
  Element&& with(Element child) && { return std::move(with(std::move(child))); }

  /// Appends text. `to_string` writes U+FFFD for what XML forbids: strip or refuse it before
  /// (`strip_forbidden`, `is_xml_text`).
  Element& add_text(std::string_view text) &;
  Element&& add_text(std::string_view text) && { return std::move(add_text(text)); }

  /// The first child of that name.
  const Element* child(std::string_view local, std::string_view space) const;
  /// `for (const Element& item : list.children("item", ns))`
  Children children(std::string_view local, std::string_view space) const {
    return Children(children_, local, space);
  }
  const std::vector<Element>& children() const { return children_; }

  /// The text directly inside, pieces between children joined.
  std::string text() const;
  /// The text of the first child of that name; empty if there is none.
  std::string child_text(std::string_view local, std::string_view space) const;

  /// Well-formed for every content; parsing it gives an equal element. `xmlns` is written where it differs
  /// from the parent's. Cost: linear.
  std::string to_string(std::string_view parent_default_space = {}) const;

  /// Order of attributes and children counts.
  friend bool operator==(const Element&, const Element&) = default;

 private:
  struct Text {
    std::size_t before;  // it stands in front of this child
    std::string text;

    friend bool operator==(const Text&, const Text&) = default;
  };

  void write(std::string& out, std::string_view parent_default_space) const;
  void write_start_tag(std::string& out, std::string_view parent_default_space) const;
  void write_foreign(std::string& out, const Attribute& attribute) const;

  std::string local_, space_;
  std::vector<Attribute> attributes_;
  std::vector<Element> children_;
  std::vector<Text> texts_;
};

class Children::Iterator {
 public:
  using value_type = Element;
  using difference_type = std::ptrdiff_t;

  Iterator(const Element* at, const Element* end, const Children& wanted)
      : at_(at), end_(end), local_(wanted.local_), space_(wanted.space_) {
    skip();
  }
  const Element& operator*() const { return *at_; }
  const Element* operator->() const { return at_; }
  Iterator& operator++() {
    ++at_;
    skip();
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  void skip() {
    while (at_ != end_ && !at_->is(local_, space_)) ++at_;
  }

  const Element *at_, *end_;
  std::string_view local_, space_;
};

inline Children::Iterator Children::begin() const { return {all_.data(), all_.data() + all_.size(), *this}; }
inline Children::Iterator Children::end() const {
  return {all_.data() + all_.size(), all_.data() + all_.size(), *this};
}

/// `<local xmlns='space'>text</local>`
inline Element text_element(std::string_view local, std::string_view space, std::string_view text) {
  return Element(local, space).add_text(text);
}

/// Copies `text` with what has a meaning in XML escaped. For the few places that write XML as text.
std::string escape(std::string_view text);

}  // namespace omegate::xml
