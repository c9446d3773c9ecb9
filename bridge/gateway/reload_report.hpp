// What became of a reload, for the person who asked for it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bridge/gateway/plugins/plugin_rehearsal.hpp"

namespace omegate::gateway {

struct ReloadReport {
  std::vector<std::string> changes;   // "account alerts: added"; a plugin that was loaded anew is none
  std::vector<std::string> problems;  // what did not work; the rest did
  std::vector<std::string> later;     // settings that only a restart takes on
  std::vector<std::pair<std::string, Rehearsal>> rehearsals;  // of plugins by name, if one was asked for: then nothing is taken on
};

}  // namespace omegate::gateway
