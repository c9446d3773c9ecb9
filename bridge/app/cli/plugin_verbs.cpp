#include "bridge/app/cli/plugin_verbs.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

#include "bridge/edge/config/manifest.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/plugins/plugin_check.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* about_plugins =
    "Examples:\n"
    "  omegate plugin new dice             # a folder with a plugin that works, and its test\n"
    "  omegate plugin dev dice             # talk with it, without any account\n"
    "  omegate plugin test dice            # play its *.chat files\n"
    "  omegate plugin show remind          # what it is, what it may, how it is configured, what it costs while it runs";

constexpr const char* test_examples =
    "Examples:\n"
    "  omegate plugin test dice\n"
    "  omegate plugin test plugins/*       # all of them\n"
    "\n"
    "Plays the conversations in the plugin's *.chat files, each case in a world of its own: the plugin runs "
    "in its\n"
    "sandbox, accounts and clock are made up. Exit code 1 if something was not as expected.";

constexpr const char* check_examples =
    "Examples:\n"
    "  omegate plugin check dice\n"
    "  omegate plugin check guard --set '{\"room\": \"ops@example.org\"}'\n"
    "\n"
    "Finds what is wrong before anything happens: manifest, syntax, registrations, time zones. What handlers do is\n"
    "for `omegate plugin test`.";

constexpr const char* no_config = "{}";
constexpr const char* misfit = "its configuration does not fit: ";

std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  return text;
}

std::vector<fs::path> sorted(std::vector<fs::path> paths) {
  std::ranges::sort(paths);
  return paths;
}

std::vector<fs::path> scripts_in(const fs::path& folder) {
  std::vector<fs::path> scripts;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".chat") scripts.push_back(entry.path());
  }
  return sorted(std::move(scripts));
}

/// Says how each case went; how many did not as expected.
int play_file(Invocation& invocation, const fs::path& folder, const fs::path& file, int& played) {
  const auto make_stage = [&](const gateway::ScriptCase& script) {
    auto installed = install_for_stage(folder, script.config, script.secrets);
    installed.roles = script.roles;
    installed.programs = script.programs;
    auto stage = std::make_unique<gateway::PluginStage>(std::move(installed),
                                                        invocation.outside.installation.worker, script.start);
    if (const auto error = stage->load(); !error.empty()) throw std::runtime_error("does not load: " + error);
    return stage;
  };
  int failed = 0;
  for (const auto& script : gateway::parse_script(read_file(file), file.string())) {
    std::optional<std::string> wrong;
    try {
      wrong = gateway::play(script, file.string(), make_stage);
    } catch (const std::exception& failure) {
      wrong = file.string() + ":" + std::to_string(script.line) + ": " + failure.what();
    }
    ++played;
    if (wrong) ++failed;
    Screen& screen = invocation.screen;
    screen.line(screen.tint(wrong ? Tone::bad : Tone::good, wrong ? "failed" : "ok") + "  " + script.name);
    if (wrong) invocation.outside.err << *wrong << '\n';
  }
  return failed;
}

ExitCode test(Invocation& invocation, const std::vector<std::string>& words) {
  gateway::silence_log();
  int played = 0, failed = 0;
  for (const auto& word : words) {
    const auto folder = plugin_folder(invocation, word);
    for (const auto& file : scripts_in(folder)) failed += play_file(invocation, folder, file, played);
  }
  if (played == 0) throw std::runtime_error("there are no tests: no *.chat file with a case in it");
  invocation.screen.line(std::to_string(played) + " played, " + std::to_string(failed) + " failed");
  return failed == 0 ? ExitCode::ok : ExitCode::failed;
}

ExitCode check(Invocation& invocation, const std::vector<std::string>& words, const std::string& config) {
  gateway::silence_log();
  ExitCode code = ExitCode::ok;
  for (const auto& word : words) {
    const auto folder = plugin_folder(invocation, word);
    std::string error;
    try {
      const auto installed = install_for_stage(folder, config, {});
      error = gateway::check_plugin_loads(installed, invocation.outside.installation.worker);
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    if (error.empty()) {
      invocation.screen.line(invocation.screen.tint(Tone::good, "ok") + "  " + folder.string());
    } else {
      invocation.outside.err << folder.string() << ": " << error << '\n';
      if (config == no_config && error.starts_with(misfit)) invocation.outside.err << "  give it one: omegate plugin check " << word << " --set '{…}'\n";
      code = ExitCode::failed;
    }
  }
  return code;
}

struct Words {
  std::vector<std::string> plugins;
  std::string config = no_config;
};

void add_test(Parser group, Invocation& invocation) {
  auto verb = group.add_subcommand("test", "Play a plugin's tests");
  auto words = std::make_shared<Words>();
  verb.add_option("PLUGIN", words->plugins, "Folders, or names of shipped plugins").required();
  verb.footer(test_examples);
  verb.callback([&invocation, words] {
    invocation.action = [&invocation, words] { return test(invocation, words->plugins); };
  });
}

void add_plugin_check(Parser group, Invocation& invocation) {
  auto verb = group.add_subcommand("check", "Read a plugin and load it once, in its sandbox");
  auto words = std::make_shared<Words>();
  verb.add_option("PLUGIN", words->plugins, "Folders, or names of shipped plugins").required();
  verb.add_option("--set", words->config, "Its configuration as JSON").type_name("JSON");
  verb.footer(check_examples);
  verb.callback([&invocation, words] {
    invocation.action = [&invocation, words] { return check(invocation, words->plugins, words->config); };
  });
}

}  // namespace

fs::path plugin_folder(const Invocation& invocation, const std::string& word) {
  if (fs::exists(fs::path(word) / "plugin.yaml")) return fs::path(word).lexically_normal();
  const auto shipped = invocation.outside.installation.plugins_dir / word;
  if (word.find('/') == word.npos && fs::exists(shipped / "plugin.yaml")) return shipped;
  throw UsageError("there is no plugin.yaml in " + word +
                   ", and no shipped plugin of this name; `omegate plugin list` lists them");
}

plugin::Installed install_for_stage(const fs::path& folder, const std::string& config,
                                    std::vector<std::string> secrets) {
  plugin::Installed installed;
  installed.folder = folder;
  installed.manifest = config::read_manifest(folder / "plugin.yaml");
  installed.config = plugin::check_config(installed.manifest.config, config);
  installed.accounts = {"bot"};
  for (const auto& name : installed.config.accounts) {
    if (std::ranges::find(installed.accounts, name) == installed.accounts.end())
      installed.accounts.push_back(name);
  }
  installed.secrets = std::move(secrets);
  installed.secrets.insert(installed.secrets.end(), installed.config.secrets.begin(),
                           installed.config.secrets.end());
  installed.hosts = installed.manifest.grants.fetch;
  installed.hosts.insert(installed.hosts.end(), installed.config.hosts.begin(), installed.config.hosts.end());
  std::string problems;
  for (const auto& problem : plugin::check(installed))
    problems += (problems.empty() ? "" : "\n") + plugin::to_text(problem);
  if (!problems.empty()) throw std::runtime_error(misfit + problems);
  return installed;
}

void add_plugin(Parser parser, Invocation& invocation) {
  auto group = parser.add_subcommand("plugin", "Write, test and look at plugins");
  group.require_one_subcommand();
  group.footer(about_plugins);
  add_plugin_new(group, invocation);
  add_plugin_dev(group, invocation);
  add_test(group, invocation);
  add_plugin_check(group, invocation);
  add_plugin_list(group, invocation);
  add_plugin_reference(group, invocation);
}

}  // namespace omegate::app
