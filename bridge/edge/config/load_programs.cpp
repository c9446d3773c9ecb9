// `programs:` of a plugin: what it may have run on this machine, each as a list of words.
#include <filesystem>
#include <system_error>

#include "bridge/core/plugin/command.hpp"
#include "bridge/edge/config/addresses.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

constexpr std::string_view command_words = "a program and its words, like [/usr/bin/systemctl, restart, \"{unit}\"]";

void load_arguments(YamlSection& section, plugin::Program& program) {
  const auto arguments = section.take("arguments");
  if (!arguments) return;
  YamlSection names(section.reading(), *arguments);
  std::vector<std::string> known;
  for (const auto& [name, entry] : names.entries()) known.push_back(name);
  for (const auto& name : known) {
    constexpr std::string_view types = "word, integer, or words to choose from like nginx|postfix";
    if (!is_name(name))
      names.fault(names.value(), names.value().path + "." + name + ": an argument's name has only a-z, 0-9, - and _ and begins with a letter");
    const auto type = names.text(name, types);
    if (!type) continue;
    if (auto argument = plugin::program_argument(name, *type))
      program.arguments.push_back(std::move(*argument));
    else
      names.wrong(*names.take(name), types);
  }
}

/// A program that everybody may write runs whatever anybody wants.
void expect_program(YamlSection& section, const plugin::Program& program) {
  if (!section.reading().options().check_files || program.command.empty()) return;
  std::error_code missing;
  const auto status = std::filesystem::status(program.command.front(), missing);
  const std::string& path = section.value().path;
  if (missing || !std::filesystem::is_regular_file(status))
    section.fault(section.value(), path + ": there is no program " + program.command.front());
  else if ((status.permissions() & std::filesystem::perms::others_write) != std::filesystem::perms::none)
    section.fault(section.value(), path + ": everybody may write " + program.command.front() + "; run: chmod o-w " + program.command.front());
}

plugin::Program load_program(Reading& reading, const std::string& name, const Value& value) {
  YamlSection section(reading, value);
  plugin::Program program;
  program.name = name;
  for (const auto& [place, word] : section.texts("command", command_words)) program.command.push_back(word);
  program.help = section.text("help", "a sentence").value_or("");
  load_arguments(section, program);
  program.limit = std::chrono::seconds(
      section.number("limit", 1, static_cast<std::uint64_t>(plugin::max_program_limit.count()), "seconds").value_or(plugin::default_program_limit.count()));
  program.role = section.text("role", "the name of a role under roles:").value_or(program.role);
  section.finish();
  if (!plugin::is_command_name(name)) section.fault(value, value.path + ": a program's name has letters, digits, - and _");
  if (const auto fault = plugin::fault_of(program))
    section.fault(value, value.path + ": " + *fault);
  else
    expect_program(section, program);
  return program;
}

}  // namespace

void load_plugin_programs(YamlSection& section, PluginSettings& settings) {
  const auto programs = section.take("programs");
  if (!programs) return;
  YamlSection names(section.reading(), *programs);
  for (const auto& [name, entry] : names.entries()) {
    settings.programs.push_back(load_program(section.reading(), name, entry));
    const plugin::Program& program = settings.programs.back();
    if (!settings.roles.contains(program.role))
      names.fault(entry, entry.path + ": nobody has the role " + program.role + "; name who may run it under roles:");
  }
  if (settings.programs.size() > plugin::max_programs)
    names.fault(*programs, programs->path + ": more than " + std::to_string(plugin::max_programs) + " programs");
}

}  // namespace omegate::config
