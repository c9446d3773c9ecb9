// A regular expression that costs time linear in the text, whatever its pattern: RE2's syntax, without back-references.
//
// Not here: Lua (api/expressions.cpp). Source: github.com/google/re2/wiki/Syntax.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace omegate::worker {

class Expression {
 public:
  struct Options {
    bool ignore_case = false;
    bool literal = false;  // the pattern is just text
  };

  /// Throws `std::runtime_error`: what is wrong with the pattern, that it has too many groups, or that it needs too much
  /// memory.
  Expression(std::string_view pattern, Options options);
  Expression(const Expression&) = delete;
  ~Expression();

  /// A part of the text; nothing: the group took no part.
  using Group = std::optional<std::string_view>;

  /// The first match at or after `from`: the whole of it, then its groups. Empty: there is none. `^` and `\b` look at what
  /// stands before `from`, too. Throws `std::length_error`: the text is too long.
  std::vector<Group> find(std::string_view text, std::size_t from) const;

  /// Of each group, from 1 on; empty: it has none.
  const std::vector<std::string>& names() const { return names_; }
  const std::string& pattern() const;

  /// Those that are there now, in this process.
  static std::size_t alive();

 private:
  std::unique_ptr<re2::RE2> program_;
  std::vector<std::string> names_;
};

}  // namespace omegate::worker
