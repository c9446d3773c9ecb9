#include "bridge/app/cli/key_words.hpp"

#include "bridge/app/cli/invocation.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/verification_uri.hpp"

namespace omegate::app {
namespace {

std::string plain(const omemo::PublicKey& key) {
  return omemo::fingerprint(key, omemo::FingerprintStyle::plain);
}

KeyWords from_uri(const std::string& text) {
  const auto uri = omemo::parse_verification_uri(text);
  if (!uri) throw UsageError("not an xmpp: URI with an address: " + text);
  KeyWords words{uri->jid, {}, true};
  for (const auto& device : uri->devices) words.which.push_back(plain(device.curve));
  for (const auto& key : uri->any_device) words.which.push_back(plain(key));
  if (words.which.empty()) throw UsageError("there is no OMEMO key in this URI");
  return words;
}

}  // namespace

KeyWords read_key_words(const std::string& jid, const std::vector<std::string>& words) {
  if (jid.starts_with("xmpp:") || jid.starts_with("https://")) {
    if (!words.empty()) throw UsageError("the URI names the keys; leave out what follows it");
    return from_uri(jid);
  }
  std::string joined;
  for (const auto& word : words) joined += word;
  if (joined.empty())
    throw UsageError("which key? `omegate trust show " + jid +
                     "` lists them; `all` means all that are undecided");
  if (const auto key = omemo::parse_fingerprint(joined)) return {jid, {plain(*key)}, false};
  const bool device = joined.find_first_not_of("0123456789") == std::string::npos && joined.size() <= 10;
  if (words.size() == 1 && (device || joined == "all")) return {jid, {joined}, false};
  throw UsageError("\"" + joined + "\" is neither a fingerprint (64 hex digits), a device id, nor `all`");
}

}  // namespace omegate::app
