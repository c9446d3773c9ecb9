#include "bridge/app/cli/ledger_verbs.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/key_list.hpp"
#include "bridge/app/cli/ledger_file.hpp"
#include "bridge/app/limits.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/date_time.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

struct LedgerOptions {
  std::string account, jid, key, fact, since, until, why, file, kept;
  std::vector<std::string> which;
  int limit = default_list_rows;
  std::int64_t before = 0;
};

/// "2h", "7d", "90m", "30s" ago; or a date as in "2026-03-01" or "2026-03-01T12:00:00Z".
std::int64_t time_of(const std::string& text, WallTime now) {
  constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  constexpr std::size_t longest = 6;
  const bool digits =
      text.size() > 1 && text.size() <= longest && text.find_first_not_of("0123456789") == text.size() - 1;
  const std::pair<char, std::int64_t> units[] = {{'s', second}, {'m', minute}, {'h', hour}, {'d', day}};
  for (const auto& [letter, unit] : units)
    if (digits && text.back() == letter) return to_ms(now) - std::stoll(text) * unit;
  if (const auto time = xmpp::parse_time(text)) return to_ms(*time);
  if (const auto time = xmpp::parse_time(text + "T00:00:00Z")) return to_ms(*time);
  throw UsageError("\"" + text + "\" is no time; expected 30m, 2h, 7d, 2026-03-01 or 2026-03-01T12:00:00Z");
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += word;
  return all;
}

json::object given(std::initializer_list<std::pair<const char*, const std::string*>> texts) {
  json::object args;
  for (const auto& [name, value] : texts)
    if (!value->empty()) args[name] = *value;
  return args;
}

ExitCode log(Invocation& invocation, const LedgerOptions& options) {
  auto args = given(
      {{"account", &options.account}, {"jid", &options.jid}, {"key", &options.key}, {"fact", &options.fact}});
  args["limit"] = options.limit;
  const WallTime now = invocation.outside.now();
  if (options.before > 0) args["before"] = options.before;
  if (!options.since.empty()) args["since_ms"] = time_of(options.since, now);
  if (!options.until.empty()) args["until_ms"] = time_of(options.until, now);
  const auto answer = invocation.ask("trust.log", std::move(args));
  if (!invocation.printed_as_json(answer)) print_facts(invocation.screen, answer);
  return ExitCode::ok;
}

ExitCode explain(Invocation& invocation, const LedgerOptions& options) {
  const std::string which = joined(options.which);
  const auto answer = invocation.ask(
      "trust.explain", given({{"account", &options.account}, {"jid", &options.jid}, {"which", &which}}));
  if (!invocation.printed_as_json(answer)) print_explained(invocation.screen, answer);
  return ExitCode::ok;
}

std::ifstream open_file(const std::string& name) {
  std::ifstream stream(name, std::ios::binary);
  if (!stream) throw UsageError(name + ": " + std::strerror(errno));
  return stream;
}

ExitCode verify_file(Invocation& invocation, const std::string& name) {
  auto stream = open_file(name);
  const LedgerFile file = read_ledger_file(stream, name);
  json::object answer{{"ok", !file.fault},
                      {"rows", file.rows},
                      {"forgotten", file.forgotten},
                      {"head", crypto::to_hex(file.head.hash)},
                      {"first_signed_by", file.first_key},
                      {"signed_by", file.last_key}};
  if (file.fault)
    answer["first_bad"] = json::object{{"row", file.fault->seq}, {"what", trust::describe(*file.fault)}};
  if (!invocation.printed_as_json(answer)) print_ledger(invocation.screen, answer);
  return file.fault ? ExitCode::not_delivered : ExitCode::ok;
}

/// What `omegate trust checkpoint` printed, with --json or without.
json::object kept_checkpoint(const std::string& name) {
  auto stream = open_file(name);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  boost::system::error_code error;
  const auto value = json::parse(content, error);
  if (error || !value.is_object())
    throw UsageError(name + ": expected what `omegate trust checkpoint` printed");
  const auto& kept = value.get_object();
  trust::Checkpoint made;
  made.head.seq = static_cast<std::uint64_t>(number(kept, "row"));
  const auto hash = crypto::from_hex(text(kept, "hash")), key = crypto::from_hex(text(kept, "signed_by"));
  const auto signature = crypto::from_base64(text(kept, "signature"));
  const bool whole = hash && hash->size() == made.head.hash.size() && key &&
                     key->size() == made.signed_by.size() && signature &&
                     signature->size() == made.signature.size();
  if (whole) {
    std::copy(hash->begin(), hash->end(), made.head.hash.begin());
    std::copy(key->begin(), key->end(), made.signed_by.begin());
    std::copy(signature->begin(), signature->end(), made.signature.begin());
  }
  if (!whole || !trust::is_genuine(made))
    throw UsageError(name + ": its signature is not right; it was altered");
  return kept;
}

ExitCode verify(Invocation& invocation, const LedgerOptions& options) {
  if (!options.file.empty()) return verify_file(invocation, options.file);
  json::object args;
  if (!options.kept.empty()) {
    const auto kept = kept_checkpoint(options.kept);
    args = {{"row", number(kept, "row")}, {"hash", text(kept, "hash")}};
  }
  const auto answer = invocation.ask("trust.verify", std::move(args));
  const bool ok = flag(answer, "ok");
  if (!invocation.printed_as_json(answer)) print_ledger(invocation.screen, answer);
  return ok ? ExitCode::ok : ExitCode::not_delivered;
}

/// Page by page: a long ledger needs no memory.
void write_export(Invocation& invocation, std::ostream& out, std::uint64_t& rows) {
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page = invocation.ask("trust.export", {{"after", after}, {"limit", max_list_rows}});
    if (after == 0) out << json::serialize(ledger_header(text(page, "signed_by"))) << '\n';
    const auto found = objects(page, "rows");
    for (const auto& row : found) out << json::serialize(row) << '\n';
    if (!found.empty()) after = number(found.back(), "row");
    rows += found.size();
    more = flag(page, "more") && !found.empty();
    if (invocation.outside.asks && more) invocation.outside.err << '\r' << rows << " rows" << std::flush;
  }
}

ExitCode export_ledger(Invocation& invocation, const LedgerOptions& options) {
  std::uint64_t rows = 0;
  if (options.file.empty() || options.file == "-") {
    write_export(invocation, invocation.outside.out, rows);
    return ExitCode::ok;
  }
  std::ofstream out(options.file, std::ios::binary | std::ios::trunc);
  if (!out) throw UsageError(options.file + ": " + std::strerror(errno));
  write_export(invocation, out, rows);
  out.close();
  if (!out) throw std::runtime_error(options.file + ": it could not be written; is the disk full?");
  invocation.screen.line(std::to_string(rows) + " rows written to " + options.file);
  return ExitCode::ok;
}

ExitCode checkpoint(Invocation& invocation) {
  // One line in both forms: it is made to be kept and compared.
  invocation.outside.out << json::serialize(invocation.ask("trust.checkpoint", {})) << '\n';
  return ExitCode::ok;
}

ExitCode rotate(Invocation& invocation, const LedgerOptions& options) {
  const auto answer = invocation.ask("trust.rotate", given({{"why", &options.why}}));
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  invocation.screen.line("row " + shown(answer, "row") + ": from the next row on " +
                         shown(answer, "signed_by") + " signs");
  return ExitCode::ok;
}

ExitCode forget(Invocation& invocation, const LedgerOptions& options) {
  const auto answer = invocation.ask(
      "trust.forget", given({{"account", &options.account}, {"jid", &options.jid}, {"why", &options.why}}));
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  invocation.screen.line(shown(answer, "rows") + " row(s) of the ledger and " + shown(answer, "devices") +
                         " device(s) are forgotten");
  if (number(answer, "in_clear") > 0)
    invocation.screen.line(shown(answer, "in_clear") +
                           " older row(s) were written by a version that sealed nothing: they stay readable");
  return ExitCode::ok;
}

using Options = std::shared_ptr<LedgerOptions>;

template <class Action>
Parser add(Parser trust, Invocation& invocation, const char* name, const char* about, const Options& options,
           Action action) {
  auto verb = trust.add_subcommand(name, about);
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, options, action] {
    invocation.action = [&invocation, options, action] { return action(invocation, *options); };
  });
  return verb;
}

void add_account(Parser verb, const Options& options) {
  verb.add_option("--account", options->account, "The account, if there are several").type_name("NAME");
}

void add_log(Parser trust, Invocation& invocation, const Options& options) {
  auto verb =
      add(trust, invocation, "log", "The ledger: what was seen and decided, newest first", options, &log);
  add_account(verb, options);
  verb.add_option("--jid", options->jid, "Only about this contact").type_name("JID");
  verb.add_option("--key", options->key, "Only about this key").type_name("FINGERPRINT");
  verb.add_option("--fact", options->fact, "Only of this kind")
      .one_of({"seen", "tofu", "trusted", "verified", "revoked", "undecided", "policy", "device_gone",
               "device_back", "changed_key", "restored", "signing_key", "forgot", "own_key", "set_aside",
               "taken_back", "approval", "forgotten"})
      .type_name("FACT");
  verb.add_option("--since", options->since, "Only from then on: 2h, 7d, 2026-03-01").type_name("TIME");
  verb.add_option("--until", options->until, "Only before then").type_name("TIME");
  verb.add_option("--limit", options->limit, "How many rows").range(1, max_list_rows).capture_default_str();
  verb.add_option("--before", options->before, "Only rows before this one").type_name("ROW");
}

}  // namespace

void add_trust_ledger(Parser trust, Invocation& invocation) {
  auto options = std::make_shared<LedgerOptions>();
  add_log(trust, invocation, options);
  auto explain_verb = add(trust, invocation, "explain",
                          "Why a key is used, or not: its facts, one after the other", options, &explain);
  add_account(explain_verb, options);
  explain_verb.add_option("KEY", options->which, "A fingerprint or a device id").required();
  explain_verb.add_option("--jid", options->jid, "Whose key it is, if several have it").type_name("JID");
  auto verify_verb = add(trust, invocation, "verify",
                         "Check every row's hash and signature; name the first bad one", options, &verify);
  verify_verb.add_option("FILE", options->file, "An exported ledger; none: the gateway's own");
  verify_verb
      .add_option("--checkpoint", options->kept, "Also: is this checkpoint, kept in a file, still in it?")
      .type_name("FILE");
  auto export_verb =
      add(trust, invocation, "export", "The whole ledger as signed JSON lines", options, &export_ledger);
  export_verb.add_option("FILE", options->file, "Where to; none or -: standard output");
  add(trust, invocation, "checkpoint",
      "A signed line to keep elsewhere: shows later whether the ledger was made anew", options,
      [](Invocation& i, const LedgerOptions&) { return checkpoint(i); });
  auto rotate_verb =
      add(trust, invocation, "rotate", "Have another key sign the ledger from now on", options, &rotate);
  rotate_verb.add_option("--why", options->why, "A note for the ledger").type_name("TEXT");
  auto forget_verb =
      add(trust, invocation, "forget",
          "Destroy all that the ledger says of a contact, its keys and sessions; cannot be undone", options,
          &forget);
  add_account(forget_verb, options);
  forget_verb.add_option("JID", options->jid, "The contact").required();
  forget_verb.add_option("--why", options->why, "A note for the ledger; it should not name the contact")
      .type_name("TEXT");
}

}  // namespace omegate::app
