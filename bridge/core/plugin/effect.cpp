#include "bridge/core/plugin/effect.hpp"

#include <numeric>

namespace omegate::plugin {

std::size_t output_size(std::span<const Effect> effects) {
  return std::accumulate(effects.begin(), effects.end(), std::size_t{0},
                         [](std::size_t sum, const Effect& effect) {
                           const Send& send = std::get<Send>(effect);
                           return sum + send.account.size() + send.to.size() + send.text.size();
                         });
}

}  // namespace omegate::plugin
