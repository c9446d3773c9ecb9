// Other servers, made up: what a test of a plugin says they answer.
//
// Used by plugin_stage.cpp only.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "bridge/gateway/plugins/fetch_ask.hpp"
#include "bridge/gateway/plugins/plugin_stage.hpp"

namespace omegate::gateway {

class FetchFakes {
 public:
  void expect(PluginStage::Expected expected) { expected_.push_back(std::move(expected)); }

  /// The answer of the first expected request that fits; else the plugin's handler fails with what was asked.
  boost::asio::awaitable<plugin::Fetched> fetch(FetchAsk ask);

  std::vector<std::string> left() const;

 private:
  std::deque<PluginStage::Expected> expected_;
};

}  // namespace omegate::gateway
