#include "bridge/app/cli/import_verb.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

#include "bridge/app/cli/key_list.hpp"
#include "bridge/app/cli/key_sources.hpp"
#include "bridge/app/cli/ledger_file.hpp"
#include "bridge/core/omemo/fingerprint.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate trust import 'xmpp:alice@example.org?omemo-sid-1338402117=7a68…'\n"
    "  omegate trust import alice.png                       # a photo or screenshot of her QR code (needs "
    "zbar-tools)\n"
    "  omegate trust import keys.txt --jid alice@example.org\n"
    "  omegate trust import ledger.jsonl --signed-by 93ab…  # decisions of another gateway, by `omegate trust export`\n"
    "  wl-paste | omegate trust import - --jid alice@example.org --why \"read out on the phone\"\n"
    "\n"
    "A list may look as Conversations, Dino, Gajim or Profanity print it; an address in a line names whose "
    "the keys after "
    "it\n"
    "are. Keys of a URI or a QR code become verified, those of a list trusted, or verified with --verified. "
    "A key that "
    "was\n"
    "never seen is decided about in advance. An exported ledger is verified first, and has to be signed by the key "
    "that\n"
    "--signed-by names: `omegate trust verify` shows it there. What its people decided about keys of contacts is decided "
    "here,\n"
    "revocations too; policies are not taken over.";

struct ImportOptions {
  std::string account, source, jid, why, signed_by;
  bool verified = false;
};

struct Source {
  std::vector<NamedKey> keys;
  bool scanned = false;  // a URI or a picture: nobody copies those by hand
};

bool is_uri(const std::string& text) { return text.starts_with("xmpp:") || text.starts_with("https://"); }

std::string content_of(const std::string& file, Outside& outside) {
  if (file == "-") return {std::istreambuf_iterator<char>(outside.in), {}};
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw UsageError(file + ": " + std::strerror(errno) + "; expected a file, `-`, or an xmpp: URI");
  return {std::istreambuf_iterator<char>(stream), {}};
}

Source read_source(const std::string& named, Outside& outside) {
  if (is_uri(named)) return {keys_in_text(named), true};
  const std::string content = content_of(named, outside);
  if (is_picture(content)) return {keys_in_text(text_of_picture(named)), true};
  return {keys_in_text(content), is_uri(content)};
}

std::string owner_of(const NamedKey& key, const ImportOptions& options) {
  const std::string& owner = key.jid.empty() ? options.jid : key.jid;
  if (owner.empty())
    throw UsageError("the list does not say whose keys these are; name the owner with --jid");
  if (!options.jid.empty() && owner != options.jid)
    throw UsageError("there is a key of " + owner + " in it, not of " + options.jid +
                     "; nothing was imported");
  return owner;
}

struct ImportedDecision {
  std::string jid, fingerprint, why;
  trust::Level level = trust::Level::undecided;
};

/// What people decided in another ledger. Throws unless it is whole and of the expected key.
std::vector<ImportedDecision> decisions_in(std::istream& in, const ImportOptions& options) {
  const LedgerFile file = read_ledger_file(in, options.source);
  if (file.fault) throw std::runtime_error(options.source + ": " + trust::describe(*file.fault) + "; nothing was imported");
  if (options.signed_by != file.last_key)
    throw UsageError(options.source + " is signed by " + file.last_key +
                     "; compare that with `omegate trust verify` on the other gateway, then say --signed-by " +
                     file.last_key);
  std::vector<ImportedDecision> decisions;
  for (const std::string& account : file.view.accounts()) {
    for (const std::string& peer : file.view.peers(account)) {
      if (peer == account || (!options.jid.empty() && peer != options.jid)) continue;
      for (const auto& known : file.view.keys(account, peer)) {
        if (!known.decided_by_person || known.level == trust::Level::undecided) continue;
        decisions.push_back({peer, omemo::fingerprint(known.key, omemo::FingerprintStyle::plain),
                             "imported from ledger " + file.last_key.substr(0, 16) + ", there by " + known.changed_by +
                                 (known.reason.empty() ? "" : ": " + known.reason),
                             known.level});
      }
    }
  }
  return decisions;
}

bool stands_already(Invocation& invocation, const ImportOptions& options, const ImportedDecision& decision) {
  json::object args{{"jid", decision.jid}};
  if (!options.account.empty()) args["account"] = options.account;
  for (const auto& key : objects(invocation.ask("trust.list", std::move(args)), "keys"))
    if (text(key, "fingerprint") == decision.fingerprint && text(key, "level") == trust::name(decision.level)) return true;
  return false;
}

ExitCode import_ledger(Invocation& invocation, const ImportOptions& options, std::istream& in) {
  json::array keys;
  std::size_t known = 0;
  for (const auto& decision : decisions_in(in, options)) {  // all are verified before any is decided
    if (stands_already(invocation, options, decision)) {
      ++known;
      continue;
    }
    const bool revokes = decision.level == trust::Level::revoked;
    json::object args{{"jid", decision.jid}, {"which", decision.fingerprint}, {"why", decision.why}};
    if (!options.account.empty()) args["account"] = options.account;
    if (!revokes) args["level"] = trust::name(decision.level);
    const auto answer = invocation.ask(revokes ? "trust.revoke" : "trust.approve", std::move(args));
    for (const auto& key : objects(answer, "keys")) keys.push_back(key);
  }
  const std::size_t changed = keys.size();
  const json::object all{{"keys", std::move(keys)}, {"known", known}};
  if (invocation.printed_as_json(all)) return ExitCode::ok;
  print_keys(invocation.screen, objects(all, "keys"));
  invocation.screen.line(std::to_string(changed) + " decision(s) imported, " + std::to_string(known) + " stood already");
  return ExitCode::ok;
}

bool starts_as_ledger(const std::string& source) {
  if (source == "-" || is_uri(source)) return false;
  std::ifstream stream(source, std::ios::binary);
  std::string start(64, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  return is_ledger_file(start);
}

ExitCode import_keys(Invocation& invocation, const ImportOptions& options) {
  if (starts_as_ledger(options.source)) {
    std::ifstream stream(options.source, std::ios::binary);
    return import_ledger(invocation, options, stream);
  }
  const Source source = read_source(options.source, invocation.outside);
  if (source.keys.empty()) throw UsageError("there is no OMEMO key in it: expected 64 hex digits per key");
  std::vector<std::pair<std::string, std::string>> wanted;  // all are looked at before any is decided
  for (const auto& key : source.keys)
    wanted.emplace_back(owner_of(key, options), omemo::fingerprint(key.key, omemo::FingerprintStyle::plain));
  json::array keys;
  std::int64_t released = 0;
  for (const auto& [jid, print] : wanted) {
    json::object args{
        {"jid", jid}, {"which", print}, {"why", options.why.empty() ? "imported" : options.why}};
    args["level"] = options.verified || source.scanned ? "verified" : "trusted";
    if (!options.account.empty()) args["account"] = options.account;
    const auto answer = invocation.ask("trust.approve", std::move(args));
    for (const auto& key : objects(answer, "keys")) keys.push_back(key);
    released += number(answer, "released");
  }
  const json::object all{{"keys", std::move(keys)}, {"released", released}};
  if (invocation.printed_as_json(all)) return ExitCode::ok;
  print_keys(invocation.screen, objects(all, "keys"));
  invocation.screen.line(
      std::to_string(wanted.size()) + " key(s) imported" +
      (released > 0 ? "; " + std::to_string(released) + " held message(s) go out now" : ""));
  return ExitCode::ok;
}

}  // namespace

void add_trust_import(Parser trust, Invocation& invocation) {
  auto verb = trust.add_subcommand("import",
                                   "Trust the keys of a URI, a QR code's picture, a list, or another ledger");
  auto options = std::make_shared<ImportOptions>();
  verb.add_option("SOURCE", options->source,
                  "An xmpp: URI, a picture, a text file, an exported ledger, or `-`")
      .required();
  verb.add_option("--signed-by", options->signed_by, "Whose ledger: 64 hex digits").type_name("KEY");
  verb.add_option("--jid", options->jid, "Whose keys they are").type_name("JID");
  verb.add_option("--account", options->account, "The account, if there are several").type_name("NAME");
  verb.add_option("--why", options->why, "A note for the ledger").type_name("TEXT");
  verb.add_flag("--verified", options->verified, "You compared them, or know where the list comes from");
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return import_keys(invocation, *options); };
  });
}

}  // namespace omegate::app
