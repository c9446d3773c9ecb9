// The XMPP side of the world: one server with PubSub, a roster and people, scripted, on loopback.
//
// It logs the bot in, answers what a server answers, keeps every stanza the bot says, and misbehaves on
// demand: withheld acknowledgements, cut connections, refused resumptions. Not here: what people do with
// messages (contact.hpp), the gateway (rig.hpp).
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/xml/element.hpp"
#include "tests/support/scripted_server.hpp"

namespace omegate::flow {

namespace asio = boost::asio;

inline const std::string bot_jid = "bot@example.org";
inline const std::string alice_jid = "alice@example.net";

/// One stanza the bot said, and on which connection (counted from 1).
struct Said {
  int connection;
  xml::Element stanza;
  std::string bytes;  // as canonical text: equal bytes on the wire give equal text
};

/// One PubSub node: its access model and its items, oldest first.
struct Node {
  std::string access = "open";
  std::vector<std::pair<std::string, xml::Element>> items;
};

/// When the connection breaks: at the n-th element the bot says, before or after the server acts on it.
struct Cut {
  int element = 0;
  bool after = false;
};

/// An error of the server, or of the node's owner.
xml::Element error_answer(const xml::Element& iq, const std::string& type, const std::string& condition,
                          const std::string& pubsub_condition = {});

class XmppWorld {
 public:
  explicit XmppWorld(asio::any_io_executor executor);
  XmppWorld(const XmppWorld&) = delete;
  XmppWorld& operator=(const XmppWorld&) = delete;
  ~XmppWorld() { stop(); }

  std::uint16_t port() const { return server_.port(); }
  void stop();

  // --- people and what they publish
  using Listener = std::function<void(const xml::Element& message)>;
  /// Who gets the bot's messages to `bare`, until `leave`. Without one they are only kept.
  void listen(const void* who, const std::string& bare, Listener listener) {
    listeners_.push_back({who, bare, std::move(listener)});
  }
  void leave(const void* who) {
    std::erase_if(listeners_, [who](const Listening& each) { return each.who == who; });
  }
  std::map<std::string, std::string> roster{{alice_jid, "both"}};  // bare JID to subscription
  std::map<std::pair<std::string, std::string>, Node> nodes;       // by owner and name
  std::map<std::string, xml::Element> vcards;                      // by JID, also of places in rooms
  std::set<std::string> account_features{"urn:xmpp:sid:0"};        // what the server can do for the bot
  /// Sets a node's only item without telling the bot, or telling it as PEP does.
  void put(const std::string& owner, const std::string& node, const std::string& item, xml::Element payload);
  void push(const std::string& owner, const std::string& node);

  // --- to the bot
  /// A message that the server keeps until the bot acknowledges it: `from` is set, an archive id added.
  void deliver(const std::string& from, xml::Element message);
  /// Anything, as it is; kept for resumption only.
  void send(xml::Element stanza);

  // --- how the server behaves
  bool acknowledges = true;
  bool resumes = true;
  /// Answers a request differently than a good server; nothing: as usual.
  std::function<std::optional<xml::Element>(const xml::Element& iq)> interfere;
  void cut();
  bool away = false;  // whoever comes is turned away at once
  std::optional<Cut> cut_at;
  bool swallow_and_cut = false;  // at the next message
  /// Ends the stream over a stanza, which does not count as received; nothing: it is fine. What is named is a
  /// condition of stream errors.
  std::function<std::string(const xml::Element& stanza)> objects;
  int objections() const { return objections_; }
  /// Ends the stream now; `inside`: of the condition's element. Nothing is sent on it any more.
  void end_stream(const std::string& condition, const std::string& inside = {});
  /// Among the features of each stream after login.
  void announce(const std::string& feature) { server_.script().features += feature; }
  /// Whoever knows the password of before is refused.
  void change_password() {
    server_.script().password = "another one";
    refuses_ = true;
  }

  // --- what was seen
  const std::vector<Said>& said() const { return said_; }
  std::vector<xml::Element> messages_to(const std::string& bare) const;
  /// Publications of the bot, as node names, in order.
  const std::vector<std::string>& published() const { return published_; }
  int connections() const { return connections_; }
  int resumptions() const { return resumptions_; }
  bool online() const { return present_ && logged_in_; }  // logged in and presence was sent
  int elements() const { return elements_; }              // said by the bot since `cut_at` was set or ever
  std::size_t unacknowledged() const { return unacked_.size() + waiting_.size(); }
  /// What the bot did that no client may do; empty: nothing.
  const std::string& complaint() const { return complaint_; }

 private:
  struct Listening {
    const void* who;
    std::string bare;
    Listener listener;
  };
  struct Sent {
    std::string bytes;
    bool keep;  // over a new session, too
  };

  asio::awaitable<void> serve();
  asio::awaitable<void> meet(test::ScriptedConnection& bot);
  asio::awaitable<bool> try_resume(test::ScriptedConnection& bot, const xml::Element& request);
  asio::awaitable<void> bind(test::ScriptedConnection& bot, xml::Element request);
  asio::awaitable<void> read(test::ScriptedConnection& bot);
  asio::awaitable<void> write(test::ScriptedConnection& bot);
  asio::awaitable<void> ask_for_acknowledgements();
  void on_element(const xml::Element& element);
  void on_stanza(const xml::Element& stanza);
  void on_acknowledgement(std::uint32_t h);
  void on_message(const xml::Element& message);
  void answer(const xml::Element& iq);
  xml::Element answer_to(const xml::Element& iq);
  xml::Element roster_answer(const xml::Element& iq) const;
  xml::Element disco_answer(const xml::Element& iq) const;
  xml::Element pubsub_answer(const xml::Element& iq);
  xml::Element owner_answer(const xml::Element& iq);
  xml::Element retract(const xml::Element& iq, const xml::Element& what);
  xml::Element vcard_answer(const xml::Element& iq);
  xml::Element publish(const xml::Element& iq, const xml::Element& pubsub, const xml::Element& what);
  void queue(std::string bytes);
  void send_counted(std::string bytes, bool keep);
  void forget_session();

  asio::any_io_executor executor_;
  test::ScriptedServer server_;
  std::vector<Listening> listeners_;
  bool serves_ = true;
  asio::cancellation_signal stop_;

  // The connection
  test::ScriptedConnection* current_ = nullptr;
  std::string to_write_;
  asio::steady_timer wake_;
  int connections_ = 0, resumptions_ = 0, elements_ = 0, objections_ = 0;
  bool ends_ = false, refuses_ = false;
  bool logged_in_ = false;

  // The session of stream management
  bool has_session_ = false, present_ = false;
  std::uint32_t received_ = 0, acknowledged_ = 0;
  std::deque<Sent> unacked_;
  std::deque<std::string> waiting_;  // for presence
  int archive_id_ = 0;

  std::vector<Said> said_;
  std::vector<std::string> published_;
  std::string complaint_;
};

}  // namespace omegate::flow
