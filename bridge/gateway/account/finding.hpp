// One thing that was examined: how it is, what shows that, and what to do.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace omegate::gateway {

struct Finding {
  enum class Level {
    ok,
    warn,  // works, and something is worse than it could be
    bad,   // something does not work, or soon will not
  };
  std::string about;  // an account's name, a plugin's, "files", "gateway"
  std::string check;  // "device list (OMEMO 2)"; the same in each report
  Level level = Level::ok;
  std::string evidence;  // what was seen
  std::string fix{};     // for people; empty if ok
};

constexpr std::string_view name(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok:
      return "ok";
    case Finding::Level::warn:
      return "warn";
    case Finding::Level::bad:
      return "bad";
  }
  return "unknown";
}

inline boost::json::object to_json(const Finding& finding) {
  boost::json::object row{{"about", finding.about},
                          {"check", finding.check},
                          {"level", name(finding.level)},
                          {"evidence", finding.evidence}};
  if (!finding.fix.empty()) row["fix"] = finding.fix;
  return row;
}

}  // namespace omegate::gateway
