#include "tests/flow/world/rig.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <stdexcept>

#include "bridge/gateway/log/log.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using SteadyClock = std::chrono::steady_clock;
using config::SecretSource;

constexpr const char* webhook_config =
    R"({"hooks": {"alerts": {"secret": "alerts", "to": ["alice@example.net"]}}})";
constexpr const char* responder_config =
    R"({"replies": [{"command": "deploy", "reply": "deployed {1}", "min_trust": "verified"}]})";

SecretSource file(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return {SecretSource::Kind::file, path, {}, {}};
}

config::PluginSettings plugin(const std::string& name, const std::string& config_json) {
  config::PluginSettings settings;
  settings.name = name;
  settings.path = std::string(OMEGATE_SOURCE_DIR "/plugins/") + name;
  settings.config_json = config_json;
  return settings;
}

/// 32 bytes that stay the same over restarts.
store::FileKey file_key() {
  Bytes bytes(32, Byte{7});
  return {crypto::Secret<32>::from(bytes).value()};
}

}  // namespace

Rig::Rig() {
  config::LogSettings quiet;
  quiet.level = std::getenv("OMEGATE_FLOW_LOG") ? config::LogLevel::info : config::LogLevel::error;
  gateway::set_up_log(quiet);
  pace.longest_reconnect = pace.store_trouble = pace.unavailable_plugin = 10ms;
  pace.bundle = 20ms;
  pace.plugin.first_pause = 10ms;

  config::AccountSettings bot;
  bot.name = "bot";
  bot.jid = bot_jid;
  bot.password = file(dir_ / "password", "correct horse");
  bot.host = "127.0.0.1";
  bot.port = xmpp.port();
  bot.ca_file = test::ScriptedServer::ca_file();
  bot.allow = {alice_jid};
  settings.accounts.push_back(bot);
  settings.data_dir = dir_ / "";
  settings.http.emplace();
  settings.http->port = 0;
  settings.plugins.push_back(plugin("webhook", webhook_config));
  settings.plugins.back().secrets.emplace("alerts", file(dir_ / "token", hook_token));
  settings.plugins.push_back(plugin("responder", responder_config));
}

Rig::~Rig() {
  try {
    if (gateway_) stop();
    xmpp.stop();
    let_pass(1ms);
    if (!xmpp.complaint().empty()) ADD_FAILURE() << xmpp.complaint();
  } catch (const std::exception& failure) {
    ADD_FAILURE() << failure.what();
  }
}

// --- the gateway's life

void Rig::begin() {
  spawner_ = std::make_unique<workers::Spawner>(std::string(OMEGATE_BINARY_DIR "/omegate-plugin-worker"));
  store::Options options;
  options.abort_on_fatal = false;
  options.max_pages = max_pages;
  store_ = std::make_unique<store::Store>(dir_ / "omegate.db", file_key(), options);
  context_ = std::make_unique<gateway::Context>(
      gateway::Context{*store_, crypto::system_random(), [this] { return now.load(); }, pace});
  gateway::GatewaySurroundings around{gateway_executor(), *context_, names_, *spawner_, [](bool) {}};
  gateway_ = std::make_unique<gateway::Gateway>(std::move(around), settings);
  await_end(gateway_->start());
}

asio::any_io_executor Rig::gateway_executor() {
  const char* const number = std::getenv("OMEGATE_FLOW_THREADS");
  if (number == nullptr) return io.get_executor();
  threads_ = std::make_unique<asio::thread_pool>(std::stoul(number));
  return threads_->get_executor();
}

void Rig::start() {
  const auto before = xmpp.connections();
  begin();
  until("the bot is online", [&] { return xmpp.connections() > before && xmpp.online(); });
}

void Rig::stop(bool say_goodbye) {
  await_end(gateway_->stop(say_goodbye));
  if (threads_) threads_->join();
  gateway_.reset();
  threads_.reset();
  let_pass(1ms);  // what was posted and finds nobody any more
  store_.reset();
  context_.reset();
  spawner_.reset();
}

void Rig::await_end(asio::awaitable<void> work) {
  bool done = false;
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
  });
  until("the gateway starts or stops", [&] { return done; });
  if (failure) std::rethrow_exception(failure);
}

void Rig::until(const std::string& what, const std::function<bool()>& holds,
                std::chrono::milliseconds limit) {
  const auto end = SteadyClock::now() + limit;
  io.restart();
  while (!holds()) {
    if (SteadyClock::now() > end) {
      std::string last = "nothing";
      if (!xmpp.said().empty()) last = xmpp.said().back().bytes;
      throw std::runtime_error("waited in vain: " + what + "; the bot's last words: " + last + " " +
                               xmpp.complaint());
    }
    if (io.stopped()) io.restart();  // the threads of the gateway may have something for it
    io.run_one_for(10ms);
  }
}

void Rig::let_pass(std::chrono::milliseconds time) {
  io.restart();
  io.run_for(time);
}

void Rig::advance(std::chrono::milliseconds time) {
  now = now.load() + time;
  if (gateway_) gateway_->kick();
}

// --- what people do

asio::awaitable<Answer> Rig::exchange(std::string request) {
  using asio::ip::tcp;
  tcp::socket socket(io);
  const tcp::endpoint there(asio::ip::address_v4::loopback(), gateway_->http_port());
  co_await socket.async_connect(there, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  std::string heard;
  co_await asio::async_read(socket, asio::dynamic_buffer(heard), asio::as_tuple(asio::use_awaitable));
  const auto body = heard.find("\r\n\r\n");
  if (body == std::string::npos) throw std::runtime_error("no HTTP answer: " + heard);
  co_return Answer{static_cast<unsigned>(std::stoul(heard.substr(heard.find(' ') + 1, 3))),
                   heard.substr(body + 4)};
}

Answer Rig::hook(const std::string& text, const std::string& idempotency_key, const std::string& token) {
  std::string headers = "Content-Type: text/plain\r\nAuthorization: Bearer " + token + "\r\n";
  if (!idempotency_key.empty()) headers += "Idempotency-Key: " + idempotency_key + "\r\n";
  return http("POST", "/hooks/alerts", headers, text);
}

Answer Rig::http(const std::string& method, const std::string& path, const std::string& headers,
                 const std::string& body) {
  return await(exchange(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                        headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
}

json::value Rig::ask(const std::string& verb, json::object args) {
  return await(gateway_->operators().handle("operator test", verb, std::move(args)));
}

// --- what is seen

std::vector<store::OutboxRow> Rig::outbox() {
  return store_->run([](store::Tables& tables) { return tables.outbox.list({}); });
}

std::vector<store::InboxRow> Rig::inbox() {
  return store_->run([](store::Tables& tables) { return tables.inbox.list(100); });
}

MessageState Rig::state() { return outbox().at(0).state; }

std::string Rig::reason() { return outbox().at(0).reason; }

void Rig::until_state(MessageState wanted) {
  const auto reached = [&] {
    const auto rows = outbox();
    return !rows.empty() && rows[0].state == wanted;
  };
  try {
    until("the newest message is " + std::string(store::name(wanted)), reached);
  } catch (const std::runtime_error& failure) {
    const auto rows = outbox();
    throw std::runtime_error(
        std::string(failure.what()) + "; it is " +
        (rows.empty() ? "not there" : std::string(name(rows[0].state)) + ": " + rows[0].reason));
  }
}

const gateway::Sender& Rig::self() {
  self_ = store_->run([&](store::Tables& tables) {
    const auto account = tables.accounts.id_of(bot_jid);
    return gateway::Sender{account, bot_jid, tables.identities.load(account)->device, "bot"};
  });
  return *self_;
}

}  // namespace omegate::flow
