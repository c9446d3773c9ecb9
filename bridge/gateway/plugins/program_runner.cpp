#include "bridge/gateway/plugins/program_runner.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/edge/workers/program.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/store_trouble.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using plugin::ProgramEnd;

/// A chat shows no colours and moves no cursor.
std::string without_controls(const std::string& output) {
  std::string text;
  for (std::size_t i = 0; i < output.size(); ++i) {
    const auto c = static_cast<unsigned char>(output[i]);
    if (c == 0x1b && i + 1 < output.size() && output[i + 1] == '[') {
      for (i += 2; i < output.size() && (output[i] < '@' || output[i] > '~');) ++i;
    } else if (c == '\n' || c == '\t' || (c >= ' ' && c != 0x7f)) {
      text += output[i];
    }
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

void conclude_with(ProgramEnd& end, workers::ProgramResult result) {
  using End = workers::ProgramResult::End;
  end.outcome = result.end == End::exited     ? ProgramEnd::Outcome::ended
                : result.end == End::killed   ? ProgramEnd::Outcome::killed
                : result.end == End::too_long ? ProgramEnd::Outcome::too_long
                                              : ProgramEnd::Outcome::not_started;
  end.status = result.status;
  end.output = without_controls(result.output);
  end.cut = result.cut;
  end.took_ms = result.took.count();
}

}  // namespace

ProgramEnd decode_run(ByteView bytes) {
  try {
    const json::value value = json::parse(as_text(bytes));
    const json::object& object = value.as_object();
    ProgramEnd end;
    end.account = object.at("account").as_string();
    end.from = object.at("from").as_string();
    end.program = object.at("program").as_string();
    for (const auto& [name, argument] : object.at("arguments").as_object()) end.arguments.emplace(name, argument.as_string());
    return end;
  } catch (const std::exception&) {
    throw std::runtime_error("database: a stored run of a program cannot be read");
  }
}

Bytes encode_run(const plugin::RunProgram& run, const plugin::Origin& origin) {
  json::object arguments;
  for (const auto& [name, value] : run.arguments) arguments[name] = value;
  return to_bytes(json::serialize(json::object{
      {"account", origin.account}, {"from", origin.from}, {"program", run.program}, {"arguments", std::move(arguments)}}));
}

ProgramRunner::ProgramRunner(asio::any_io_executor strand, Context& context, std::function<void(const std::string& plugin)> kick_plugin)
    : context_(context),
      kick_plugin_(std::move(kick_plugin)),
      lists_(std::make_shared<const ProgramLists>()),
      signal_(std::move(strand)) {}

void ProgramRunner::set(ProgramLists lists) {
  lists_ = std::make_shared<const ProgramLists>(std::move(lists));
  kick();
}

asio::awaitable<void> ProgramRunner::run() {
  return work_despite_trouble(signal_, context_.pace.store_trouble, [this] { return work(); },
                              [](const store::StoreError& failure) { log_error("program.stalled", {{"reason", failure.what()}}); });
}

asio::awaitable<void> ProgramRunner::work() {
  co_await tell_of_interrupted();
  for (;;) {
    auto row = co_await context_.store.transact([&](store::Tables& tables) { return tables.runs.begin_next(context_.now()); });
    if (row) {
      store::failpoint("gateway.program_begun");
      co_await run(std::move(*row));
    } else {
      co_await signal_.wait_for(held_retry);
    }
  }
}

/// Begun, and nobody knows more.
asio::awaitable<void> ProgramRunner::tell_of_interrupted() {
  auto rows = co_await context_.store.transact([](store::Tables& tables) { return tables.runs.begun(); });
  for (store::StoredRun& row : rows) {
    ProgramEnd end = decode_run(row.body);
    end.outcome = ProgramEnd::Outcome::unknown;
    co_await conclude(std::move(row), std::move(end));
  }
}

asio::awaitable<void> ProgramRunner::run(store::StoredRun row) {
  ProgramEnd end = decode_run(row.body);
  const std::shared_ptr<const ProgramLists> lists = lists_;
  const auto list = lists->find(row.plugin);
  std::optional<plugin::Program> program;
  if (list != lists->end()) {
    const auto found = std::ranges::find(list->second, end.program, &plugin::Program::name);
    if (found != list->second.end()) program = *found;
  }
  std::optional<std::string> fault = "the operator took it off the list";
  if (program) fault = plugin::fault_of(*program, end.arguments);
  if (fault) {
    end.outcome = ProgramEnd::Outcome::not_started;
    end.output = *fault;
  } else {
    std::vector<std::string> command = plugin::command_line(*program, end.arguments);
    log_info("program.begun", {{"plugin", row.plugin}, {"program", end.program}, {"run", row.id.value()}, {"account", end.account},
                               {"by", end.from}, {"command", joined(command)}});
    workers::ProgramResult result = co_await workers::run_program(std::move(command), program->limit, plugin::max_program_output);
    store::failpoint("gateway.program_ended");
    conclude_with(end, std::move(result));
  }
  co_await conclude(std::move(row), std::move(end));
}

asio::awaitable<void> ProgramRunner::conclude(store::StoredRun row, ProgramEnd end) {
  end.time = context_.now();
  co_await context_.store.transact([&](store::Tables& tables) {
    tables.inbox.add({row.account, row.plugin, {}, std::string(plugin::to_text(plugin::EventKind::ran)), to_bytes(plugin::payload(end))}, end.time);
    tables.runs.erase(row.id);
  });
  log_info("program.ended", {{"plugin", row.plugin}, {"program", end.program}, {"run", row.id.value()}, {"by", end.from},
                             {"outcome", plugin::to_text(end.outcome)}, {"status", end.status}, {"took_ms", end.took_ms}});
  kick_plugin_(row.plugin);
}

}  // namespace omegate::gateway
