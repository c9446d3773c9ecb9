// `omegate plugin list` and `show`: what a plugin is, and what it costs where a gateway runs.
#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "bridge/app/cli/plugin_costs.hpp"
#include "bridge/app/cli/plugin_verbs.hpp"
#include "bridge/app/control_client.hpp"
#include "bridge/edge/config/manifest.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using Running = std::vector<json::object>;  // the plugins of `status`

/// Of the gateway that runs. Authors have none: then there are none, unless one was named. One that does not answer keeps nobody
/// from what the files say.
Running running_plugins(Invocation& invocation) {
  try {
    return objects(invocation.ask("status", {}), "plugins");
  } catch (const GatewaySilent& silence) {
    invocation.outside.err << "omegate: " << silence.what() << "\n  which plugins run, and what they cost, is not known\n";
    return {};
  } catch (const std::exception&) {
    if (!invocation.socket_option.empty() || !invocation.config_option.empty()) throw;
    return {};
  }
}

const json::object* find(const Running& running, const std::string& name) {
  const auto found = std::ranges::find(running, name, [](const json::object& each) { return text(each, "name"); });
  return found == running.end() ? nullptr : &*found;
}

std::string requirement(const plugin::Field& field) {
  if (field.required) return "required";
  return field.default_json.empty() ? "" : "default " + field.default_json;
}

void show_fields(Screen& screen, const std::vector<plugin::Field>& fields, const std::string& indent) {
  for (const auto& field : fields) {
    std::string line =
        indent + (field.name.empty() ? "each" : field.name) + ": " + std::string(to_text(field.type));
    for (const auto& more : {requirement(field), field.help}) line += more.empty() ? "" : ", " + more;
    screen.line(line);
    show_fields(screen, field.of, indent + "  ");
    show_fields(screen, field.fields, indent + "  ");
  }
}

void show_costs(Screen& screen, const json::object& plugin) {
  std::string line = screen.tint(tone_of(text(plugin, "state")), shown(plugin, "state")) + ": version " + shown(plugin, "version");
  for (const auto& [cost, what] : {std::pair(memory_of(plugin), " of memory"), std::pair(cpu_of(plugin), " of CPU")})
    line += cost.empty() ? "" : ", " + cost + what;
  screen.line(line + ", " + shown(plugin, "handled") + " events handled, " + shown(plugin, "failed") + " of them failed, " +
              shown(plugin, "restarts") + " restarts");
  if (has(plugin, "detail") && !text(plugin, "detail").empty()) screen.line("  last trouble: " + shown(plugin, "detail"));
}

void show(Invocation& invocation, const fs::path& folder) {
  const auto manifest = config::read_manifest(folder / "plugin.yaml");
  const Running running = running_plugins(invocation);
  Screen& screen = invocation.screen;
  screen.line(manifest.name + " " + manifest.version + " (" + folder.string() + ")");
  screen.line(manifest.description);
  if (const auto* const plugin = find(running, manifest.name)) show_costs(screen, *plugin);
  for (const auto& line : plugin::describe(manifest.program)) screen.line("  may " + line);
  for (const auto& grant : plugin::describe(manifest.grants)) screen.line("  may " + grant);
  if (!manifest.config.empty()) screen.line("configuration:");
  show_fields(screen, manifest.config, "  ");
}

std::vector<plugin::Manifest> shipped_plugins(const Invocation& invocation) {
  std::vector<plugin::Manifest> manifests;
  for (const auto& entry : fs::directory_iterator(invocation.outside.installation.plugins_dir)) {
    if (fs::exists(entry.path() / "plugin.yaml")) manifests.push_back(config::read_manifest(entry.path() / "plugin.yaml"));
  }
  std::ranges::sort(manifests, {}, &plugin::Manifest::name);
  return manifests;
}

void list_shipped(Screen& screen, const std::vector<plugin::Manifest>& shipped) {
  Table table({"NAME", "VERSION", "WHAT IT DOES"});
  for (const auto& manifest : shipped) table.add({{manifest.name}, {manifest.version}, {manifest.description}});
  table.print(screen);
}

std::vector<Table::Cell> costs_of(const json::object& plugin) {
  return {{text(plugin, "state"), tone_of(text(plugin, "state"))}, {memory_of(plugin)},       {cpu_of(plugin)},
          {shown(plugin, "handled")},                              {shown(plugin, "failed")}};
}

/// Those of the operator, too, which are not shipped.
void list_running(Screen& screen, const std::vector<plugin::Manifest>& shipped, const Running& running) {
  Table table({"NAME", "VERSION", "STATE", "MEMORY", "CPU", "HANDLED", "FAILED", "WHAT IT DOES"});
  const auto add = [&](const std::string& name, const std::string& version, const json::object* plugin, const std::string& description) {
    std::vector<Table::Cell> row{{name}, {version}};
    for (auto& cell : costs_of(plugin != nullptr ? *plugin : json::object())) row.push_back(std::move(cell));
    row.push_back({description});
    table.add(std::move(row));
  };
  for (const auto& manifest : shipped) {
    const auto* const plugin = find(running, manifest.name);
    add(manifest.name, plugin != nullptr ? text(*plugin, "version") : manifest.version, plugin, manifest.description);
  }
  for (const auto& plugin : running) {
    const std::string name = text(plugin, "name");
    if (std::ranges::find(shipped, name, &plugin::Manifest::name) == shipped.end()) add(name, text(plugin, "version"), &plugin, "");
  }
  table.print(screen);
}

void add_socket(Parser verb, Invocation& invocation) {
  verb.add_option("--socket", invocation.socket_option, "The socket of the gateway in which they run [$OMEGATE_SOCKET, else as in the config]").type_name("PATH");
}

}  // namespace

void add_plugin_list(Parser group, Invocation& invocation) {
  auto list = group.add_subcommand("list", "List the shipped plugins, and those that run with what they cost");
  add_socket(list, invocation);
  list.callback([&invocation] {
    invocation.action = [&invocation] {
      const auto shipped = shipped_plugins(invocation);
      const Running running = running_plugins(invocation);
      if (running.empty())
        list_shipped(invocation.screen, shipped);
      else
        list_running(invocation.screen, shipped, running);
      return ExitCode::ok;
    };
  });
  auto verb = group.add_subcommand("show", "Show what a plugin is, what it may do, how it is configured and what it costs while it runs");
  auto word = std::make_shared<std::string>();
  verb.add_option("PLUGIN", *word, "A folder, or the name of a shipped plugin").required();
  add_socket(verb, invocation);
  verb.callback([&invocation, word] {
    invocation.action = [&invocation, word] {
      show(invocation, plugin_folder(invocation, *word));
      return ExitCode::ok;
    };
  });
}

}  // namespace omegate::app
