#include "bridge/core/plugin/effect.hpp"

#include <numeric>

namespace omegate::plugin {
namespace {

std::size_t size_of(const Target& target) {
  return target.handle.size() + target.account.size() + target.to.size() + target.name.size() + target.id.size();
}
std::size_t size_of(const Send& send) {
  return send.account.size() + send.to.size() + send.text.size() + send.name.size() + send.quote.size() +
         (send.answers ? size_of(*send.answers) : 0);
}
std::size_t size_of(const Change& change) {
  std::size_t size = size_of(change.target) + change.text.size() + change.quote.size();
  for (const auto& emoji : change.reactions) size += emoji.size();
  return size;
}
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
