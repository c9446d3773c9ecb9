// Secrets are marked as "not defined" for valgrind, which then complains about each branch and each address that
// depends on them: such code takes a time that tells of the secret.
//
// constant_time_probe NAME: one of the operations below, or `leaky`, which is what must be found.
#include <valgrind/memcheck.h>

#include <cstring>
#include <functional>
#include <iostream>
#include <map>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/core/omemo/kdf.hpp"

namespace {

using namespace omegate;

void hide(ByteView bytes) { VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size()); }

/// What comes out is for everybody to see.
template <class Value>
void show(Value& value) {
  VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
}
void show_bytes(ByteView bytes) { VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size()); }

crypto::Secret<32> secret() {
  auto made = crypto::Secret<32>::random(crypto::system_random());
  hide(made.bytes());
  return made;
}

void compare() {
  const auto a = secret(), b = secret();
  bool same = crypto::equal(a.bytes(), b.bytes());
  show(same);
  if (same) std::cerr << "equal\n";
}

void compare_by_memcmp() {
  const auto a = secret(), b = secret();
  const int order = std::memcmp(a.bytes().data(), b.bytes().data(), 32);
  if (order == 0) std::cerr << "equal\n";
}

void encode() {
  const auto key = secret();
  const std::string base64 = crypto::to_base64(key.bytes());
  show_bytes(as_bytes(base64));
  const std::string hex = crypto::to_hex(key.bytes());
  show_bytes(as_bytes(hex));
}

void derive() {
  const auto key = secret();
  const Bytes mac = crypto::hmac(crypto::Hash::sha256, key.bytes(), as_bytes("message"));
  show_bytes(mac);
  Bytes out(80);
  crypto::hkdf_sha256(key.bytes(), {}, "info", out);
  show_bytes(out);
  const auto step = omemo::next_root(omemo::Version::omemo2, key, secret());
  show(step);
}

void seal() {
  const auto key = secret();
  const Bytes sealed = crypto::aead_seal(key, {}, as_bytes("text"), crypto::system_random());
  show_bytes(sealed);
}

}  // namespace

int main(int count, char** words) {
  const std::map<std::string, std::function<void()>> operations{
      {"compare", compare}, {"encode", encode}, {"derive", derive}, {"seal", seal}, {"leaky", compare_by_memcmp}};
  const auto found = count == 2 ? operations.find(words[1]) : operations.end();
  if (found == operations.end() || !RUNNING_ON_VALGRIND) {
    std::cerr << "usage: valgrind --error-exitcode=9 constant_time_probe compare|encode|derive|seal|leaky\n";
    return 2;
  }
  found->second();
  return 0;
}
