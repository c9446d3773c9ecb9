// Operations of the API that hear: events behind a place, and what is done with.
#include <array>
#include <charconv>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/api/body.hpp"
#include "bridge/gateway/api/limits.hpp"
#include "bridge/gateway/api/problem.hpp"
#include "bridge/gateway/plugins/command_gate.hpp"
#include "bridge/gateway/trust/judging.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway::api {
namespace {

namespace json = boost::json;
using store::EventPlace;

constexpr std::size_t tag_digits = 8;

/// "17-9f3a61c2": opaque to clients.
std::string cursor_of(const EventPlace& place) {
  std::array<Byte, 4> tag{};
  for (std::size_t i = 0; i < tag.size(); ++i) tag[i] = static_cast<Byte>(place.tag >> (24 - 8 * i));
  return std::to_string(place.number) + "-" + crypto::to_hex(tag);
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

EventPlace parse_cursor(std::string_view text, const std::string& where) {
  EventPlace place;
  const auto dash = text.find('-');
  const bool good = dash != text.npos && dash > 0 && text.size() - dash - 1 == tag_digits && text[0] != '-' &&
                    read_number(text.substr(0, dash), place.number, 10) && read_number(text.substr(dash + 1), place.tag, 16);
  if (!good) throw Refusal({400, "bad-cursor", in_quotes(text) + " is no cursor", where, "a cursor out of an event, as it came"});
  return place;
}

std::int64_t number_in(const std::map<std::string, std::string>& query, const std::string& name, std::int64_t most,
                       std::int64_t otherwise) {
  const auto field = query.find(name);
  if (field == query.end()) return otherwise;
  std::int64_t number = 0;
  if (read_number(field->second, number, 10) && number >= 0 && number <= most) return number;
  throw Refusal({400, "bad-parameter", "'" + name + "' is " + in_quotes(field->second), "query " + name,
                 "a whole number from 0 to " + std::to_string(most)});
}

/// Another one is of a future that this database does not know, or was made up.
void expect_known(store::Tables& tables, const std::string& owner, const EventPlace& place, const std::string& where) {
  if (tables.api_events.knows(owner, place)) return;
  throw Refusal({409, "unknown-cursor", "this cursor is not of this database", where, "a cursor that it gave out",
                 "an older copy of the database may have been restored: ask without a cursor, which begins at the first event "
                 "that was not acknowledged"});
}

/// Reactions, markers and typing come in the clear, too, as nobody's word; a client that asks for trust does not hear those.
bool is_heard(const config::ApiClientSettings& settings, plugin::EventKind kind, const std::string& payload) {
  if (!plugin::is_said(kind)) return true;
  const auto message = plugin::parse_message(payload);
  if (!message) return false;
  if (!message->encrypted && !settings.min_trust) return true;
  const auto least = settings.min_trust ? to_plugin(*settings.min_trust) : heard_from;
  return message->encrypted && plugin::reaches(message->trust, least);
}

/// Source: WHATWG HTML §9.2.5. JSON has no line ends of its own.
std::string as_stream(const HeardEvent& event) {
  const std::string kind(event.event.at("kind").as_string());
  return "id: " + event.cursor + "\nevent: " + kind + "\ndata: " + json::serialize(event.event) + "\n\n";
}

}  // namespace

/// What is behind `place`, which moves on: also past what the client is not to hear.
std::vector<HeardEvent> Api::read_events(store::Tables& tables, const Client& client, EventPlace& place, std::size_t limit) const {
  const JidOfAccount jid_of = [this](std::string_view name) -> std::optional<std::string> {
    const Account* account = all_.actors.get()->account(name);
    return account ? std::optional(account->self().jid) : std::nullopt;
  };
  std::vector<HeardEvent> heard;
  std::size_t size = 0;
  for (store::ApiEvent& event : tables.api_events.after(client.owner(), place.number, limit)) {
    if (!heard.empty() && size + event.payload.size() > max_page_size) break;
    const auto kind = plugin::event_kind(event.kind);
    place = event.place;
    if (!kind) continue;
    std::string payload = judged_now(tables, jid_of, *kind, std::string(as_text(event.payload)));
    if (!is_heard(client.settings, *kind, payload)) continue;
    size += payload.size();
    json::object object{{"cursor", cursor_of(event.place)},
                        {"id", event.id},
                        {"kind", event.kind},
                        {"received_ms", to_ms(event.created)},
                        {"payload", json::parse(payload)}};
    heard.push_back({cursor_of(event.place), std::move(object)});
  }
  return heard;
}

asio::awaitable<Api::Page> Api::read_page(const Client& client, std::optional<EventPlace> after, std::string where,
                                          std::size_t limit) const {
  return all_.context.store.transact([this, &client, after, where, limit](store::Tables& tables) {
    const std::string owner = client.owner();
    if (after) expect_known(tables, owner, *after, where);
    const store::ApiQueue queue = tables.api_events.queue(owner);
    Page page;
    page.place = after && after->number > queue.acknowledged.number ? *after : queue.acknowledged;
    const std::int64_t newest = queue.acknowledged.number + static_cast<std::int64_t>(queue.waiting);
    while (page.events.empty() && page.place.number < newest) page.events = read_events(tables, client, page.place, limit);
    page.waiting = static_cast<std::size_t>(newest - page.place.number);
    page.lost = queue.lost;
    return page;
  });
}

struct Api::Listening {
  std::shared_ptr<const Api> api;
  std::shared_ptr<const Clients> clients;  // keeps the client
  const Client* client;
  std::shared_ptr<EventDesk::Visit> visit;
  std::optional<EventPlace> after;
  std::string first;  // piece
};

asio::awaitable<http::Response> Api::open_stream(Call call, std::optional<EventPlace> after, std::string where) {
  const auto stream = std::make_shared<Listening>();
  stream->api = shared_from_this();
  stream->clients = call.clients;
  stream->client = call.client;
  stream->visit = all_.desk.admit(*call.client);
  const Page page = co_await read_page(*call.client, after, std::move(where), default_page);
  stream->after = page.place;
  stream->first = "retry: " + std::to_string(stream_retry.count()) + "\n\n";
  if (page.lost > 0) stream->first += "event: lost\ndata: " + json::serialize(json::object{{"lost", page.lost}}) + "\n\n";
  for (const HeardEvent& each : page.events) stream->first += as_stream(each);
  http::Response response;
  response.content_type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.pieces = [stream] { return stream->api->next_piece(stream); };
  co_return response;
}

asio::awaitable<std::string> Api::next_piece(std::shared_ptr<Listening> stream) const {
  if (!stream->first.empty()) co_return std::exchange(stream->first, {});
  const auto deadline = std::chrono::steady_clock::now() + heartbeat_pause;
  while (!stream->visit->has_ended()) {
    const Page page = co_await read_page(*stream->client, stream->after, "stream", default_page);
    stream->after = page.place;
    std::string piece;
    for (const HeardEvent& each : page.events) piece += as_stream(each);
    if (!piece.empty()) co_return piece;
    if (std::chrono::steady_clock::now() >= deadline) co_return ": nothing new\n\n";
    co_await stream->visit->wait_until(deadline);
  }
  co_return std::string();
}

asio::awaitable<http::Response> Api::get_events(Call call) {
  const auto given = call.query.find("after");
  std::optional<EventPlace> after;
  if (given != call.query.end()) after = parse_cursor(given->second, "query after");
  if (call.request.header("accept").find("text/event-stream") != std::string_view::npos) {
    const std::string last(call.request.header("last-event-id"));
    if (last.empty()) co_return co_await open_stream(std::move(call), after, "query after");
    after = parse_cursor(last, "header Last-Event-ID");
    co_return co_await open_stream(std::move(call), after, "header Last-Event-ID");
  }
  const std::chrono::seconds wait(number_in(call.query, "wait", max_wait.count(), 0));
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(1, number_in(call.query, "limit", max_page, default_page)));
  const auto deadline = std::chrono::steady_clock::now() + wait;
  const auto visit = all_.desk.admit(*call.client);
  Page page;
  for (;;) {
    page = co_await read_page(*call.client, after, "query after", limit);
    const bool is_over = visit->has_ended() || std::chrono::steady_clock::now() >= deadline;
    if (!page.events.empty() || is_over) break;
    after = page.place;
    co_await visit->wait_until(deadline);
  }
  json::array events;
  for (HeardEvent& each : page.events) events.push_back(std::move(each.event));
  const json::object answer{{"events", std::move(events)}, {"next", cursor_of(page.place)}, {"waiting", page.waiting}, {"lost", page.lost}};
  co_return json_response(200, answer);
}

asio::awaitable<http::Response> Api::post_ack(Call call) {
  const json::object object = parse_body(call.request.body);
  Members body(object, "body");
  const EventPlace place = parse_cursor(body.text("cursor"), "body /cursor");
  body.finish();
  const std::string owner = call.client->owner();
  const json::object answer = co_await all_.context.store.transact([&](store::Tables& tables) {
    expect_known(tables, owner, place, "body /cursor");
    const std::size_t acknowledged = tables.api_events.acknowledge(owner, place);
    const store::ApiQueue queue = tables.api_events.queue(owner);
    return json::object{{"acknowledged", acknowledged}, {"waiting", queue.waiting}};
  });
  co_return json_response(200, answer);
}

}  // namespace omegate::gateway::api
