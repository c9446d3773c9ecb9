#include "bridge/core/plugin/effect.hpp"

#include <numeric>

namespace omegate::plugin {
namespace {

std::size_t size_of(const Target& target) {
  return target.handle.size() + target.account.size() + target.to.size() + target.name.size() + target.id.size() +
         target.stanza_id.size();
}
std::size_t size_of(const Send& send) {
  std::size_t files = 0;
  for (const auto& handle : send.files) files += handle.size();
  return files + send.account.size() + send.to.size() + send.text.size() + send.name.size() + send.quote.size() +
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
std::size_t size_of(const Ask& ask) { return ask.name.size() + ask.state.size() + ask.account.size() + ask.to.size(); }
std::size_t size_of(const WriteMail& mail) {
  std::size_t size = mail.subject.size() + mail.text.size() + mail.message_id.size() + mail.from_name.size() + mail.in_reply_to.size();
  for (const auto* const texts : {&mail.to, &mail.references, &mail.files})
    for (const auto& text : *texts) size += text.size();
  return size;
}
std::size_t size_of(const Typing& typing) { return typing.account.size() + typing.to.size(); }
std::size_t size_of(const Displayed& displayed) { return size_of(displayed.target); }
std::size_t size_of(const Moderate& wanted) { return size_of(wanted.target) + wanted.reason.size(); }
std::size_t size_of(const Publish& news) { return news.topic.size() + news.data.size(); }

std::size_t size_of(const RunProgram& run) {
  std::size_t size = run.program.size();
  for (const auto& [name, value] : run.arguments) size += name.size() + value.size();
  return size;
}

}  // namespace

std::size_t output_size(std::span<const Effect> effects) {
  return std::accumulate(effects.begin(), effects.end(), std::size_t{0},
                         [](std::size_t sum, const Effect& effect) {
                           return sum + std::visit([](const auto& one) { return size_of(one); }, effect);
                         });
}

}  // namespace omegate::plugin
