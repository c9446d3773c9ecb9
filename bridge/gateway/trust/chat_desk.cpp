#include "bridge/gateway/trust/chat_desk.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/trust/explain.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "bridge/gateway/operator/why_words.hpp"
#include "bridge/gateway/trust/approvals.hpp"
#include "bridge/gateway/trust/phrases.hpp"
#include "bridge/gateway/trust/trust_decisions.hpp"

namespace omegate::gateway {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view help =
    "omegate trust list [JID]\n"
    "omegate trust approve JID KEY\n"
    "omegate trust revoke JID KEY\n"
    "omegate trust explain JID KEY\n"
    "omegate why JID\n"
    "omegate approve CODE, omegate deny CODE: of a request that was sent to you\n"
    "KEY: a fingerprint, a device id, or all (that are undecided)";

Words words_of(std::string_view text) {
  Words words;
  std::string word;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string plain(const crypto::PublicKey& key) {
  return omemo::fingerprint(key, omemo::FingerprintStyle::plain);
}

std::string needed_jid(const Words& words, std::size_t index) {
  const auto jid = words.size() > index ? xmpp::Jid::parse(words[index]) : xmpp::Error::bad_jid;
  if (!jid) throw OperatorError("bad_argument", "whose key?", std::string(help));
  return jid->bare().to_string();
}

/// A fingerprint may be written in groups.
std::string needed_key(const Words& words, std::size_t index) {
  std::string key;
  for (std::size_t i = index; i < words.size(); ++i) key += words[i];
  if (key.empty()) throw OperatorError("bad_argument", "which key?", std::string(help));
  return key;
}

/// One order of an admin.
class Order {
 public:
  Order(store::Tables& tables, const Sender& self, const Speaker& speaker, WallTime now)
      : tables_(tables), self_(self), speaker_(speaker), now_(now) {}

  std::string obey(const Words& words) {
    const std::string group = words.size() > 1 ? lower(words[1]) : "";
    const std::string verb = words.size() > 2 ? lower(words[2]) : "";
    if (group == "why") return why(words.size() > 2 ? needed_jid(words, 2) : speaker_.peer);
    if (group == "trust" && verb == "list") return list(words.size() > 3 ? needed_jid(words, 3) : "");
    if (group == "trust" && verb == "approve") return decide(words, trust::Fact::trusted);
    if (group == "trust" && verb == "revoke") return decide(words, trust::Fact::revoked);
    if (group == "trust" && verb == "explain") return explain(needed_jid(words, 3), needed_key(words, 4));
    return std::string(help);
  }

 private:
  std::string line_about(const std::string& peer, const trust::KnownKey& key) const {
    const auto decision = tables_.ledger.view().decide(self_.jid, peer, key.key);
    std::string devices;
    for (const std::uint32_t device : key.devices) devices += " " + std::to_string(device);
    return std::string(trust::name(key.level)) + " (" + std::string(trust::name(decision)) + ") " + peer +
           (devices.empty() ? "" : ", device" + devices) + "\n  " + omemo::fingerprint(key.key);
  }

  std::string list(const std::string& only) const {
    std::string text;
    std::size_t lines = 0;
    for (const std::string& peer : tables_.ledger.view().peers(self_.jid)) {
      if (!only.empty() && peer != only) continue;
      for (const auto& key : tables_.ledger.view().keys(self_.jid, peer)) {
        if (lines++ < chat_lines) text += (text.empty() ? "" : "\n") + line_about(peer, key);
      }
    }
    if (lines == 0) return "no keys";
    return lines > chat_lines ? text + "\nand " + std::to_string(lines - chat_lines) + " more" : text;
  }

  std::string decide(const Words& words, trust::Fact fact) {
    const KeyDecision decision{needed_jid(words, 3), needed_key(words, 4), fact,
                               std::string(admin_actor) + speaker_.peer,
                               "by chat from device " + std::to_string(speaker_.device)};
    refuse_own_rise(decision);
    const Decided decided = decide_keys(tables_, self_, decision, now_);
    log_info(
        fact == trust::Fact::revoked ? "trust.revoked" : "trust.approved",
        {{"account", self_.jid}, {"peer", decision.peer}, {"which", decision.which}, {"by", decision.actor}});
    std::string text;
    for (const auto& key : decided.keys)
      text += line_about(decision.peer, *tables_.ledger.view().find(self_.jid, decision.peer, key)) + "\n";
    return text +
           (decided.released > 0 ? std::to_string(decided.released) + " held message(s) go out now" : "done");
  }

  /// Whoever lost the phone would be locked out by its thief.
  void refuse_own_rise(const KeyDecision& decision) const {
    for (const auto& key : chosen_keys(tables_.ledger.view(), self_.jid, decision.peer, decision.which)) {
      if (decision.peer == speaker_.peer && key.key == speaker_.key)
        throw OperatorError("not_allowed", "a device does not decide about itself",
                            "do it from another device, or on the machine");
    }
  }

  std::string explain(const std::string& peer, const std::string& which) const {
    const auto keys = chosen_keys(tables_.ledger.view(), self_.jid, peer, which);
    const trust::View& view = tables_.ledger.view();
    std::string text;
    for (const auto& key : keys)
      text += line_about(peer, key) + "\n  " +
              trust::rule(view.policy(self_.jid, peer), view.facts(self_.jid, peer, key.key)) +
              (key.changed_by.empty() ? ""
                                      : "\n  last decided by " + key.changed_by +
                                            (key.reason.empty() ? "" : ": " + key.reason)) +
              "\n";
    return text;
  }

  std::string why(const std::string& peer) const {
    std::string text;
    store::OutboxFilter sent{self_.account, {}, peer, {}, explained_messages};
    for (const auto& row : tables_.outbox.list(sent)) {
      text += "row " + std::to_string(row.id.value()) + ": " + std::string(store::name(row.state)) +
              (row.reason.empty() ? "" : ", " + row.reason) + "\n";
      for (const Copy& copy : decode_notes(row.notes).copies) {
        if (copy.jid != peer) continue;
        text += "  device " + std::to_string(copy.device.value()) + ": " + what_happened(copy) + "\n";
      }
    }
    store::UnreadFilter unread{self_.account, peer, {}, explained_messages};
    for (const auto& row : tables_.unread.list(unread)) {
      const auto cause = unread_cause_named(row.message.cause);
      if (cause)
        text += "not read, from device " + std::to_string(row.message.device) + ": " + what_happened(*cause) +
                "\n";
    }
    return text.empty() ? "nothing is remembered of " + peer : text;
  }

  store::Tables& tables_;
  const Sender& self_;
  const Speaker& speaker_;
  WallTime now_;
};

std::string obey(store::Tables& tables, const Sender& self, const Speaker& speaker, const Words& words,
                 WallTime now) {
  try {
    return Order(tables, self, speaker, now).obey(words);
  } catch (const OperatorError& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + "\n" + error.hint();
  }
}

std::optional<bool> yes_or_no(const std::string& word) {
  if (word == "yes" || word == "ja") return true;
  if (word == "no" || word == "nein") return false;
  return std::nullopt;
}

/// Only about a key that was asked about, and not by the device that has it.
std::optional<std::string> answer_question(store::Tables& tables, const Sender& self, Language language,
                                           const Speaker& speaker, const Words& words, WallTime now) {
  const auto yes = words.size() == 2 ? yes_or_no(lower(words[0])) : std::nullopt;
  const std::string code = words.size() == 2 ? lower(words[1]) : "";
  if (!yes || code.size() < code_digits) return std::nullopt;
  for (const auto& question : tables.questions.open(self.account, speaker.peer)) {
    if (!plain(question.key).starts_with(code) || question.key == speaker.key) continue;
    tables.questions.close(question);
    const auto* known = tables.ledger.view().find(self.jid, speaker.peer, question.key);
    if (known && known->decided_by_person) return std::nullopt;  // somebody was faster
    const KeyDecision decision{speaker.peer, plain(question.key),
                               *yes ? trust::Fact::trusted : trust::Fact::revoked,
                               std::string(contact_actor) + speaker.peer,
                               "answered on device " + std::to_string(speaker.device) + ", key " +
                                   plain(speaker.key).substr(0, code_digits)};
    decide_keys(tables, self, decision, now);
    log_info(
        *yes ? "trust.approved" : "trust.revoked",
        {{"account", self.jid}, {"peer", speaker.peer}, {"which", decision.which}, {"by", decision.actor}});
    return answer_counts(language, *yes, code);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> answer_in_chat(store::Tables& tables, const Sender& self,
                                          const config::AccountSettings& settings, const Speaker& speaker,
                                          std::string_view text, Random& random, WallTime now) {
  if (text.size() > max_order || speaker.level == trust::Level::undecided ||
      speaker.level == trust::Level::revoked)
    return std::nullopt;
  const Words words = words_of(text);
  if (words.empty()) return std::nullopt;
  if (lower(words[0]) != "omegate")
    return answer_question(tables, self, settings.language, speaker, words, now);
  // Whoever got a message, or did not, may know what became of it.
  if (words.size() == 2 && lower(words[1]) == "why") return obey(tables, self, speaker, words, now);
  const bool decides = words.size() == 3 && (lower(words[1]) == "approve" || lower(words[1]) == "deny");
  if (decides) {
    const Approver approver{speaker.peer, speaker.device, speaker.key, speaker.level, speaker.shared};
    auto reply = decide_request(tables, self, settings.language, approver, lower(words[2]), lower(words[1]) == "approve", random, now);
    if (reply) return reply;
  }
  const bool admin =
      std::find(settings.admins.begin(), settings.admins.end(), speaker.peer) != settings.admins.end();
  if (!admin) return std::nullopt;
  if (speaker.level < settings.admin_trust) {
    log_warning("order.refused", {{"account", self.jid},
                                  {"from", speaker.peer},
                                  {"device", speaker.device},
                                  {"trust", trust::name(speaker.level)},
                                  {"needs", trust::name(settings.admin_trust)}});
    return not_trusted_enough(settings.language, trust::name(settings.admin_trust));
  }
  return obey(tables, self, speaker, words, now);
}

}  // namespace omegate::gateway
