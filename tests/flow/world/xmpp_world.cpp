#include "tests/flow/world/xmpp_world.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "bridge/core/xmpp/data_form.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/pubsub.hpp"
#include "bridge/core/xmpp/stream_management.hpp"
#include "bridge/edge/net/race.hpp"

namespace omegate::flow {
namespace {

namespace ns = xmpp::ns;
using namespace std::chrono_literals;
using xml::Element;

constexpr const char* bot_full = "bot@example.org/omegate";
constexpr const char* session_id = "session-of-the-world";

std::string text(std::optional<std::string_view> attribute) { return std::string(attribute.value_or("")); }

std::string bare(const std::string& jid) { return jid.substr(0, jid.find('/')); }

std::string bytes_of(const Element& stanza) { return stanza.to_string(ns::client); }

Element result(const Element& iq, std::optional<Element> payload = {}) {
  Element answer("iq", ns::client);
  answer.set("type", "result").set("id", text(iq.attr("id"))).set("to", bot_full);
  if (iq.has("to")) answer.set("from", text(iq.attr("to")));
  if (payload) answer.add(*std::move(payload));
  return answer;
}

std::string access_in(const xmpp::DataForm& form) { return std::string(form.value("pubsub#access_model")); }

}  // namespace

Element error_answer(const Element& iq, const std::string& type, const std::string& condition,
                     const std::string& pubsub_condition) {
  Element answer("iq", ns::client);
  answer.set("type", "error").set("id", text(iq.attr("id"))).set("to", bot_full);
  if (iq.has("to")) answer.set("from", text(iq.attr("to")));
  Element error = Element("error", ns::client).set("type", type).with(Element(condition, ns::stanza_errors));
  if (!pubsub_condition.empty()) error.add(Element(pubsub_condition, ns::pubsub_errors));
  return std::move(answer).with(std::move(error));
}

XmppWorld::XmppWorld(asio::any_io_executor executor)
    : executor_(executor), server_(executor), wake_(executor, asio::steady_timer::time_point::max()) {
  asio::co_spawn(executor, serve(), asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { serves_ = false; }));
}

void XmppWorld::stop() {
  if (serves_) stop_.emit(asio::cancellation_type::terminal);  // its signal is gone with the coroutine
  cut();
}

// --- connections

asio::awaitable<void> XmppWorld::serve() {
  for (;;) {
    test::ScriptedConnection bot = co_await server_.accept();
    ++connections_;
    current_ = &bot;
    to_write_.clear();
    ends_ = false;
    try {
      co_await meet(bot);
      co_await net::race(read(bot), write(bot), ask_for_acknowledgements());
    } catch (const boost::system::system_error&) {  // the end of this connection, in one of its forms
    } catch (const std::exception& off_script) {
      if (!refuses_) complaint_ = off_script.what();
    }
    current_ = nullptr;
    logged_in_ = false;
  }
}

asio::awaitable<void> XmppWorld::meet(test::ScriptedConnection& bot) {
  if (away) throw boost::system::system_error(asio::error::make_error_code(asio::error::connection_reset));
  co_await bot.up_to_session();
  Element first = co_await bot.element();
  if (xmpp::is_sm(first, "resume")) {
    const bool resumed = co_await try_resume(bot, first);
    if (resumed) co_return;
    first = co_await bot.element();
  }
  co_await bind(bot, std::move(first));
}

asio::awaitable<bool> XmppWorld::try_resume(test::ScriptedConnection& bot, const Element& request) {
  if (!resumes || !has_session_ || request.attr("previd") != session_id) {
    forget_session();
    co_await bot.send("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='" +
                      std::string(ns::stanza_errors) + "'/></failed>");
    co_return false;
  }
  on_acknowledgement(xmpp::sm_h(request).value());
  ++resumptions_;
  logged_in_ = true;
  std::string again = "<resumed xmlns='urn:xmpp:sm:3' previd='" + std::string(session_id) + "' h='" +
                      std::to_string(received_) + "'/>";
  for (const Sent& stanza : unacked_) again += stanza.bytes;
  co_await bot.send(std::move(again));
  co_return true;
}

asio::awaitable<void> XmppWorld::bind(test::ScriptedConnection& bot, Element request) {
  if (!request.child("bind", ns::bind))
    throw std::runtime_error("a bind request was due: " + request.to_string());
  co_await bot.send("<iq type='result' id='" + text(request.attr("id")) + "'><bind xmlns='" +
                    std::string(ns::bind) + "'><jid>" + bot_full + "</jid></bind></iq>");
  const Element enable = co_await bot.element();
  if (!xmpp::is_sm(enable, "enable")) throw std::runtime_error("<enable/> was due: " + enable.to_string());
  forget_session();
  has_session_ = logged_in_ = true;
  co_await bot.send("<enabled xmlns='urn:xmpp:sm:3' resume='true' id='" + std::string(session_id) + "'/>");
}

/// What a server keeps for a user who is away.
void XmppWorld::forget_session() {
  std::deque<std::string> kept;
  for (Sent& stanza : unacked_) {
    if (stanza.keep) kept.push_back(std::move(stanza.bytes));
  }
  waiting_.insert(waiting_.begin(), kept.begin(), kept.end());
  unacked_.clear();
  received_ = acknowledged_ = 0;
  has_session_ = present_ = false;
}

asio::awaitable<void> XmppWorld::read(test::ScriptedConnection& bot) {
  for (;;) {
    const xml::StreamEvent event = co_await bot.event();
    const auto* const element = std::get_if<Element>(&event);
    if (!element) {  // goodbye
      if (ends_) co_return;
      forget_session();
      co_await bot.send("</stream:stream>");
      co_return;
    }
    if (ends_) continue;
    ++elements_;
    const std::string objection = objects && xmpp::is_stanza(*element) ? objects(*element) : std::string();
    if (!objection.empty()) {
      ++objections_;
      end_stream(objection);
      continue;
    }
    const bool swallowed = swallow_and_cut && element->local() == "message";
    if (swallowed) swallow_and_cut = false;
    const bool before = swallowed || (cut_at && cut_at->element == elements_ && !cut_at->after);
    const bool after = cut_at && cut_at->element == elements_ && cut_at->after;
    if (!before) on_element(*element);
    if (before || after) {
      cut_at.reset();
      bot.cut();
      co_return;
    }
  }
}

asio::awaitable<void> XmppWorld::write(test::ScriptedConnection& bot) {
  for (;;) {
    if (to_write_.empty()) {
      co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) co_return;
      continue;
    }
    co_await bot.send(std::exchange(to_write_, {}));
    if (ends_ && to_write_.empty()) break;
  }
  // A socket that is closed with unread bytes in it takes back what was written last: the reason of the end. So they
  // are read (by `read`) until the bot goes.
  asio::steady_timer patience(executor_, 1s);
  co_await patience.async_wait(asio::use_awaitable);
}

asio::awaitable<void> XmppWorld::ask_for_acknowledgements() {
  asio::steady_timer timer(executor_);
  for (;;) {
    timer.expires_after(5ms);
    co_await timer.async_wait(asio::use_awaitable);
    if (!unacked_.empty()) queue("<r xmlns='urn:xmpp:sm:3'/>");
  }
}

void XmppWorld::end_stream(const std::string& condition, const std::string& inside) {
  const std::string name = "urn:ietf:params:xml:ns:xmpp-streams";
  queue("<stream:error><" + condition + " xmlns='" + name + "'>" + inside + "</" + condition +
        "></stream:error></stream:stream>");
  ends_ = true;
}

void XmppWorld::cut() {
  if (current_) current_->cut();
}

void XmppWorld::queue(std::string bytes) {
  if (!logged_in_ || ends_) return;
  to_write_ += bytes;
  wake_.cancel();
}

void XmppWorld::send_counted(std::string bytes, bool keep) {
  unacked_.push_back({bytes, keep});
  queue(std::move(bytes));
}

// --- from the bot

void XmppWorld::on_element(const Element& element) {
  if (xmpp::is_stanza(element)) {
    ++received_;
    on_stanza(element);
  } else if (xmpp::is_sm(element, "r")) {
    if (acknowledges) queue("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(received_) + "'/>");
  } else if (xmpp::is_sm(element, "a")) {
    on_acknowledgement(xmpp::sm_h(element).value());
  }
}

void XmppWorld::on_acknowledgement(std::uint32_t h) {
  if (h < acknowledged_ || h - acknowledged_ > unacked_.size()) {
    complaint_ =
        "acknowledged " + std::to_string(h) + " of " + std::to_string(acknowledged_ + unacked_.size());
    return;
  }
  for (; acknowledged_ < h; ++acknowledged_) unacked_.pop_front();
}

void XmppWorld::on_stanza(const Element& stanza) {
  said_.push_back({connections_, stanza, bytes_of(stanza)});
  if (stanza.local() == "iq") {
    if (xmpp::is_request(stanza)) answer(stanza);
  } else if (stanza.local() == "message") {
    on_message(stanza);
  } else if (!stanza.has("type") && !present_) {
    present_ = true;
    for (std::string& message : std::exchange(waiting_, {})) send_counted(std::move(message), true);
  }
}

void XmppWorld::on_message(const Element& message) {
  const std::string whom = bare(text(message.attr("to")));
  try {
    for (const Listening& each : listeners_) {
      if (each.bare == whom) each.listener(message);
    }
  } catch (const std::exception& failure) {
    complaint_ = whom + " could not take a message: " + failure.what();
  }
}

std::vector<Element> XmppWorld::messages_to(const std::string& whom) const {
  std::vector<Element> messages;
  for (const Said& each : said_) {
    if (each.stanza.local() == "message" && bare(text(each.stanza.attr("to"))) == whom)
      messages.push_back(each.stanza);
  }
  return messages;
}

// --- answers

void XmppWorld::answer(const Element& iq) {
  std::optional<Element> other = interfere ? interfere(iq) : std::nullopt;
  send_counted(bytes_of(other ? *other : answer_to(iq)), false);
}

Element XmppWorld::answer_to(const Element& iq) {
  const Element* const what = xmpp::payload(iq);
  if (!what) return error_answer(iq, "modify", "bad-request", {});
  if (what->is("query", ns::roster)) return roster_answer(iq);
  if (what->is("query", ns::disco_info)) return disco_answer(iq);
  if (what->is("pubsub", ns::pubsub)) return pubsub_answer(iq);
  if (what->is("pubsub", ns::pubsub_owner)) return owner_answer(iq);
  if (what->is("vCard", ns::vcard)) return vcard_answer(iq);
  if (what->is("ping", ns::ping) || what->is("enable", ns::carbons)) return result(iq);
  return error_answer(iq, "cancel", "service-unavailable", {});
}

Element XmppWorld::roster_answer(const Element& iq) const {
  Element query("query", ns::roster);
  for (const auto& [jid, subscription] : roster) {
    query.add(Element("item", ns::roster).set("jid", jid).set("subscription", subscription));
  }
  return result(iq, std::move(query));
}

Element XmppWorld::disco_answer(const Element& iq) const {
  Element query("query", ns::disco_info);
  query.add(Element("identity", ns::disco_info).set("category", "account").set("type", "registered"));
  for (const std::string& feature : account_features) query.add(Element("feature", ns::disco_info).set("var", feature));
  return result(iq, std::move(query));
}

Element XmppWorld::vcard_answer(const Element& iq) {
  const std::string whose = iq.has("to") ? text(iq.attr("to")) : bot_jid;
  if (iq.attr("type") == "set") {
    vcards.insert_or_assign(bot_jid, *xmpp::payload(iq));
    return result(iq);
  }
  const auto found = vcards.find(whose);
  return found == vcards.end() ? error_answer(iq, "cancel", "item-not-found") : result(iq, found->second);
}

Element XmppWorld::pubsub_answer(const Element& iq) {
  const Element& pubsub = *xmpp::payload(iq);
  if (const Element* const what = pubsub.child("publish", ns::pubsub)) return publish(iq, pubsub, *what);
  if (const Element* const what = pubsub.child("retract", ns::pubsub)) return retract(iq, *what);
  const Element* const wanted = pubsub.child("items", ns::pubsub);
  if (!wanted) return error_answer(iq, "cancel", "feature-not-implemented", {});
  const std::string owner = iq.has("to") ? text(iq.attr("to")) : bot_jid, name = text(wanted->attr("node"));
  const auto node = nodes.find({owner, name});
  if (node == nodes.end()) return error_answer(iq, "cancel", "item-not-found", {});
  const bool is_contact = owner == bot_jid || roster.contains(owner);
  if (node->second.access != "open" && !is_contact) {
    return error_answer(iq, "auth", "not-authorized", "presence-subscription-required");
  }
  const Element* const one = wanted->child("item", ns::pubsub);
  Element items = Element("items", ns::pubsub).set("node", name);
  for (const auto& [id, payload] : node->second.items) {
    if (one && one->attr("id") != id) continue;
    items.add(Element("item", ns::pubsub).set("id", id).with(payload));
  }
  return result(iq, Element("pubsub", ns::pubsub).with(std::move(items)));
}

Element XmppWorld::publish(const Element& iq, const Element& pubsub, const Element& what) {
  const std::string name = text(what.attr("node"));
  const Element* const item = what.child("item", ns::pubsub);
  const Element* const options = pubsub.child("publish-options", ns::pubsub);
  const bool is_new = !nodes.contains({bot_jid, name});
  const std::string access = options ? access_in(xmpp::parse_form(*options)) : std::string();
  Node& node = nodes[{bot_jid, name}];
  if (is_new) {
    node.access = access.empty() ? "presence" : access;
  } else if (!access.empty() && access != node.access) {
    return error_answer(iq, "cancel", "conflict", "precondition-not-met");
  }
  published_.push_back(name);
  put(bot_jid, name, text(item->attr("id")), item->children().front());
  push(bot_jid, name);
  return result(iq);
}

Element XmppWorld::retract(const Element& iq, const Element& what) {
  const auto node = nodes.find({bot_jid, text(what.attr("node"))});
  const std::string item = text(what.child("item", ns::pubsub)->attr("id"));
  if (node == nodes.end() || std::erase_if(node->second.items, [&](const auto& each) { return each.first == item; }) == 0)
    return error_answer(iq, "cancel", "item-not-found", {});
  return result(iq);
}

Element XmppWorld::owner_answer(const Element& iq) {
  if (const Element* const what = xmpp::payload(iq)->child("delete", ns::pubsub_owner)) {
    if (nodes.erase({bot_jid, text(what->attr("node"))}) == 0) return error_answer(iq, "cancel", "item-not-found", {});
    return result(iq);
  }
  const Element* const configure = xmpp::payload(iq)->child("configure", ns::pubsub_owner);
  const auto node = configure ? nodes.find({bot_jid, text(configure->attr("node"))}) : nodes.end();
  if (node == nodes.end()) return error_answer(iq, "cancel", "item-not-found", {});
  if (iq.attr("type") == "set") {
    const std::string access = access_in(xmpp::parse_form(*configure));
    if (!access.empty()) node->second.access = access;
    return result(iq);
  }
  Element form = xmpp::submit_form({std::string(ns::node_config),
                                    {{"pubsub#access_model", {node->second.access}},
                                     {"pubsub#persist_items", {"1"}},
                                     {"pubsub#max_items", {"max"}},
                                     {"pubsub#send_last_published_item", {"on_sub_and_presence"}}}});
  form.set("type", "form");
  Element answer =
      Element("configure", ns::pubsub_owner).set("node", node->first.second).with(std::move(form));
  return result(iq, Element("pubsub", ns::pubsub_owner).with(std::move(answer)));
}

// --- nodes and messages

void XmppWorld::put(const std::string& owner, const std::string& node, const std::string& item,
                    Element payload) {
  auto& items = nodes[{owner, node}].items;
  const bool several = node.ends_with(":bundles");  // OMEMO 2: one item per device
  if (!several) items.clear();
  std::erase_if(items, [&](const auto& each) { return each.first == item; });
  items.emplace_back(item, std::move(payload));
}

void XmppWorld::push(const std::string& owner, const std::string& node) {
  if (!present_) return;
  const auto& [id, payload] = nodes.at({owner, node}).items.back();
  Element items = Element("items", ns::pubsub_event).set("node", node);
  items.add(Element("item", ns::pubsub_event).set("id", id).with(payload));
  Element message =
      Element("message", ns::client).set("from", owner).set("to", bot_full).set("type", "headline");
  send(std::move(message).with(Element("event", ns::pubsub_event).with(std::move(items))));
}

void XmppWorld::send(Element stanza) {
  if (has_session_) send_counted(bytes_of(stanza), false);
}

void XmppWorld::deliver(const std::string& from, Element message) {
  message.set("from", from).set("to", bot_full);
  message.add(Element("stanza-id", ns::stanza_ids)
                  .set("by", bot_jid)
                  .set("id", "archive-" + std::to_string(++archive_id_)));
  std::string bytes = bytes_of(message);
  if (has_session_ && present_) {
    send_counted(std::move(bytes), true);
  } else {
    waiting_.push_back(std::move(bytes));
  }
}

}  // namespace omegate::flow
