#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "bridge/app/cli/file_transfer.hpp"
#include "bridge/app/limits.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr const char* about =
    "Files that people sent to the bot, and files that wait to be sent. What is \"offered\" lies with its "
    "sender still; `get` fetches it.\n"
    "\n"
    "Examples:\n"
    "  omegate file list\n"
    "  omegate file get 12                        # into this folder, under its own name\n"
    "  omegate file get 12 --output report.pdf\n"
    "  omegate file get 12 --output - | less\n"
    "  omegate file drop 12\n"
    "\n"
    "To send one: omegate send you@example.org --file report.pdf";

struct FileOptions {
  std::string file, output;
  int limit = default_list_rows;
  int timeout = 60;  // seconds
};

void print(Screen& screen, const json::object& answer) {
  Table table({"FILE", "STATE", "SIZE", "NAME", "FROM", "RECEIVED"});
  for (const auto& row : objects(answer, "rows")) {
    const std::string state = text(row, "state");
    table.add({{std::to_string(number(row, "id"))},
               {state, state == "failed" ? Tone::bad : Tone::plain},
               {size_text(static_cast<std::uint64_t>(number(row, "size")))},
               {text(row, "name")},
               {has(row, "from") ? text(row, "from") : "(ours)"},
               {screen.ago(number(row, "created_ms"))}});
  }
  table.print(screen);
  for (const auto& row : objects(answer, "rows")) {
    if (has(row, "reason")) screen.line("file " + std::to_string(number(row, "id")) + ": " + shown(row, "reason"));
  }
}

/// A new file at `path`, for us alone: nothing that is there is written over, no link is followed.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)) {
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0)
      throw UsageError("cannot make " + path_ + ": " + std::strerror(errno) + "; name another file with --output");
    ::close(descriptor);
    out_.open(path_, std::ios::binary);
  }
  ~NewFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  std::ostream& out() { return out_; }
  void keep() {
    out_.close();
    if (!out_) throw std::runtime_error(path_ + " cannot be written to its end; is the disk full?");
    path_.clear();
  }

 private:
  std::string path_;
  std::ofstream out_;
};

ExitCode get(Invocation& invocation, const FileOptions& options) {
  const auto file = invocation.ask("file.fetch", {{"file", options.file}, {"timeout_ms", std::int64_t{options.timeout} * 1000}});
  if (text(file, "state") != "here") {
    if (invocation.printed_as_json(file)) return ExitCode::failed;
    const std::string why = has(file, "reason") ? shown(file, "reason") : "it is still on its way; try again, or with a longer --timeout";
    invocation.outside.err << "omegate: the file is not here: " << why << '\n';
    return ExitCode::failed;
  }
  if (options.output == "-") {
    take_out(invocation, file, invocation.outside.out);
    return ExitCode::ok;
  }
  const std::string path = options.output.empty() ? text(file, "name") : options.output;
  NewFile written(path);
  take_out(invocation, file, written.out());
  written.keep();
  if (!invocation.printed_as_json(file))
    invocation.screen.line(path + ": " + size_text(static_cast<std::uint64_t>(number(file, "size"))));
  return ExitCode::ok;
}

Parser add_verb(Parser parser, Invocation& invocation, const char* word, const char* help,
                std::function<ExitCode()> action) {
  auto verb = parser.add_subcommand(word, help);
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, action = std::move(action)] { invocation.action = action; });
  return verb;
}

}  // namespace

void add_file(Parser parser, Invocation& invocation) {
  auto verbs = parser.add_subcommand("file", "Files that came, and files that are to be sent");
  verbs.footer(about);
  verbs.require_one_subcommand();
  auto options = std::make_shared<FileOptions>();
  auto list = add_verb(verbs, invocation, "list", "Which there are, newest first", [&invocation, options] {
    const auto answer = invocation.ask("file.list", {{"limit", options->limit}});
    if (!invocation.printed_as_json(answer)) print(invocation.screen, answer);
    return ExitCode::ok;
  });
  list.add_option("--limit", options->limit, "How many").range(1, max_list_rows).capture_default_str();
  auto take =
      add_verb(verbs, invocation, "get", "Write one to the disk, fetched first if it lies with its sender",
               [&invocation, options] { return get(invocation, *options); });
  take.add_option("FILE", options->file, "Its number, or its handle").required();
  take.add_option("--output", options->output,
                  "Where to; `-`: to standard output. Default: here, under its name")
      .type_name("PATH");
  take.add_option("--timeout", options->timeout, "How long to wait until it has been fetched")
      .range(1, static_cast<int>(std::chrono::seconds(max_send_wait).count()))
      .type_name("SECONDS")
      .capture_default_str();
  auto drop = add_verb(verbs, invocation, "drop", "Forget one, and delete what is here of it",
                       [&invocation, options] {
                         const auto answer = invocation.ask("file.drop", {{"file", options->file}});
                         if (!invocation.printed_as_json(answer))
                           invocation.screen.line("file " + shown(answer, "id") + ": dropped");
                         return ExitCode::ok;
                       });
  drop.add_option("FILE", options->file, "Its number, or its handle").required();
}

}  // namespace omegate::app
