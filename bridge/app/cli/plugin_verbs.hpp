// What the verbs about plugins share: a folder as a plugin that can be started, for authors and without any
// account.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"
#include "bridge/gateway/plugins/plugin_stage.hpp"

namespace omegate::app {

/// A folder, or the name of a shipped plugin. Throws `UsageError`: there is neither.
std::filesystem::path plugin_folder(const Invocation& invocation, const std::string& word);

/// The plugin of this folder with this configuration (JSON) and these secrets besides those that it names,
/// and an account "bot". Throws `std::runtime_error` with what does not fit.
plugin::Installed install_for_stage(const std::filesystem::path& folder, const std::string& config,
                                    std::vector<std::string> secrets);

void add_plugin_new(Parser group, Invocation& invocation);
void add_plugin_list(Parser group, Invocation& invocation);
void add_plugin_dev(Parser group, Invocation& invocation);
void add_plugin_reference(Parser group, Invocation& invocation);

}  // namespace omegate::app
