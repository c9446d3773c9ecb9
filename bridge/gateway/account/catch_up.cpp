#include "bridge/gateway/account/catch_up.hpp"

#include <algorithm>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/number.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/stream/stream_requests.hpp"

namespace omegate::gateway {
namespace {

std::string position_note(const ArchiveOwner& room) {
  return room ? "archive.position " + room->to_string() : std::string("archive.position");
}

}  // namespace

/// Kept as "MILLISECONDS ID".
std::optional<ArchivePosition> archive_position(store::Tables& tables, store::AccountId account,
                                                const ArchiveOwner& room) {
  const auto note = tables.accounts.note(account, position_note(room));
  if (!note) return std::nullopt;
  const std::string_view text = as_text(*note);
  const std::size_t space = text.find(' ');
  const auto stamp = xmpp::parse_number<std::uint64_t>(text.substr(0, space));
  if (space == std::string_view::npos || !stamp) return std::nullopt;
  return ArchivePosition{std::string(text.substr(space + 1)), from_ms(static_cast<std::int64_t>(*stamp))};
}

void set_archive_position(store::Tables& tables, store::AccountId account, const ArchivePosition& position,
                          const ArchiveOwner& room) {
  const std::string text = std::to_string(to_ms(position.stamp)) + " " + position.id;
  tables.accounts.set_note(account, position_note(room), as_bytes(text));
}

void forget_archive_position(store::Tables& tables, store::AccountId account, const xmpp::Jid& room) {
  tables.accounts.forget_note(account, position_note(room));
}

bool CatchUp::take(const xml::Element& message) {
  if (query_id_.empty()) return false;
  const xmpp::Reception reception{stream_.bound(), memory_.context.now(), true};
  auto result = room_ ? xmpp::read_room_archive_result(message, query_id_, *room_, reception)
                      : xmpp::read_archive_result(message, query_id_, reception);
  if (!result) return false;
  if (results_.size() < max_archive_page) results_.push_back(*std::move(result));
  return true;
}

asio::awaitable<std::optional<ArchivePosition>> CatchUp::position() {
  co_return co_await memory_.context.store.transact(
      [&](store::Tables& tables) { return archive_position(tables, memory_.self.account, room_); });
}

asio::awaitable<void> CatchUp::note_first_position() {
  if (co_await position()) co_return;
  const auto fin = co_await ask_page(xmpp::LastPage{}, 1);
  ArchivePosition newest{fin ? fin->last.value_or("") : "", memory_.context.now()};
  if (!results_.empty()) newest.stamp = results_.back().stamp;
  co_await memory_.context.store.transact(
      [&](store::Tables& tables) { set_archive_position(tables, memory_.self.account, newest, room_); });
}

asio::awaitable<std::optional<ArchivePosition>> CatchUp::newest() {
  const auto fin = co_await ask_page(xmpp::LastPage{}, 1);
  std::optional<ArchivePosition> newest;
  if (fin && fin->last && fin->stable && !results_.empty()) newest = {*fin->last, results_.back().stamp};
  co_return newest;
}

asio::awaitable<bool> CatchUp::run() {
  auto position = co_await this->position();
  if (!position) co_return true;  // its server has an archive since just now
  for (;;) {
    const Step step = co_await read_page(*position);
    if (step == Step::done) co_return true;
    if (step == Step::failed) co_return false;
    if (step == Step::lost_position) position->id.clear();
  }
}

asio::awaitable<CatchUp::Step> CatchUp::read_page(ArchivePosition& position) {
  xmpp::ArchiveStart start = xmpp::SinceTime{position.stamp - archive_overlap};
  if (!position.id.empty()) start = xmpp::AfterId{position.id};
  const auto fin = co_await ask_page(std::move(start), archive_page);
  if (!fin) co_return position_is_gone_ && !position.id.empty() ? Step::lost_position : Step::failed;
  if (!fin->last && results_.empty()) co_return Step::done;
  // A server that sends more than we keep: what is behind belongs to the next page.
  const bool cut = results_.size() >= max_archive_page;
  ArchivePosition next = position;
  next.id = cut || !fin->last ? results_.back().id : *fin->last;
  if (!results_.empty()) next.stamp = std::max(position.stamp, results_.back().stamp);
  if (next.id == position.id) {
    log_warning("archive.stuck", {{"account", memory_.self.jid}, {"at", next.id}});
    co_return Step::done;
  }
  ArchivePage page{room_, std::exchange(results_, {}), fin->stable ? next : position};
  co_await take_page_(std::move(page));
  position = std::move(next);
  if (fin->complete && !cut) co_return fin->stable ? Step::done : Step::failed;
  co_return Step::more;
}

/// The results of the page are in `results_` then.
asio::awaitable<std::optional<xmpp::ArchiveFin>> CatchUp::ask_page(xmpp::ArchiveStart start,
                                                                   std::size_t max) {
  results_.clear();
  position_is_gone_ = false;
  query_id_ = make_request_id(memory_.context.random);
  xml::Element query = xmpp::iq_set({}, room_, xmpp::archive_query(query_id_, start, max));
  const xml::Element answer = co_await ask(stream_, std::move(query));
  std::optional<xmpp::ArchiveFin> page;
  if (const auto error = error_in(answer)) {
    position_is_gone_ = error->condition == "item-not-found";
    log_info("archive.refused", {{"account", memory_.self.jid}, {"reason", xmpp::describe(*error)}});
  } else if (const auto fin = xmpp::parse_archive_fin(answer)) {
    co_await wait_for_results();
    page = *fin;
  }
  query_id_.clear();
  co_return page;
}

/// The answer overtakes the results that wait to be read from the stream. Not one of them is waited for by its id: it
/// may be one that breaks our limits and never becomes a result.
asio::awaitable<void> CatchUp::wait_for_results() {
  behind_ = stream_.unhandled();
  while (behind_ > 0) co_await whole_.wait_until(std::chrono::steady_clock::time_point::max());
}

}  // namespace omegate::gateway
