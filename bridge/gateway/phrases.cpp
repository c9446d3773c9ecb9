#include "bridge/gateway/phrases.hpp"

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

std::string not_trusted_enough(Language language, std::string_view needed) {
  return language == Language::german ? "Dafür muss der Schlüssel dieses Geräts mindestens »" +
                                            std::string(needed) + "« sein (omegate trust approve)."
                                      : "For this the key of this device has to be at least \"" +
                                            std::string(needed) + "\" (omegate trust approve).";
}

}  // namespace omegate::gateway
