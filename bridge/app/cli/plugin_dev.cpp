#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "bridge/app/cli/plugin_verbs.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* examples =
    "Examples:\n"
    "  omegate plugin dev dice\n"
    "  omegate plugin dev dice --set '{\"greeting\": \"Hi\"}'\n"
    "\n"
    "What you type is said to the plugin. Besides:\n"
    "  bob> hello        somebody else says it; bob (verified)> hello: with such a key\n"
    "  (reply) hello     an answer to the last message; (reaction) 👍 reacts to it\n"
    "  + 2h              two hours go by\n"
    "  POST /path {}     a request to one of its hooks, PUT /path {} to one of its endpoints\n"
    "  fetch NAME GET /path -> 200 {}   what the host NAME answers when the plugin asks it\n"
    "  role admin: you bob              who has a role; nobody behind the colon: nobody has it\n"
    "  program restart <unit:nginx|postfix>: Restarts it   a program on the operator's list\n"
    "  run restart nginx -> 0 done      how it ends when the plugin has it run; nothing is run\n"
    "  topic:orders> {}  another plugin publishes that\n"
    "\n"
    "Its files are watched: when one changes, the plugin is loaded again and keeps what it kept. Nothing "
    "leaves this\n"
    "machine but requests to hosts named with --fetch, and nothing stays when you end it with Ctrl-D.";

constexpr const char* who_you_are = "you";

/// How often the files are looked at while nobody types. Unit: milliseconds.
constexpr int watch_pause = 300;

fs::file_time_type newest(const fs::path& folder) {
  fs::file_time_type time{};
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) time = std::max(time, entry.last_write_time());
  }
  return time;
}

class Console {
 public:
  Console(Invocation& invocation, fs::path folder, std::string config, std::vector<std::string> hosts)
      : invocation_(invocation), folder_(std::move(folder)), config_(std::move(config)), hosts_(std::move(hosts)) {}

  ExitCode run() {
    reload();
    std::string line;
    while (wait_for(line)) {
      reload_if_changed();
      if (!line.empty()) obey(line);
    }
    return stage_ ? ExitCode::ok : ExitCode::failed;
  }

 private:
  /// False at the end of the input. In a terminal the files are watched meanwhile, and time goes by.
  bool wait_for(std::string& line) {
    Outside& outside = invocation_.outside;
    if (outside.asks) {
      outside.out << "> " << std::flush;
      pollfd input{STDIN_FILENO, POLLIN, 0};
      while (outside.in.rdbuf()->in_avail() <= 0 && poll(&input, 1, watch_pause) == 0) {
        reload_if_changed();
        let_time_pass();
      }
    }
    return static_cast<bool>(std::getline(outside.in, line));
  }

  void let_time_pass() {
    const WallTime now = invocation_.outside.now();
    const auto passed = now - looked_at_;
    looked_at_ = now;
    if (stage_ && passed.count() > 0) show(stage_->passes(passed));
  }

  void reload_if_changed() {
    if (newest(folder_) == loaded_) return;
    invocation_.screen.line("(changed)");
    reload();
  }

  /// While it is broken there is no stage; what it kept is lost with a configuration that does not fit any
  /// more.
  void reload() {
    loaded_ = newest(folder_);
    looked_at_ = invocation_.outside.now();
    std::string error;
    try {
      if (!stage_ || !same_manifest()) make_stage();
      error = stage_->load();
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    if (error.empty()) return invocation_.screen.line("(loaded)");
    stage_.reset();
    complain("does not load: " + error);
  }

  bool same_manifest() const { return fs::last_write_time(folder_ / "plugin.yaml") == manifest_; }

  void make_stage() {
    manifest_ = fs::last_write_time(folder_ / "plugin.yaml");
    stage_ = std::make_unique<gateway::PluginStage>(install_for_stage(folder_, config_, {}),
                                                    invocation_.outside.installation.worker, looked_at_);
    stage_->set_up(roles_, programs_);
    for (const auto& host : hosts_) {
      const auto sign = host.find('=');
      if (sign == host.npos) throw UsageError("--fetch: expected NAME=URL, found " + host);
      stage_->fetches_really(host.substr(0, sign), host.substr(sign + 1));
    }
  }

  /// A line is a step of a script, or one of its settings; without any sign it is said by whoever sits here.
  void obey(const std::string& line) {
    const bool sets_up = is_role(line) || is_program(line);
    if (!stage_ && !sets_up) return complain("it is not loaded; change its files");
    try {
      const bool has_sign = sets_up || line.starts_with('+') || line.starts_with("POST ") || line.starts_with("PUT /") || is_answer(line) || is_somebody_else(line);
      const std::string step = has_sign ? line : std::string(who_you_are) + " (verified)> " + line;
      let_time_pass();
      const gateway::ScriptCase script = gateway::parse_script("== console\n" + step, "console").front();
      if (sets_up) return set_up(script);
      perform(script.steps);
    } catch (const std::exception& failure) {
      complain(failure.what());
    }
  }

  /// As the operator would say it in the config: the plugin is loaded again, and keeps what it kept.
  void set_up(const gateway::ScriptCase& settings) {
    for (const auto& [role, people] : settings.roles) roles_[role] = people;
    for (const plugin::Program& program : settings.programs) {
      std::erase_if(programs_, [&](const plugin::Program& known) { return known.name == program.name; });
      programs_.push_back(program);
    }
    if (stage_) stage_->set_up(roles_, programs_);
    reload();
  }

  static bool is_answer(const std::string& line) {
    return (line.starts_with("fetch ") || line.starts_with("run ")) && line.find(" -> ") != line.npos;
  }

  /// "role admin: you", and not "role of the admins: …", which somebody may say.
  static bool is_role(const std::string& line) {
    const auto colon = line.find(':');
    return line.starts_with("role ") && colon != line.npos && line.find(' ', 5) > colon;
  }

  /// "program tick", "program tick: …", "program tick <…", and no whole sentence.
  static bool is_program(const std::string& line) {
    if (!line.starts_with("program ")) return false;
    const auto end = line.find_first_of(" :", 8);
    return end == line.npos || line[end] == ':' || line.find('<', end) == line.find_first_not_of(' ', end);
  }

  /// "bob> …", "bob (verified)> …"
  static bool is_somebody_else(const std::string& line) {
    const auto sign = line.find('>');
    if (sign == line.npos || sign == 0) return false;
    const std::string who = line.substr(0, sign);
    const auto blank = who.find_first_of(" \t");
    if (blank == who.npos) return true;
    return blank > 0 && who.substr(blank).starts_with(" (") && who.ends_with(')') && who.find_first_of(" \t", blank + 1) == who.npos;
  }

  void perform(const std::vector<gateway::ScriptStep>& steps) {
    for (const auto& step : steps) show(gateway::happen(*stage_, step));
  }

  void show(const gateway::PluginStage::Played& played) {
    Screen& screen = invocation_.screen;
    for (const auto& line : played.log) screen.line("(log) " + line);
    for (const auto& message : played.sent) {
      const bool to_you = message.to == std::string(who_you_are) + "@example.org";
      screen.line(screen.tint(Tone::good, to_you ? "< " : message.to + "< ") + message.text);
    }
    for (const auto& error : played.errors) complain(error);
  }

  void complain(const std::string& text) {
    invocation_.outside.err << invocation_.screen.tint(Tone::bad, "! ") << text << std::endl;
  }

  Invocation& invocation_;
  fs::path folder_;
  std::string config_;
  std::vector<std::string> hosts_;
  plugin::Roles roles_;
  std::vector<plugin::Program> programs_;
  fs::file_time_type loaded_{}, manifest_{};
  WallTime looked_at_{};
  std::unique_ptr<gateway::PluginStage> stage_;
};

}  // namespace

void add_plugin_dev(Parser group, Invocation& invocation) {
  auto verb = group.add_subcommand("dev", "Talk with a plugin, without any account; its files are watched");
  auto word = std::make_shared<std::string>();
  auto config = std::make_shared<std::string>("{}");
  verb.add_option("PLUGIN", *word, "A folder, or the name of a shipped plugin").required();
  verb.add_option("--set", *config, "Its configuration as JSON").type_name("JSON");
  auto hosts = std::make_shared<std::vector<std::string>>();
  verb.add_option("--fetch", *hosts,
                  "A host that is really asked: the name it has in the plugin, and its URL")
      .type_name("NAME=URL");
  verb.footer(examples);
  verb.callback([&invocation, word, config, hosts] {
    invocation.action = [&invocation, word, config, hosts] {
      gateway::silence_log();
      return Console(invocation, plugin_folder(invocation, *word), *config, *hosts).run();
    };
  });
}

}  // namespace omegate::app
