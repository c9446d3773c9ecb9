// Programs as members of frames.
#include "bridge/core/plugin/frame_parts.hpp"

namespace omegate::plugin {

namespace json = boost::json;

json::array programs_array(const std::vector<ProgramUsage>& programs) {
  json::array array;
  for (const ProgramUsage& each : programs)
    array.emplace_back(json::object{{"name", json_text(each.name)}, {"usage", json_text(each.usage)}, {"help", json_text(each.help)}});
  return array;
}

ProgramUsage read_program_usage(Members& members) {
  return {members.text("name"), members.text("usage"), members.optional_text("help")};
}

json::object run_object(const RunProgram& run) {
  json::object arguments;
  for (const auto& [name, value] : run.arguments) arguments[json_text(name)] = json_text(value);
  return {{"type", "run"}, {"program", json_text(run.program)}, {"arguments", std::move(arguments)}};
}

RunProgram read_run(Members& members) {
  RunProgram run{members.text("program"), {}};
  if (!members.has("arguments")) return run;
  for (const auto& [name, value] : members.object("arguments")) {
    if (value.is_string())
      run.arguments.emplace(name, value.get_string());
    else
      members.fail(Error::wrong_member);
  }
  return run;
}

}  // namespace omegate::plugin
