#include "bridge/gateway/plugins/plugin_rehearsal.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>
#include <variant>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::gateway {
namespace {

std::string key_of(const plugin::ToGateway& question) {
  auto frame = plugin::encode(question);
  return frame ? std::move(*frame) : std::string();
}

/// Roughly, and without writing it as a frame once more: this is done for each event.
struct AnswerSize {
  std::size_t operator()(const plugin::KvValue& value) const { return value.value ? value.value->size() : 0; }
  std::size_t operator()(const plugin::KvPage& page) const { return page.keys.size() * plugin::max_kv_key; }
  std::size_t operator()(const plugin::FileText& file) const { return file.text ? file.text->size() : 0; }
  std::size_t operator()(const plugin::Fetched& fetched) const { return fetched.body.size(); }
  std::size_t operator()(const auto&) const { return 0; }
};

std::size_t size_of(const RecentEvent& recent) {
  return sizeof(RecentEvent) + recent.event.payload.size() + recent.trouble.size() + plugin::output_size(recent.effects) + recent.kept;
}

}  // namespace

void RecentEvent::note(const plugin::ToGateway& question, const plugin::ToWorker& answer) {
  if (too_large) return;
  std::string key = key_of(question);
  kept += sizeof answer + key.size() + std::visit(AnswerSize{}, answer);
  if (kept > max_recent_size || answers.size() == max_recent_answers) {
    too_large = true;
    answers.clear();
    return;
  }
  answers.emplace_back(std::move(key), answer);
}

std::optional<plugin::ToWorker> RecentEvent::take(const plugin::ToGateway& question) {
  const auto found = std::ranges::find(answers, key_of(question), [](const auto& each) { return each.first; });
  if (found == answers.end()) return std::nullopt;
  plugin::ToWorker answer = std::move(found->second);
  answers.erase(found);
  return answer;
}

void RecentEvents::add(RecentEvent event) {
  const std::size_t size = size_of(event);
  if (event.too_large || size > max_recent_size) {
    ++too_large_;
    return;
  }
  sizes_.push_back(size);
  size_ += size;
  events_.push_back(std::move(event));
  while (!events_.empty() && (events_.size() > max_recent_events || size_ > max_recent_size)) {
    size_ -= sizes_.front();
    sizes_.pop_front();
    events_.pop_front();
  }
}

std::vector<RecentEvent> RecentEvents::last(std::size_t count) const {
  const auto first = events_.end() - static_cast<std::ptrdiff_t>(std::min(count, events_.size()));
  return {first, events_.end()};
}

std::string outcome_text(const std::vector<plugin::Effect>& effects, const std::string& trouble) {
  if (!trouble.empty()) return "failure: " + trouble;
  if (effects.empty()) return "nothing";
  const auto frame = plugin::encode(plugin::ToGateway(plugin::Done{"", effects}));
  if (!frame) return "what cannot be shown";
  std::string text;
  const boost::json::value done = boost::json::parse(std::string_view(*frame).substr(4));
  for (const auto& effect : done.at("effects").as_array()) text += (text.empty() ? "" : "\n") + boost::json::serialize(effect);
  return text;
}

}  // namespace omegate::gateway
