#include "bridge/app/cli/plugin_verbs.hpp"
#include "bridge/core/plugin/reference/reference_text.hpp"

namespace omegate::app {
namespace {

constexpr const char* stub_examples =
    "Examples:\n"
    "  omegate plugin stubs > dice/types/omegate.lua\n"
    "\n"
    "For editors with the Lua language server: what P has, with types, help and examples. `omegate plugin new`\n"
    "writes the file already; write it again after an upgrade.";

}  // namespace

void add_plugin_reference(Parser group, Invocation& invocation) {
  auto stubs = group.add_subcommand("stubs", "Print what plugins can call, for editors");
  stubs.footer(stub_examples);
  stubs.callback([&invocation] {
    invocation.action = [&invocation] {
      invocation.outside.out << plugin::reference::stubs();
      return ExitCode::ok;
    };
  });
  auto page = group.add_subcommand("reference", "Print what plugins can call, as a page in Markdown");
  page.callback([&invocation] {
    invocation.action = [&invocation] {
      invocation.outside.out << plugin::reference::page();
      return ExitCode::ok;
    };
  });
}

}  // namespace omegate::app
