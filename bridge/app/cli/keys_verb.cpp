#include <fstream>
#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/keys_page.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/edge/qr/qr_code.hpp"
#include "bridge/edge/qr/qr_png.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate keys                     # compare with what your client shows, or scan the code with it\n"
    "  omegate keys --html keys.html    # a page to publish, with code and digits as each client shows them\n"
    "  omegate keys --png bot.png       # the code alone; --svg for paper\n"
    "  omegate keys --uri --account bot\n"
    "  omegate keys rotate --html keys.html    # another key, and the page that shows it";

constexpr const char* rotate_examples =
    "Examples:\n"
    "  omegate keys rotate --why \"once a year\" --html keys.html\n"
    "  omegate keys rotate --stolen --why \"the disk is gone\"\n"
    "\n"
    "Contacts are told the next key in a message that the present one encrypts, to the devices that may read it. When that is\n"
    "on its way, after ten minutes at most, the present key is destroyed and the next one is published in its place.\n"
    "Contacts whose clients ask have to accept it: publish the page again. What is written to the old key meanwhile\n"
    "cannot be read; its sender is told. After a theft change the password of the account, `omegate key rotate` and\n"
    "`omegate trust rotate` as well: that disk had them, too.";

struct KeysOptions {
  std::string account, svg, png, html, why;
  bool stolen = false;
  bool uri = false;
  bool no_qr = false;
};

void print(Screen& screen, const json::object& own, const KeysOptions& options) {
  const auto fingerprint = text(own, "fingerprint");
  const auto uri = uri_of(own);
  screen.line(screen.tint(Tone::heading, shown(own, "jid")) + " (account " + shown(own, "account") +
              "), device " + shown(own, "device"));
  screen.line("  OMEMO and OMEMO 2  " + in_groups(fingerprint) + "  (Conversations, Dino, Gajim, …)");
  screen.line("  in Profanity       " + in_groups(fingerprint, '-'));
  screen.line("  trust messages     " + in_groups(text(own, "ed25519")) + "  (the same key in Edwards form)");
  screen.line("  URI                " + uri);
  if (has(own, "next"))
    screen.line("  next               device " + shown(part(own, "next"), "device") + ", " +
                in_groups(text(part(own, "next"), "fingerprint")) + "; in force within minutes");
  if (options.no_qr) return;
  screen.line();
  screen.line(qr::to_terminal(qr::QrCode(uri), screen.colours()));
}

void write_file(const std::string& file, const std::string& content) {
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw std::runtime_error(file + ": cannot be written");
}

qr::QrCode code_of(const std::vector<json::object>& accounts) {
  if (accounts.size() != 1) throw UsageError("one image shows one account; name it with --account");
  return qr::QrCode(uri_of(accounts.front()));
}

/// What was written.
std::string write_files(const std::vector<json::object>& accounts, const KeysOptions& options, const Screen& screen,
                        WallTime now) {
  if (!options.svg.empty()) write_file(options.svg, qr::to_svg(code_of(accounts)));
  if (!options.png.empty()) write_file(options.png, qr::to_png(code_of(accounts)));
  if (!options.html.empty()) write_file(options.html, keys_page(accounts, screen.time(to_ms(now)).substr(0, 10)));
  std::string written;
  for (const auto& file : {options.svg, options.png, options.html})
    if (!file.empty()) written += (written.empty() ? "" : ", ") + file;
  return written;
}

ExitCode rotate(Invocation& invocation, const KeysOptions& options) {
  json::object args{{"stolen", options.stolen}};
  if (!options.account.empty()) args["account"] = options.account;
  if (!options.why.empty()) args["why"] = options.why;
  const auto answer = invocation.ask("keys.rotate", std::move(args));
  const auto accounts = objects(invocation.ask("keys", {{"account", text(answer, "account")}}), "accounts");
  const auto written = write_files(accounts, options, invocation.screen, invocation.outside.now());
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  Screen& screen = invocation.screen;
  const auto next = part(answer, "next");
  screen.line(screen.tint(Tone::heading, shown(answer, "jid")) + " (account " + shown(answer, "account") + ") becomes device " +
              shown(next, "device"));
  screen.line("  " + in_groups(text(next, "fingerprint")));
  screen.line(shown(answer, "told") + " contact(s) are being told with the present key. The next one is in force when they were, "
              "in ten minutes at the latest.");
  screen.line(written.empty() ? "Then publish its page: omegate keys --html keys.html"
                              : "written, with both keys: " + written + "; write it again when the next one is in force");
  return ExitCode::ok;
}

ExitCode keys(Invocation& invocation, const KeysOptions& options) {
  json::object args;
  if (!options.account.empty()) args["account"] = options.account;
  const auto answer = invocation.ask("keys", std::move(args));
  const auto accounts = objects(answer, "accounts");
  const auto written = write_files(accounts, options, invocation.screen, invocation.outside.now());
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  if (!written.empty()) {
    invocation.screen.line("written: " + written);
    return ExitCode::ok;
  }
  for (const auto& own : accounts) {
    if (options.uri) {
      invocation.screen.line(uri_of(own));
    } else {
      print(invocation.screen, own, options);
    }
  }
  return ExitCode::ok;
}

void add_files(Parser verb, KeysOptions& options) {
  verb.add_option("--svg", options.svg, "Write the QR code as an image").type_name("FILE");
  verb.add_option("--png", options.png, "The same as PNG").type_name("FILE");
  verb.add_option("--html", options.html, "Write a web page with code and fingerprints, to publish")
      .type_name("FILE");
}

void add_rotate(Parser keys_verb, Invocation& invocation) {
  auto verb = keys_verb.add_subcommand(
      "rotate", "Give an account another key, and tell its contacts with the present one");
  auto options = std::make_shared<KeysOptions>();
  verb.add_option("--account", options->account, "The account, if there are several").type_name("NAME");
  verb.add_option("--why", options->why, "A note for the ledger").type_name("TEXT");
  verb.add_flag("--stolen", options->stolen, "Say that the present key may be in other hands");
  add_files(verb, *options);
  add_gateway_options(verb, invocation);
  verb.footer(rotate_examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return rotate(invocation, *options); };
  });
}

}  // namespace

void add_keys(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("keys", "Show our own fingerprints, for others to compare or scan");
  auto options = std::make_shared<KeysOptions>();
  verb.add_option("--account", options->account, "Only this account").type_name("NAME");
  add_files(verb, *options);
  verb.add_flag("--uri", options->uri, "Print only the xmpp: URI");
  verb.add_flag("--no-qr", options->no_qr, "Leave out the QR code");
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  add_rotate(verb, invocation);
  verb.callback([&invocation, verb, options] {
    if (verb.subcommand_was_named()) return;  // theirs
    invocation.action = [&invocation, options] { return keys(invocation, *options); };
  });
}

}  // namespace omegate::app
