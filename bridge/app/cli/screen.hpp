// Text for people: tables, times, fingerprints, colours.
//
// Everything foreign goes through `one_line` here, so that a contact's name cannot move the cursor.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"

namespace omegate::app {

enum class Tone { plain, heading, good, warning, bad, faint };

class Screen {
 public:
  Screen(std::ostream& out, bool colours, WallTime now) : out_(out), colours_(colours), now_(now) {}

  void line(std::string_view text = {});
  std::string tint(Tone tone, std::string_view text) const;

  /// "2026-10-04 12:34, 5 min ago", local time.
  std::string time(std::int64_t ms) const;
  /// "5 min ago", "in 2 h"; a date when it is more than a week.
  std::string ago(std::int64_t ms) const;

  bool colours() const { return colours_; }

 private:
  std::ostream& out_;
  bool colours_;
  WallTime now_;
};

/// Columns as wide as their content. Nothing is cut: a table is for reading and for `grep`.
class Table {
 public:
  struct Cell {
    std::string text;  // shown as one line
    Tone tone = Tone::plain;
  };

  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  void print(Screen& screen) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
};

/// 64 digits in 8 groups, as Conversations and Gajim show them (`-` between: Profanity).
std::string in_groups(std::string_view fingerprint, char between = ' ');

/// Members of an answer. What is absent, null or of another type reads as empty, 0 or false: a newer or older
/// gateway must not crash the command line.
std::string text(const boost::json::object& object, std::string_view key);  // as it is
std::string shown(const boost::json::object& object,
                  std::string_view key);  // safe for a terminal; numbers too
std::int64_t number(const boost::json::object& object, std::string_view key);
bool flag(const boost::json::object& object, std::string_view key);
bool has(const boost::json::object& object, std::string_view key);
boost::json::object part(const boost::json::object& object, std::string_view key);
/// The objects in a list; others are left out.
std::vector<boost::json::object> objects(const boost::json::object& object, std::string_view key);

/// The colour of a trust level, a decision or a message's state.
Tone tone_of(std::string_view word);

}  // namespace omegate::app
