#include "bridge/gateway/trust/phrases.hpp"

#include "bridge/core/xmpp/date_time.hpp"

namespace omegate::gateway {
namespace {

std::string german_reason(UnreadCause cause) {
  switch (cause) {
    case UnreadCause::not_for_us:
      return "Sie war nicht für mein Gerät verschlüsselt. Bitte vertraue meinem Schlüssel in deinem Programm "
             "und sende "
             "sie noch einmal.";
    case UnreadCause::no_session:
      return "Sie war mit Schlüsseln verschlüsselt, die ich nicht mehr habe. Die Sitzung ist jetzt erneuert; "
             "bitte sende "
             "sie noch einmal.";
    case UnreadCause::other_key:
      return "Dein Gerät zeigt einen anderen Schlüssel als bisher. Jemand muss ihn erst freigeben.";
    case UnreadCause::undecided:
      return "Über den Schlüssel dieses Geräts hat hier noch niemand entschieden. Sie ist aufgehoben und "
             "wird gelesen, "
             "sobald er freigegeben ist.";
    case UnreadCause::revoked:
      return "Der Schlüssel dieses Geräts ist gesperrt.";
    case UnreadCause::unreadable:
      return "Sie war beschädigt oder in einem unbekannten Format. Bitte sende sie noch einmal.";
    case UnreadCause::outdated:
      return "Dein Programm verschlüsselt in einem veralteten Format. Bitte aktualisiere es.";
    case UnreadCause::unencrypted:
      return "Sie war nicht verschlüsselt; solche lese ich nicht. Bitte schalte OMEMO ein und sende sie noch "
             "einmal.";
  }
  return {};
}

std::string english_reason(UnreadCause cause) {
  switch (cause) {
    case UnreadCause::not_for_us:
      return "It was not encrypted for my device. Please trust my key in your app and send it again.";
    case UnreadCause::no_session:
      return "It was encrypted with keys that I no longer have. The session is renewed now; please send it "
             "again.";
    case UnreadCause::other_key:
      return "Your device shows another key than before. Somebody has to approve it first.";
    case UnreadCause::undecided:
      return "Nobody here has decided about this device's key yet. It is kept, and read once the key is "
             "approved.";
    case UnreadCause::revoked:
      return "The key of this device is revoked.";
    case UnreadCause::unreadable:
      return "It was damaged, or of an unknown format. Please send it again.";
    case UnreadCause::outdated:
      return "Your app encrypts in an outdated format. Please update it.";
    case UnreadCause::unencrypted:
      return "It was not encrypted, and I do not look at such messages. Please switch OMEMO on and send it "
             "again.";
  }
  return {};
}

}  // namespace

std::string cannot_read(Language language, UnreadCause cause) {
  return language == Language::german
             ? "Ich konnte deine letzte Nachricht nicht lesen. " + german_reason(cause)
             : "I could not read your last message. " + english_reason(cause);
}

std::string is_this_yours(Language language, std::uint32_t device, std::string_view code) {
  const std::string key(code), id = std::to_string(device);
  if (language == Language::german)
    return "Ein neues Gerät von dir ist aufgetaucht: " + id + ", Schlüssel " + key +
           "… . Gehört es dir? Antworte »ja " + key + "« oder »nein " + key +
           "«. Solange du nicht antwortest, bekommt es nichts von mir.";
  return "A new device of yours appeared: " + id + ", key " + key + "… . Is it yours? Answer \"yes " + key +
         "\" or \"no " + key + "\". Until you answer it gets nothing from me.";
}

std::string answer_counts(Language language, bool yes, std::string_view code) {
  const std::string key(code);
  if (language == Language::german)
    return yes ? "Danke. Der Schlüssel " + key + "… gilt ab jetzt."
               : "Danke. Der Schlüssel " + key + "… ist gesperrt.";
  return yes ? "Thank you. The key " + key + "… counts from now on."
             : "Thank you. The key " + key + "… is revoked.";
}

std::string my_key_changes(Language language, const KeyChange& change) {
  const std::string before = std::to_string(change.before), device = std::to_string(change.device);
  if (language == Language::german)
    return (change.stolen ? "Mein Schlüssel auf Gerät " + before + " kann in fremden Händen sein. Glaube ihm nichts mehr, und vergleiche den "
                            "neuen, bevor du ihm vertraust. "
                          : "Mein Schlüssel wechselt; Gerät " + before + " schreibt nicht mehr. ") +
           "Ab jetzt bin ich Gerät " + device + ", Schlüssel:\n" + change.fingerprint;
  return (change.stolen ? "My key on device " + before + " may be in other hands. Believe nothing that it says any more, and compare the "
                          "new one before you trust it. "
                        : "My key changes; device " + before + " will not write any more. ") +
         "From now on I am device " + device + ", key:\n" + change.fingerprint;
}

namespace {

std::string score(const ApprovalWords& words) { return std::to_string(words.given) + "/" + std::to_string(words.need); }

std::string until(const ApprovalWords& words) {
  return xmpp::format_time(std::chrono::floor<std::chrono::seconds>(words.until));
}

}  // namespace

std::string waits_for_approval(Language language, const ApprovalWords& words) {
  if (language == Language::german)
    return "»" + words.text + "« wartet auf Zustimmung (" + score(words) + "), Kennung " + words.code + ", bis " + until(words) + ".";
  return "\"" + words.text + "\" waits for approval (" + score(words) + "), code " + words.code + ", until " + until(words) + ".";
}

std::string approve_this(Language language, const ApprovalWords& words) {
  if (language == Language::german)
    return words.giver + " will: " + words.text + "\nDafür (" + score(words) + "): omegate approve " + words.code +
           "\nDagegen: omegate deny " + words.code + "\nEs gilt von einem verifizierten Gerät, bis " + until(words) + ".";
  return words.giver + " wants: " + words.text + "\nTo agree (" + score(words) + "): omegate approve " + words.code +
         "\nTo call it off: omegate deny " + words.code + "\nIt counts from a verified device, until " + until(words) + ".";
}

std::string counted(Language language, const ApprovalWords& words) {
  const bool done = words.given >= words.need;
  if (language == Language::german)
    return score(words) + (done ? ": »" + words.text + "« wird ausgeführt." : ": »" + words.text + "« wartet auf weitere.");
  return score(words) + (done ? ": \"" + words.text + "\" is carried out." : ": \"" + words.text + "\" waits for more.");
}

std::string was_denied(Language language, const std::string& text, const std::string& by) {
  return language == Language::german ? "»" + text + "« wird nicht ausgeführt: " + by + " ist dagegen."
                                      : "\"" + text + "\" is not carried out: " + by + " called it off.";
}

std::string too_many_requests(Language language) {
  return language == Language::german ? "Es warten schon zu viele Befehle auf Zustimmung."
                                      : "Too many commands wait for approval already.";
}

std::string could_be_forged(Language language) {
  return language == Language::german
             ? "Das zählt nicht: deine Nachricht war in OMEMO 0.3 für mehrere Geräte verschlüsselt, und jedes davon hätte sie ändern "
               "können. Sende sie nur an mich allein, oder in OMEMO 2."
             : "This does not count: your message was encrypted in OMEMO 0.3 for several devices, and each of them could have "
               "changed it. Send it to me alone, or in OMEMO 2.";
}

std::string again(Language language, WallTime said) {
  const std::string time = xmpp::format_time(std::chrono::floor<std::chrono::seconds>(said));
  return language == Language::german ? "(noch einmal, vom " + time + ") " : "(again, from " + time + ") ";
}

std::string again_from_room(Language language, WallTime said, const std::string& room) {
  const std::string time = xmpp::format_time(std::chrono::floor<std::chrono::seconds>(said));
  return language == Language::german ? "(noch einmal, vom " + time + " in " + room + ") " : "(again, from " + time + " in " + room + ") ";
}

std::string not_trusted_enough(Language language, std::string_view needed) {
  return language == Language::german ? "Dafür muss der Schlüssel dieses Geräts mindestens »" +
                                            std::string(needed) + "« sein (omegate trust approve)."
                                      : "For this the key of this device has to be at least \"" +
                                            std::string(needed) + "\" (omegate trust approve).";
}

}  // namespace omegate::gateway
