#include "bridge/gateway/trust/approvals.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/plugin/utf8.hpp"
#include "bridge/core/trust/limits.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/trust/notice.hpp"
#include "bridge/gateway/trust/phrases.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// All that wait, by their codes. Notes are sealed.
constexpr std::string_view note = "approvals";

struct Given {
  std::string peer, fingerprint;
};

struct Request {
  std::string code, plugin, conversation, payload, giver, text;
  unsigned need = 0;
  WallTime until{};
  std::vector<std::string> people{};
  std::vector<Given> given{};
};

json::array to_array(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::object to_json(const Request& request) {
  json::array given;
  for (const Given& each : request.given)
    given.push_back(json::object{{"peer", each.peer}, {"fingerprint", each.fingerprint}});
  return {{"code", request.code},       {"plugin", request.plugin}, {"conversation", request.conversation},
          {"payload", request.payload}, {"giver", request.giver},   {"text", request.text},
          {"need", request.need},       {"until_ms", to_ms(request.until)},
          {"people", to_array(request.people)}, {"given", std::move(given)}};
}

std::string text_of(const json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }

Request request_of(const json::object& object) {
  Request request{text_of(object, "code"),  text_of(object, "plugin"), text_of(object, "conversation"), text_of(object, "payload"),
                  text_of(object, "giver"), text_of(object, "text")};
  request.need = object.at("need").to_number<unsigned>();
  request.until = from_ms(object.at("until_ms").to_number<std::int64_t>());
  for (const json::value& each : object.at("people").as_array()) request.people.emplace_back(each.as_string());
  for (const json::value& each : object.at("given").as_array())
    request.given.push_back({text_of(each.as_object(), "peer"), text_of(each.as_object(), "fingerprint")});
  return request;
}

/// Those whose time is not over.
std::vector<Request> open_requests(store::Tables& tables, store::AccountId account, WallTime now) {
  std::vector<Request> open;
  const auto kept = tables.accounts.note(account, note);
  if (!kept) return open;
  const json::value all = json::parse(as_text(*kept));
  for (const json::value& each : all.as_array()) {
    Request request = request_of(each.as_object());
    if (request.until > now) open.push_back(std::move(request));
  }
  return open;
}

void keep(store::Tables& tables, store::AccountId account, const std::vector<Request>& requests) {
  json::array all;
  for (const Request& each : requests) all.push_back(to_json(each));
  tables.accounts.set_note(account, note, as_bytes(json::serialize(all)));
}

bool contains(const std::vector<std::string>& people, const std::string& jid) { return std::ranges::find(people, jid) != people.end(); }

/// Those whose word still counts: a key that was revoked since, or is verified no more, takes it along.
std::vector<std::string> agreed(store::Tables& tables, const Sender& self, const Request& request) {
  std::vector<std::string> people;
  const trust::View& view = tables.ledger.view();
  for (const Given& each : request.given) {
    const auto key = omemo::parse_fingerprint(each.fingerprint);
    const bool counts = key && view.level(self.jid, each.peer, *key) == trust::Level::verified &&
                        view.decide(self.jid, each.peer, *key) == trust::Decision::allow;
    if (counts) people.push_back(each.peer);
  }
  return people;
}

/// Why a word of theirs does not count; empty: it does.
std::string objection(Language language, const Approver& approver) {
  if (approver.level != trust::Level::verified) return not_trusted_enough(language, trust::name(trust::Level::verified));
  if (approver.shared) return could_be_forged(language);
  return {};
}

void record(store::Tables& tables, const Sender& self, Request& request, const Approver& approver, WallTime now) {
  trust::Entry entry;
  entry.actor = approver.peer;
  entry.account = self.jid;
  entry.peer = approver.peer;
  entry.device = approver.device;
  entry.key = approver.key;
  entry.fact = trust::Fact::approval;
  entry.value = request.code;
  const std::string reason = (approver.peer == request.giver ? "gave it" : "approved what " + request.giver + " gave") + " (plugin " +
                             request.plugin + ", " + std::to_string(request.given.size() + 1) + " of " +
                             std::to_string(request.need) + "): " + request.text;
  entry.reason = plugin::cut_utf8(reason, trust::max_text);  // whoever gives the command chooses how long it is
  tables.ledger.append(entry, now);
  request.given.push_back({approver.peer, omemo::fingerprint(approver.key, omemo::FingerprintStyle::plain)});
}

Approver giver_of(const plugin::Message& message) {
  Approver giver{message.from, message.device};
  const auto key = omemo::parse_fingerprint(message.fingerprint);
  if (key) giver.key = *key;
  const bool counts = key && message.encrypted && message.trust == plugin::TrustLevel::verified;
  giver.level = counts ? trust::Level::verified : trust::Level::undecided;
  giver.shared = message.shared;
  return giver;
}

std::string new_code(Random& random) {
  std::array<Byte, 4> code{};
  random.fill(code);
  return crypto::to_hex(code);
}

/// The command is an event like others from here on; the same row would come of it twice if it were asked for twice.
void carry(store::Tables& tables, const Sender& self, const Request& request, std::vector<std::string> people, WallTime now) {
  auto message = plugin::parse_message(request.payload).value();
  message.approved_by = std::move(people);
  tables.inbox.add({self.account, request.plugin, request.conversation, "message", to_bytes(plugin::payload(message)), {}}, now);
  log_info("command.approved", {{"account", self.jid}, {"plugin", request.plugin}, {"code", request.code}, {"from", request.giver}});
}

}  // namespace

void ask_for_approval(store::Tables& tables, const Sender& self, Language language, const std::string& plugin,
                      const store::DueEvent& row, const ApprovalWanted& wanted, Random& random, WallTime now) {
  auto open = open_requests(tables, self.account, now);
  const std::string& from = wanted.message.from;
  if (open.size() >= max_open_requests) {
    add_notice(tables, self, from, too_many_requests(language), random, now);
    return;
  }
  Request request{new_code(random), plugin, row.conversation, plugin::payload(wanted.message), from, wanted.message.text};
  request.need = wanted.approvals.need;
  request.until = now + wanted.approvals.within;
  for (const std::string& each : wanted.people)
    if (const auto jid = xmpp::Jid::parse(each)) request.people.push_back(jid->bare().to_string());
  const Approver giver = giver_of(wanted.message);
  if (contains(request.people, from) && objection(language, giver).empty()) record(tables, self, request, giver, now);
  const ApprovalWords words{request.code, from, request.text, request.given.size(), request.need, request.until};
  add_notice(tables, self, from, waits_for_approval(language, words), random, now);
  for (const std::string& each : request.people)
    if (each != from && has_allowed_device(tables, self, each, now))
      add_notice(tables, self, each, approve_this(language, words), random, now);
  open.push_back(std::move(request));
  keep(tables, self.account, open);
}

std::optional<std::string> decide_request(store::Tables& tables, const Sender& self, Language language, const Approver& approver,
                                          const std::string& code, bool yes, Random& random, WallTime now) {
  auto open = open_requests(tables, self.account, now);
  const auto found = std::ranges::find_if(
      open, [&](const Request& each) { return each.code == code && contains(each.people, approver.peer); });
  if (found == open.end()) return std::nullopt;
  if (auto why_not = objection(language, approver); !why_not.empty()) {
    log_warning("approval.refused", {{"account", self.jid}, {"from", approver.peer}, {"code", code}, {"shared", approver.shared},
                                     {"trust", trust::name(approver.level)}});
    return why_not;
  }
  if (!yes) {
    const Request request = std::move(*found);
    open.erase(found);
    keep(tables, self.account, open);
    log_info("command.denied", {{"account", self.jid}, {"by", approver.peer}, {"code", code}});
    if (request.giver != approver.peer) add_notice(tables, self, request.giver, was_denied(language, request.text, approver.peer), random, now);
    return was_denied(language, request.text, approver.peer);
  }
  if (const auto so_far = agreed(tables, self, *found); contains(so_far, approver.peer)) {
    const ApprovalWords words{code, found->giver, found->text, so_far.size(), found->need, found->until};
    return counted(language, words);
  }
  std::erase_if(found->given, [&](const Given& each) { return each.peer == approver.peer; });  // by a key that counts no more
  record(tables, self, *found, approver, now);
  auto people = agreed(tables, self, *found);
  const ApprovalWords words{code, found->giver, found->text, people.size(), found->need, found->until};
  if (people.size() >= found->need) {
    carry(tables, self, *found, std::move(people), now);
    open.erase(found);
  }
  keep(tables, self.account, open);
  return counted(language, words);
}

}  // namespace omegate::gateway
