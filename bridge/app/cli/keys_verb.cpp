#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/verification_uri.hpp"
#include "bridge/edge/qr/qr_code.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate keys                     # compare with what your client shows, or scan the code with it\n"
    "  omegate keys --svg bot.svg       # for a web page or a sheet of paper\n"
    "  omegate keys --uri --account bot";

struct KeysOptions {
  std::string account, svg;
  bool uri = false;
  bool no_qr = false;
};

std::string uri_of(const json::object& own) {
  const auto key = omemo::parse_fingerprint(text(own, "fingerprint"));
  const auto device = omemo::make_device_id(static_cast<std::uint64_t>(number(own, "device")));
  if (!key || !device) throw std::runtime_error("the gateway named no usable key for " + shown(own, "jid"));
  const omemo::DeviceFingerprint shown_device{*device, *key};
  return omemo::make_verification_uri(text(own, "jid"), std::span(&shown_device, 1));
}

void print(Screen& screen, const json::object& own, const KeysOptions& options) {
  const auto fingerprint = text(own, "fingerprint");
  const auto uri = uri_of(own);
  screen.line(screen.tint(Tone::heading, shown(own, "jid")) + " (account " + shown(own, "account") +
              "), device " + shown(own, "device"));
  screen.line("  OMEMO and OMEMO 2  " + in_groups(fingerprint) + "  (Conversations, Dino, Gajim, …)");
  screen.line("  in Profanity       " + in_groups(fingerprint, '-'));
  screen.line("  trust messages     " + in_groups(text(own, "ed25519")) + "  (the same key in Edwards form)");
  screen.line("  URI                " + uri);
  if (options.no_qr) return;
  screen.line();
  screen.line(qr::to_terminal(qr::QrCode(uri), screen.colours()));
}

void write_svg(const std::vector<json::object>& accounts, const std::string& file) {
  if (accounts.size() != 1) throw UsageError("one image shows one account; name it with --account");
  std::ofstream stream(file);
  stream << qr::to_svg(qr::QrCode(uri_of(accounts.front())));
  stream.close();
  if (!stream) throw std::runtime_error(file + ": cannot be written");
}

ExitCode keys(Invocation& invocation, const KeysOptions& options) {
  json::object args;
  if (!options.account.empty()) args["account"] = options.account;
  const auto answer = invocation.ask("keys", std::move(args));
  const auto accounts = objects(answer, "accounts");
  if (!options.svg.empty()) write_svg(accounts, options.svg);
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  for (const auto& own : accounts) {
    if (options.uri) {
      invocation.screen.line(uri_of(own));
    } else {
      print(invocation.screen, own, options);
    }
  }
  if (!options.svg.empty()) invocation.screen.line("written: " + options.svg);
  return ExitCode::ok;
}

}  // namespace

void add_keys(CLI::App& parser, Invocation& invocation) {
  auto* verb = parser.add_subcommand("keys", "Show our own fingerprints, for others to compare or scan");
  auto options = std::make_shared<KeysOptions>();
  verb->add_option("--account", options->account, "Only this account")->type_name("NAME");
  verb->add_option("--svg", options->svg, "Write the QR code as an image")->type_name("FILE");
  verb->add_flag("--uri", options->uri, "Print only the xmpp: URI");
  verb->add_flag("--no-qr", options->no_qr, "Leave out the QR code");
  add_gateway_options(*verb, invocation);
  verb->footer(examples);
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return keys(invocation, *options); };
  });
}

}  // namespace omegate::app
