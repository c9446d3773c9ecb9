// Two devices meet and talk, with the installed library alone. Exits non-zero if a word is lost.
#include <array>
#include <cstdio>
#include <string>

#include "bridge/core/crypto/random.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/omemo/session.hpp"

namespace {

using namespace omegate;

bool talk(omemo::Version version) {
  Random& random = crypto::system_random();
  const auto alice = omemo::OwnIdentity::generate(random), bob = omemo::OwnIdentity::generate(random);
  const auto signed_prekey = omemo::SignedPreKey::generate(1, bob, random);
  const std::array prekeys{omemo::PreKey::generate(1, random)};

  // Bob publishes; Alice writes.
  const omemo::Bundle bundle = omemo::make_bundle(version, bob, signed_prekey, prekeys);
  const auto chosen = omemo::choose_prekey(bundle, random).value();
  const omemo::Session at_alice = omemo::start_session(alice, bundle, chosen, random).value();
  const auto text = omemo::encrypt_payload(version, as_bytes("hello Bob"), random);
  const omemo::Sealed sent = omemo::seal(at_alice, text.key_material).value();

  // Bob reads, and answers with the session that came with the message.
  const auto incoming = omemo::parse_incoming(version, sent.wire).value();
  const auto read = omemo::accept_key_exchange(bob, signed_prekey, prekeys[0], incoming, random).value();
  const auto heard = omemo::decrypt_payload(version, read.key_material, text.iv, text.payload).value();
  const auto answer = omemo::encrypt_payload(version, as_bytes("hello Alice"), random);
  const omemo::Sealed back = omemo::seal(read.next, answer.key_material).value();

  const auto message = omemo::parse_incoming(version, back.wire).value().message;
  const auto opened = omemo::open(sent.next, message, random).value();
  const auto echoed = omemo::decrypt_payload(version, opened.key_material, answer.iv, answer.payload).value();
  return as_text(heard) == "hello Bob" && as_text(echoed) == "hello Alice";
}

}  // namespace

int main() {
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    const bool understood = talk(version);
    std::printf("%s: %s\n", std::string(omemo::name(version)).c_str(), understood ? "understood" : "lost");
    if (!understood) return 1;
  }
}
