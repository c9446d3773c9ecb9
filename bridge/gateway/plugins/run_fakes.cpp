#include "bridge/gateway/plugins/run_fakes.hpp"

#include <algorithm>

#include "bridge/gateway/plugins/plugin_script.hpp"
#include "bridge/gateway/plugins/program_runner.hpp"

namespace omegate::gateway {
namespace {

/// As it is written in a chat: the arguments in the order of the program's.
std::string line_of(const plugin::ProgramEnd& run, const plugin::Installed& installed) {
  std::string line = run.program;
  const auto program = std::ranges::find(installed.programs, run.program, &plugin::Program::name);
  if (program == installed.programs.end()) return line;
  for (const auto& argument : program->arguments) line += " " + run.arguments.at(argument.name);
  return line;
}

}  // namespace

bool RunFakes::end_next(store::Tables& tables, const plugin::Installed& installed, WallTime now, std::vector<std::string>& errors) {
  const auto row = tables.runs.begin_next(now);
  if (!row) return false;
  tables.runs.erase(row->id);
  plugin::ProgramEnd end = decode_run(row->body);
  const std::string line = line_of(end, installed);
  const auto found = std::ranges::find_if(expected_, [&](const auto& each) { return looks_like(line, each.line); });
  if (found == expected_.end()) {
    errors.push_back("nobody said how it ends: run " + line);
    return true;
  }
  end.outcome = found->outcome;
  end.status = found->status;
  end.output = std::move(found->output);
  end.time = now;
  expected_.erase(found);
  tables.inbox.add({row->account, row->plugin, {}, std::string(plugin::to_text(plugin::EventKind::ran)), to_bytes(plugin::payload(end))}, now);
  return true;
}

std::vector<std::string> RunFakes::left() const {
  std::vector<std::string> left;
  for (const auto& each : expected_) left.push_back(each.line);
  return left;
}

}  // namespace omegate::gateway
