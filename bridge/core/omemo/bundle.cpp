#include "bridge/core/omemo/bundle.hpp"

#include "bridge/core/omemo/uniform.hpp"

namespace omegate::omemo {

Bundle make_bundle(Version version, const OwnIdentity& identity, const SignedPreKey& signed_prekey,
                   std::span<const PreKey> prekeys) {
  Bundle bundle{version,
                identity.public_key(),
                signed_prekey.id,
                signed_prekey.pair.curve,
                signed_prekey.signature(version),
                {}};
  bundle.prekeys.reserve(prekeys.size());
  for (const PreKey& prekey : prekeys) bundle.prekeys.push_back({prekey.id, prekey.pair.curve});
  return bundle;
}

Result<> verify(const Bundle& bundle) {
  if (bundle.version == Version::omemo2 && !bundle.identity.ed) return Error::bad_key;
  const Bytes message = signed_prekey_message(bundle.version, bundle.signed_prekey);
  if (!verify(bundle.version, bundle.identity, message, bundle.signature)) return Error::bad_signature;
  if (bundle.prekeys.empty()) return Error::no_prekey;
  return {};
}

Result<BundlePreKey> choose_prekey(const Bundle& bundle, Random& random) {
  if (bundle.prekeys.empty()) return Error::no_prekey;
  const auto draw = [&] {
    return bundle.prekeys[uniform(random, static_cast<std::uint32_t>(bundle.prekeys.size()))];
  };
  BundlePreKey chosen = draw();
  const auto has_better = [](const BundlePreKey& key) { return key.id != 0; };
  if (std::any_of(bundle.prekeys.begin(), bundle.prekeys.end(), has_better)) {
    while (chosen.id == 0) chosen = draw();
  }
  return chosen;
}

}  // namespace omegate::omemo
