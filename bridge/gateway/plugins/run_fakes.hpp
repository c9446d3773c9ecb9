// Programs of the operator's, made up: what a test of a plugin says that they end like. Nothing is run.
//
// Used by plugin_stage.cpp only.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "bridge/core/plugin/installed.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/plugins/plugin_stage.hpp"

namespace omegate::gateway {

class RunFakes {
 public:
  void expect(PluginStage::ExpectedRun expected) { expected_.push_back(std::move(expected)); }

  /// The first run that waits ends as it is expected to, and its plugin hears of it. False: none waits. One that nobody expects
  /// is added to `errors`.
  bool end_next(store::Tables& tables, const plugin::Installed& installed, WallTime now, std::vector<std::string>& errors);

  std::vector<std::string> left() const;

 private:
  std::deque<PluginStage::ExpectedRun> expected_;
};

}  // namespace omegate::gateway
