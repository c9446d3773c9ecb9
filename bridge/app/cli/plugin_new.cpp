#include <fstream>
#include <memory>

#include "bridge/app/cli/plugin_verbs.hpp"
#include "bridge/core/plugin/command.hpp"
#include "bridge/core/plugin/reference/reference_text.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* examples =
    "Examples:\n"
    "  omegate plugin new dice\n"
    "  omegate plugin dev dice      # talk with it\n"
    "  omegate plugin test dice\n"
    "\n"
    "All that a plugin can do stands in plugins/README.md, each function with an example in docs/plugin-reference.md.";

// NAME stands for the plugin's name.
constexpr std::string_view manifest = R"(name: NAME
version: "0.1"
api: 1
description: Greets people and counts how often.

config:
  greeting: {type: string, default: Hello, help: "the first word"}

grants:                # what is not here is denied
  send_to: [sender]
  kv: 1                # MiB it may keep
)";

constexpr std::string_view source = R"(-- Greets people and counts how often.

---@type omegate.P
local P = ...

local greeted = P.kv "greeted" -- lasts over restarts

P.command("hello [<name>]", "Greets you, or somebody else", function(cmd)
  local name = cmd.args.name or cmd.from:match("^[^@]+")
  cmd:reply(("%s %s, for the %d. time."):format(P.cfg.greeting, name, greeted:add(cmd.from)))
end)

P.command("help", "Shows this list", function(cmd)
  cmd:reply(P.help())
end)
)";

constexpr std::string_view script = R"(# omegate plugin test NAME

== Greets whoever writes and counts
alice> hello
< Hello alice, for the 1. time.
alice> !hello Romeo
< Hello Romeo, for the 2. time.
bob> hello
< Hello bob, for the 1. time.

== Greets as the operator likes
config: {"greeting": "Good morning"}
alice> hello
< Good morning alice*

== Shows what it can do
alice> help
< hello [<name>] * Greets you*
)";

// For editors with the Lua language server: what plugins do not have.
constexpr std::string_view editor = R"({
  "runtime.version": "Lua 5.4",
  "runtime.builtin": {"io": "disable", "os": "disable", "debug": "disable", "package": "disable"}
}
)";

void write(const fs::path& file, std::string_view text, const std::string& name) {
  std::string content(text);
  for (auto at = content.find("NAME"); at != content.npos; at = content.find("NAME", at + name.size()))
    content.replace(at, 4, name);
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw std::runtime_error(file.string() + ": cannot be written");
}

ExitCode make(Invocation& invocation, const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!plugin::is_command_name(name))
    throw UsageError("\"" + name + "\" is no name for a plugin: expected up to 32 letters, digits, - and _");
  if (fs::exists(folder)) throw UsageError(folder.string() + " exists already; nothing was changed");
  fs::create_directories(folder);
  write(folder / "plugin.yaml", manifest, name);
  write(folder / "init.lua", source, name);
  write(folder / (name + ".chat"), script, name);
  write(folder / ".luarc.json", editor, name);
  fs::create_directory(folder / "types");
  write(folder / "types/omegate.lua", plugin::reference::stubs(), name);
  Screen& screen = invocation.screen;
  screen.line("made " + folder.string() + ": plugin.yaml, init.lua and a test, " + name + ".chat; for editors types/omegate.lua");
  screen.line("  omegate plugin test " + folder.string());
  screen.line("  omegate plugin dev " + folder.string());
  return ExitCode::ok;
}

}  // namespace

void add_plugin_new(Parser group, Invocation& invocation) {
  auto verb = group.add_subcommand("new", "Make a folder with a plugin that works, and its test");
  auto folder = std::make_shared<std::string>();
  verb.add_option("FOLDER", *folder, "The folder to make; its name is the plugin's").required();
  verb.footer(examples);
  verb.callback([&invocation, folder] {
    invocation.action = [&invocation, folder] {
      return make(invocation, fs::path(*folder).lexically_normal());
    };
  });
}

}  // namespace omegate::app
