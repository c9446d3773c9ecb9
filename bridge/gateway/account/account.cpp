#include "bridge/gateway/account/account.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/devices/own_device.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/stream/stream_record.hpp"
#include "bridge/gateway/trust/key_news.hpp"

namespace omegate::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;

Sender make_self(Context& context, const config::AccountSettings& settings) {
  return context.store.run([&](store::Tables& tables) {
    const auto account = tables.accounts.id_of(settings.jid);
    record_settings(tables, settings, account, context.now());
    begin_key_news(tables, account);
    const auto device = tend_own_device(tables, account, context.random, context.now());
    return Sender{account, settings.jid, device.device, settings.name};
  });
}

/// The same after a restart: binding it ends the session that a killed process left behind, and the server hands
/// out at once what that session had not acknowledged.
std::string lasting_resource(Context& context, store::AccountId account) {
  constexpr std::string_view note = "stream.resource";
  return context.store.run([&](store::Tables& tables) {
    if (const auto stored = tables.accounts.note(account, note)) return std::string(as_text(*stored));
    std::array<Byte, 4> random{};
    context.random.fill(random);
    const std::string resource = "omegate." + crypto::to_hex(random);
    tables.accounts.set_note(account, note, as_bytes(resource));
    return resource;
  });
}

}  // namespace

std::string_view name(AccountStatus::State state) {
  switch (state) {
    case AccountStatus::State::connecting: return "connecting";
    case AccountStatus::State::online: return "online";
    case AccountStatus::State::waiting: return "waiting";
    case AccountStatus::State::alarm: return "alarm";
    case AccountStatus::State::stopped: return "stopped";
  }
  return "unknown";
}

Login login_of(const config::AccountSettings& settings) {
  auto password = [source = settings.password] { return config::read_secret(source); };
  return {xmpp::Jid::parse(settings.jid).value(), std::move(password), settings.host, settings.port,
          settings.direct_tls, settings.allow_plain, "omegate"};
}

Account::Account(asio::any_io_executor strand, Context& context, config::AccountSettings settings, net::Names& names,
                 InboxSide inbox, CopySide copies, FileSide files)
    : strand_(strand),
      names_(names),
      trust_(settings.ca_file.string()),
      memory_(strand, context, settings, make_self(context, settings), std::move(inbox), std::move(copies),
              std::move(files)),
      login_(context, memory_.self.account),
      backoff_(context.random),
      wake_(strand) {
  resumption_.pin = login_.load_pin();
  resumption_.agent = login_.load_agent();
  const auto record =
      context.store.run([this](store::Tables& tables) { return tables.streams.load(memory_.self.account); });
  if (record) take_up(resumption_, *record);
  resumption_.resource = lasting_resource(context, memory_.self.account);
}

void Account::enter(AccountStatus::State state, std::string detail, std::optional<std::chrono::milliseconds> pause) {
  const WallTime now = memory_.context.now();
  status_ = {state, now, std::move(detail), pause ? std::optional(now + *pause) : std::nullopt};
  log_info("account.state", {{"account", memory_.self.jid}, {"state", name(state)}, {"detail", status_.detail}});
}

/// One stream from its start to its end. Everything it made is gone when this returns.
asio::awaitable<FailureKind> Account::run_stream() {
  ready_at_ = {};
  disk_is_full_ = false;
  FailureKind kind = FailureKind::network;
  std::string text;
  const StreamTimes times = memory_.context.pace.stream;
  stream_ = std::make_unique<Stream>(
      StreamSurroundings{strand_, names_, trust_, memory_.context.random, times, &login_},
      login_of(memory_.settings.get()), resumption_);
  try {
    AccountSession session(strand_, memory_, *stream_, [this] {
      ready_at_ = SteadyClock::now();
      enter(AccountStatus::State::online, stream_->tls_description());
    });
    co_await net::race(stream_->open(), until_stopped());
    co_await session.run();
  } catch (const StreamFailure& failure) {
    kind = failure.kind();
    text = failure.what();
  } catch (const SecondCopy& failure) {
    second_copy_ = text = failure.what();
  } catch (const config::SecretError& failure) {
    kind = FailureKind::configuration;
    text = failure.what();
  } catch (const store::DiskFull& failure) {  // what could not be stored was not acknowledged: it comes again
    disk_is_full_ = true;
    text = failure.what();
  } catch (const std::exception& failure) {  // our environment: no memory, no descriptors
    text = failure.what();
  }
  stream_.reset();
  status_.detail = std::move(text);
  co_return kind;
}

/// A server that lets us wait keeps nobody from stopping.
asio::awaitable<void> Account::until_stopped() {
  while (!stopping_) co_await wake_.wait_until(SteadyClock::time_point::max());
  throw StreamFailure(FailureKind::closed, "The gateway stops.");
}

/// Whoever takes our place while we wait for the owner of an unknown epoch is its owner.
bool Account::is_second_copy(FailureKind kind, std::string& reason) {
  if (!second_copy_ && memory_.doubt && kind == FailureKind::conflict)
    second_copy_ = second_copy(memory_.jid).what();
  if (second_copy_) reason = *second_copy_;
  return second_copy_.has_value();
}

/// Between streams, where nothing moves. A session that is over leaves no record.
asio::awaitable<void> Account::store_record(bool final) {
  try {
    co_await memory_.context.store.transact([&](store::Tables& tables) {
      // Whoever goes on with the account finds due at once what was taken and not sealed.
      for (const store::OutboxId row : memory_.taken) tables.outbox.put_back(row, memory_.context.now());
      for (const store::OutboxId row : memory_.awaiting_upload) tables.outbox.put_back(row, memory_.context.now());
      if (resumption_.possible() && resumption_.recorded) {
        tables.streams.save(memory_.self.account, make_record(resumption_, final));
      } else {
        tables.streams.forget(memory_.self.account);
      }
    });
    memory_.taken.clear();
    memory_.awaiting_upload.clear();
    if (resumption_.recorded) resumption_.recorded = resumption_.management.handled_count();
  } catch (const std::exception& failure) {  // the record before stands: less is resumed
    log_warning("stream.not_recorded", {{"account", memory_.self.jid}, {"reason", failure.what()}});
  }
}

/// A stanza that ended the stream when it was alone on its way would do so each time.
asio::awaitable<void> Account::park_what_was_objected_to() {
  if (!resumption_.objection || !resumption_.objection->found) co_return;
  const Objection objection = *resumption_.objection;
  const std::string reason = "the server ended the connection over it. " + objection.reason;
  std::optional<store::OutboxRow> parked;
  try {
    if (objection.tag && *objection.tag != settled_tag) {
      const store::OutboxId id(static_cast<std::int64_t>(*objection.tag));
      parked = co_await memory_.context.store.transact([&](store::Tables& tables) {
        tables.outbox.park(id, reason, memory_.context.now());
        return tables.outbox.find(id);
      });
    }
  } catch (const std::exception& failure) {  // it ends the next stream, too, and is found again
    log_warning("stream.not_recorded", {{"account", memory_.self.jid}, {"reason", failure.what()}});
    co_return;
  }
  resumption_.objection->found = false;
  resumption_.management.give_up_front();
  backoff_.found_cause();
  log_error("outbox.rejected", {{"account", memory_.self.jid},
                                {"message", parked ? parked->message_id : "none"},
                                {"to", parked ? parked->recipient : ""},
                                {"reason", reason}});
}

asio::awaitable<void> Account::run() {
  while (!stopping_) {
    enter(AccountStatus::State::connecting, {});
    const FailureKind kind = co_await run_stream();
    if (stopping_) break;
    co_await park_what_was_objected_to();
    co_await store_record(false);
    const auto stood = ready_at_ == SteadyClock::time_point{} ? std::chrono::milliseconds(0)
                                                              : std::chrono::duration_cast<std::chrono::milliseconds>(
                                                                    SteadyClock::now() - ready_at_);
    std::string reason = status_.detail;
    if (is_second_copy(kind, reason)) {
      log_error("account.second_copy", {{"account", memory_.self.jid}, {"reason", reason}});
      co_await memory_.context.store.transact([](store::Tables& tables) { tables.lineage.set_halted(true); });
      enter(AccountStatus::State::stopped, reason);
      memory_.copies.is_second(reason);
      co_return;
    }
    auto pause = backoff_.after(kind, stood);
    if (!pause) {
      log_error("account.gave_up", {{"account", memory_.self.jid}, {"reason", reason}});
      enter(AccountStatus::State::stopped, reason);
      co_return;
    }
    pause = std::min(*pause, memory_.context.pace.longest_reconnect);
    report_loss(kind, reason, *pause);
    const bool alarm = kind == FailureKind::downgrade;
    if (alarm) log_error("account.alarm", {{"account", memory_.self.jid}, {"reason", reason}});
    enter(alarm ? AccountStatus::State::alarm : AccountStatus::State::waiting, reason, *pause);
    co_await wake_.wait_for(*pause);
  }
  co_await store_record(true);
  enter(AccountStatus::State::stopped, "stopped by the operator");
}

void Account::report_loss(FailureKind kind, const std::string& reason,
                          std::chrono::milliseconds pause) const {
  if (disk_is_full_) {
    log_error("store.full",
              {{"account", memory_.self.jid}, {"reason", reason}, {"next_try_ms", pause.count()}});
  } else {
    log_warning("account.lost", {{"account", memory_.self.jid},
                                 {"kind", name(kind)},
                                 {"reason", reason},
                                 {"next_try_ms", pause.count()}});
  }
}

asio::awaitable<void> Account::stop(bool say_goodbye) {
  co_await co_spawn(
      strand_,
      [](Account& self, bool goodbye) -> asio::awaitable<void> {
        self.stopping_ = true;
        self.wake_.notify();
        if (!self.stream_) co_return;
        if (goodbye) self.stream_->send("<presence type='unavailable'/>");
        co_await self.stream_->close(goodbye);
      }(*this, say_goodbye),
      asio::use_awaitable);
}

asio::awaitable<void> Account::apply(config::AccountSettings settings) {
  co_await memory_.context.store.transact([&](store::Tables& tables) {
    const WallTime now = memory_.context.now();
    record_settings(tables, settings, memory_.self.account, now);
    tables.outbox.release_all_held(memory_.self.account, now);
  });
  memory_.settings.set(std::move(settings));
  memory_.room_orders.notify();  // its rooms may be others
  memory_.profile.notify();      // its face, too
  kick();
}

asio::awaitable<void> Account::unpin() {
  co_await co_spawn(
      strand_,
      [](Account& self) -> asio::awaitable<void> {
        co_await self.memory_.context.store.transact(
            [&](store::Tables& tables) { tables.logins.forget_pin(self.memory_.self.account); });
        self.resumption_.pin.reset();
        self.wake_.notify();
      }(*this),
      asio::use_awaitable);
}

asio::awaitable<AccountTraffic> Account::traffic() {
  co_return co_await asio::co_spawn(
      strand_,
      [](const Account& self) -> asio::awaitable<AccountTraffic> {
        AccountTraffic traffic{self.status_, {}, self.memory_.taken, self.memory_.uploading};
        if (self.stream_) traffic.load = self.stream_->load();
        co_return traffic;
      }(*this),
      asio::use_awaitable);
}

asio::awaitable<std::vector<Finding>> Account::examine() {
  co_return co_await asio::co_spawn(
      strand_,
      [](Account& self) -> asio::awaitable<std::vector<Finding>> {
        const std::string account = self.settings().name;
        const bool online = self.status_.state == AccountStatus::State::online;
        Finding connection{account, "connection", Finding::Level::ok, std::string(name(self.status_.state))};
        std::vector<Finding> findings;
        if (!online) {
          connection.level = Finding::Level::bad;
          if (!self.status_.detail.empty()) connection.evidence += ": " + self.status_.detail;
          connection.fix = "`omegate check --login` tries a login and says what is wrong";
          findings.push_back(std::move(connection));
          co_return findings;
        }
        findings.push_back(std::move(connection));
        const auto request = std::make_shared<CheckupRequest>(self.strand_);
        self.memory_.checkups.push_back(request);
        self.memory_.checkup_wanted.notify();
        co_await request->done.wait_for(checkup_limit);
        if (!request->findings) {
          std::erase(self.memory_.checkups, request);
          findings.push_back({account, "server", Finding::Level::bad, "it gave no answers in time",
                              "the connection was lost, or the server is overloaded; try again"});
          co_return findings;
        }
        std::move(request->findings->begin(), request->findings->end(), std::back_inserter(findings));
        co_return findings;
      }(*this),
      asio::use_awaitable);
}

asio::awaitable<RoomsByJid> Account::rooms() {
  co_return co_await asio::co_spawn(
      strand_, [](const Account& self) -> asio::awaitable<RoomsByJid> { co_return self.memory_.rooms; }(*this),
      asio::use_awaitable);
}

asio::awaitable<std::string> Account::order(RoomOrder order) {
  auto result = std::make_shared<RoomOrder::Result>(strand_);
  order.result = result;
  auto wait = [](Account& self, RoomOrder wanted) -> asio::awaitable<void> {
    const auto answer = wanted.result;
    const auto deadline = SteadyClock::now() + room_order_patience;
    if (self.status_.state != AccountStatus::State::online || self.memory_.orders.size() >= max_room_orders) {
      answer->error = "the account is not online";
      co_return;
    }
    self.memory_.orders.push_back(std::move(wanted));
    self.memory_.room_orders.notify();
    while (!answer->over && SteadyClock::now() < deadline) co_await answer->done.wait_until(deadline);
    if (!answer->over) answer->error = "it takes too long; `omegate room list` says what became of it";
  };
  co_await asio::co_spawn(strand_, wait(*this, std::move(order)), asio::use_awaitable);
  co_return result->error;
}

asio::awaitable<AccountStatus> Account::status() {
  co_return co_await asio::co_spawn(
      strand_, [](const Account& self) -> asio::awaitable<AccountStatus> { co_return self.status_; }(*this),
      asio::use_awaitable);
}

}  // namespace omegate::gateway
