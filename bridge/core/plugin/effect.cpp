#include "bridge/core/plugin/effect.hpp"

#include <numeric>

namespace omegate::plugin {
namespace {

std::size_t size_of(const Send& send) { return send.account.size() + send.to.size() + send.text.size(); }
std::size_t size_of(const KvPut& put) { return put.key.size() + put.value.size(); }
std::size_t size_of(const KvDelete& gone) { return gone.key.size(); }
std::size_t size_of(const SetTimer& timer) { return timer.id.size() + timer.name.size() + timer.state.size(); }
std::size_t size_of(const CancelTimer& timer) { return timer.id.size(); }
std::size_t size_of(const Ask& ask) { return ask.name.size() + ask.state.size(); }

}  // namespace

std::size_t output_size(std::span<const Effect> effects) {
  return std::accumulate(effects.begin(), effects.end(), std::size_t{0},
                         [](std::size_t sum, const Effect& effect) {
                           return sum + std::visit([](const auto& one) { return size_of(one); }, effect);
                         });
}

}  // namespace omegate::plugin
