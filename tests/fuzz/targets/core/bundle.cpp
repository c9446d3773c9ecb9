// Laws: a bundle's prekeys are bounded, it reads the same after it was written, and what a session is started
// from was signed.
// case 82, 84
#include "bridge/core/omemo/bundle.hpp"

#include <algorithm>

#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/session.hpp"
#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "tests/fuzz/random.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

void check(const omemo::Bundle& bundle) {
  require(!bundle.prekeys.empty() && bundle.prekeys.size() <= omemo::max_bundle_prekeys,
          "prekeys are bounded");
  const auto again = xmpp::parse_bundle(bundle.version, xmpp::build_bundle(bundle));
  require(again && again->prekeys == bundle.prekeys && again->signature == bundle.signature &&
              again->signed_prekey == bundle.signed_prekey &&
              again->signed_prekey_id == bundle.signed_prekey_id &&
              again->identity.curve == bundle.identity.curve,
          "a bundle reads the same again");
  CountingRandom random;
  const auto prekey = omemo::choose_prekey(bundle, random);
  require(prekey && std::find(bundle.prekeys.begin(), bundle.prekeys.end(), *prekey) != bundle.prekeys.end(),
          "the prekey is one of the bundle's");
  static const omemo::OwnIdentity own = omemo::OwnIdentity::generate(random);
  const bool is_signed = omemo::verify(bundle).has_value();
  const auto session = omemo::start_session(own, bundle, *prekey, random);
  require(is_signed || !session, "no session comes from what nobody signed");
  if (session) require(session->remote_identity().curve == bundle.identity.curve, "it is with this identity");
}

}  // namespace

void fuzz_bundle(ByteView input) {
  const auto element = xml::parse_document(as_text(input));
  if (!element) return;
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    if (const auto bundle = xmpp::parse_bundle(version, *element)) check(*bundle);
  }
}

}  // namespace omegate::fuzz
