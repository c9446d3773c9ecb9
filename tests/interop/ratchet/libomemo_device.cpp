#include "tests/interop/ratchet/libomemo_device.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <curve.h>
#include <key_helper.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <protocol.h>
#include <session_builder.h>
#include <session_cipher.h>
#include <session_pre_key.h>
#include <session_record.h>
#include <signal_protocol.h>

#include <map>
#include <stdexcept>
#include <string>

namespace omegate::peers {
namespace {

void check(int result, const char* what) {
  if (result < 0)
    throw std::runtime_error(std::string("libomemo-c: ") + what + ": " + std::to_string(result));
}

// --- what the library wants to be given ---

int draw(std::uint8_t* out, std::size_t size, void*) {
  return RAND_bytes(out, static_cast<int>(size)) == 1 ? 0 : -1;
}

int hmac_start(void** context, const std::uint8_t* key, std::size_t size, void*) {
  HMAC_CTX* made = HMAC_CTX_new();
  *context = made;
  return HMAC_Init_ex(made, key, static_cast<int>(size), EVP_sha256(), nullptr) == 1 ? 0 : -1;
}
int hmac_update(void* context, const std::uint8_t* data, std::size_t size, void*) {
  return HMAC_Update(static_cast<HMAC_CTX*>(context), data, size) == 1 ? 0 : -1;
}
int hmac_final(void* context, signal_buffer** out, void*) {
  unsigned char mac[64];
  unsigned size = 0;
  if (HMAC_Final(static_cast<HMAC_CTX*>(context), mac, &size) != 1) return -1;
  *out = signal_buffer_create(mac, size);
  return 0;
}
void hmac_free(void* context, void*) { HMAC_CTX_free(static_cast<HMAC_CTX*>(context)); }

int sha512_start(void** context, void*) {
  EVP_MD_CTX* made = EVP_MD_CTX_new();
  *context = made;
  return EVP_DigestInit_ex(made, EVP_sha512(), nullptr) == 1 ? 0 : -1;
}
int sha512_update(void* context, const std::uint8_t* data, std::size_t size, void*) {
  return EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context), data, size) == 1 ? 0 : -1;
}
int sha512_final(void* context, signal_buffer** out, void*) {
  unsigned char digest[64];
  unsigned size = 0;
  if (EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context), digest, &size) != 1) return -1;
  *out = signal_buffer_create(digest, size);
  return 0;
}
void sha512_free(void* context, void*) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

int run_cipher(bool encrypt, signal_buffer** out, int mode, ByteView key, const std::uint8_t* iv,
               ByteView in) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const bool counter = mode == SG_CIPHER_AES_CTR_NOPADDING, large = key.size() == 32;
  const EVP_CIPHER* cipher = counter ? (large ? EVP_aes_256_ctr() : EVP_aes_128_ctr())
                                     : (large ? EVP_aes_256_cbc() : EVP_aes_128_cbc());
  Bytes buffer(in.size() + 32);
  int body = 0, tail = 0;
  bool ok = EVP_CipherInit_ex(context, cipher, nullptr, key.data(), iv, encrypt ? 1 : 0) == 1;
  if (counter) EVP_CIPHER_CTX_set_padding(context, 0);
  ok = ok && EVP_CipherUpdate(context, buffer.data(), &body, in.data(), static_cast<int>(in.size())) == 1 &&
       EVP_CipherFinal_ex(context, buffer.data() + body, &tail) == 1;
  if (ok) *out = signal_buffer_create(buffer.data(), static_cast<std::size_t>(body + tail));
  EVP_CIPHER_CTX_free(context);
  return ok ? 0 : SG_ERR_UNKNOWN;
}
int encrypt_cipher(signal_buffer** out, int mode, const std::uint8_t* key, std::size_t key_size,
                   const std::uint8_t* iv, std::size_t, const std::uint8_t* in, std::size_t size, void*) {
  return run_cipher(true, out, mode, {key, key_size}, iv, {in, size});
}
int decrypt_cipher(signal_buffer** out, int mode, const std::uint8_t* key, std::size_t key_size,
                   const std::uint8_t* iv, std::size_t, const std::uint8_t* in, std::size_t size, void*) {
  return run_cipher(false, out, mode, {key, key_size}, iv, {in, size});
}

signal_context* library() {
  static signal_context* const context = [] {
    signal_context* made = nullptr;
    check(signal_context_create(&made, nullptr), "context");
    signal_crypto_provider provider{draw,        hmac_start,     hmac_update,    hmac_final,
                                    hmac_free,   sha512_start,   sha512_update,  sha512_final,
                                    sha512_free, encrypt_cipher, decrypt_cipher, nullptr};
    check(signal_context_set_crypto_provider(made, &provider), "provider");
    return made;
  }();
  return context;
}

Bytes take(signal_buffer* buffer) {
  Bytes bytes(signal_buffer_data(buffer), signal_buffer_data(buffer) + signal_buffer_len(buffer));
  signal_buffer_free(buffer);
  return bytes;
}

omemo::PublicKey take_key(signal_buffer* buffer) {
  const Bytes bytes = take(buffer);
  omemo::PublicKey key{};
  std::copy(bytes.end() - 32, bytes.end(), key.begin());
  return key;
}

constexpr const char* everybody = "peer";  // one name: devices are told apart by their ids

signal_protocol_address address(std::uint32_t device) { return {everybody, 4, static_cast<int>(device)}; }

// --- its store ---

struct Store {
  std::map<int, signal_buffer*> sessions;
  std::map<std::uint32_t, signal_buffer*> prekeys;
  std::map<std::uint32_t, signal_buffer*> signed_prekeys;
  signal_buffer *identity_public = nullptr, *identity_private = nullptr;
  std::uint32_t registration = 0;
  bool keep_prekeys = false;
};

Store& store(void* user) { return *static_cast<Store*>(user); }

template <class Map, class Key>
int load(Map& map, Key key, signal_buffer** out, int missing) {
  const auto found = map.find(key);
  if (found == map.end()) return missing;
  *out = signal_buffer_copy(found->second);
  return missing == 0 ? 1 : 0;
}

template <class Map, class Key>
void put(Map& map, Key key, const std::uint8_t* data, std::size_t size) {
  signal_buffer*& slot = map[key];
  if (slot != nullptr) signal_buffer_free(slot);
  slot = signal_buffer_create(data, size);
}

template <class Map, class Key>
void erase(Map& map, Key key) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  signal_buffer_free(found->second);
  map.erase(found);
}

void nothing(void*) {}

signal_protocol_session_store session_store(Store& s) {
  return {[](signal_buffer** out, signal_buffer**, const signal_protocol_address* a, void* user) {
            return load(store(user).sessions, static_cast<int>(a->device_id), out, 0);
          },
          [](signal_int_list**, const char*, std::size_t, void*) { return 0; },
          [](const signal_protocol_address* a, std::uint8_t* data, std::size_t size, std::uint8_t*,
             std::size_t, void* user) {
            put(store(user).sessions, static_cast<int>(a->device_id), data, size);
            return 0;
          },
          [](const signal_protocol_address* a, void* user) {
            return store(user).sessions.contains(static_cast<int>(a->device_id)) ? 1 : 0;
          },
          [](const signal_protocol_address* a, void* user) {
            erase(store(user).sessions, static_cast<int>(a->device_id));
            return 1;
          },
          [](const char*, std::size_t, void*) { return 0; },
          nothing,
          &s};
}

signal_protocol_pre_key_store prekey_store(Store& s) {
  return {[](signal_buffer** out, std::uint32_t id, void* user) {
            return load(store(user).prekeys, id, out, SG_ERR_INVALID_KEY_ID);
          },
          [](std::uint32_t id, std::uint8_t* data, std::size_t size, void* user) {
            put(store(user).prekeys, id, data, size);
            return 0;
          },
          [](std::uint32_t id, void* user) { return store(user).prekeys.contains(id) ? 1 : 0; },
          [](std::uint32_t id, void* user) {
            if (!store(user).keep_prekeys) erase(store(user).prekeys, id);
            return 0;
          },
          nothing,
          &s};
}

signal_protocol_signed_pre_key_store signed_prekey_store(Store& s) {
  return {[](signal_buffer** out, std::uint32_t id, void* user) {
            return load(store(user).signed_prekeys, id, out, SG_ERR_INVALID_KEY_ID);
          },
          [](std::uint32_t id, std::uint8_t* data, std::size_t size, void* user) {
            put(store(user).signed_prekeys, id, data, size);
            return 0;
          },
          [](std::uint32_t id, void* user) { return store(user).signed_prekeys.contains(id) ? 1 : 0; },
          [](std::uint32_t, void*) { return 0; },
          nothing,
          &s};
}

signal_protocol_identity_key_store identity_store(Store& s) {
  return {[](signal_buffer** pub, signal_buffer** priv, void* user) {
            *pub = signal_buffer_copy(store(user).identity_public);
            *priv = signal_buffer_copy(store(user).identity_private);
            return 0;
          },
          [](void* user, std::uint32_t* id) {
            *id = store(user).registration;
            return 0;
          },
          [](const signal_protocol_address*, std::uint8_t*, std::size_t, void*) { return 0; },
          [](const signal_protocol_address*, std::uint8_t*, std::size_t, void*) { return 1; },
          nothing,
          &s};
}

signal_protocol_sender_key_store sender_key_store(Store& s) {
  return {[](const signal_protocol_sender_key_name*, std::uint8_t*, std::size_t, std::uint8_t*, std::size_t,
             void*) { return 0; },
          [](signal_buffer**, signal_buffer**, const signal_protocol_sender_key_name*, void*) { return 0; },
          nothing, &s};
}

template <class T>
class Held {
 public:
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (object_ != nullptr) SIGNAL_UNREF(object_);
  }
  T** out() { return &object_; }
  T* get() const { return object_; }

 private:
  T* object_ = nullptr;
};

void decode(Held<ec_public_key>& key, omemo::Version version, const omemo::PublicKey& curve) {
  if (version == omemo::Version::omemo2) {
    check(curve_decode_point_mont(key.out(), curve.data(), curve.size(), library()), "key");
    return;
  }
  Bytes typed{5};
  typed.insert(typed.end(), curve.begin(), curve.end());
  check(curve_decode_point(key.out(), typed.data(), typed.size(), library()), "key");
}

omemo::PublicKey curve_of(const ec_public_key* key) { return take_key(ec_public_key_get_mont(key)); }

}  // namespace

struct LibomemoDevice::Inside {
  omemo::Version version;
  Store store;
  std::uint32_t id = 0;
  int error = 0;
  Held<ratchet_identity_key_pair> identity;
  signal_protocol_store_context* context = nullptr;
  omemo::Bundle published;

  std::uint32_t number() const {
    return version == omemo::Version::omemo2 ? CIPHERTEXT_OMEMO_VERSION : CIPHERTEXT_CURRENT_VERSION;
  }

  void make_identity() {
    check(signal_protocol_key_helper_generate_identity_key_pair(identity.out(), library()), "identity");
    check(
        ec_public_key_serialize(&store.identity_public, ratchet_identity_key_pair_get_public(identity.get())),
        "");
    check(ec_private_key_serialize(&store.identity_private,
                                   ratchet_identity_key_pair_get_private(identity.get())),
          "");
    const ec_public_key* key = ratchet_identity_key_pair_get_public(identity.get());
    published.identity = version == omemo::Version::omemo2
                             ? omemo::IdentityKey::from_ed(take_key(ec_public_key_get_ed(key))).value()
                             : omemo::IdentityKey::from_curve(curve_of(key));
  }

  void make_signed_prekey() {
    Held<session_signed_pre_key> made;
    published.signed_prekey_id = 22;
    check(signal_protocol_key_helper_generate_signed_pre_key(made.out(), identity.get(), 22, 0, library()),
          "spk");
    check(signal_protocol_signed_pre_key_store_key(context, made.get()), "spk");
    const ec_public_key* key = ec_key_pair_get_public(session_signed_pre_key_get_key_pair(made.get()));
    published.signed_prekey = curve_of(key);
    const Bytes message = omemo::signed_prekey_message(version, published.signed_prekey);
    signal_buffer* signature = nullptr;
    check(curve_calculate_signature(library(), &signature,
                                    ratchet_identity_key_pair_get_private(identity.get()), message.data(),
                                    message.size()),
          "signature");
    const Bytes bytes = take(signature);
    std::copy(bytes.begin(), bytes.end(), published.signature.begin());
  }

  void make_prekey(std::uint32_t prekey_id) {
    Held<ec_key_pair> pair;
    check(curve_generate_key_pair(library(), pair.out()), "prekey");
    Held<session_pre_key> made;
    check(session_pre_key_create(made.out(), prekey_id, pair.get()), "prekey");
    check(signal_protocol_pre_key_store_key(context, made.get()), "prekey");
    published.prekeys.push_back({prekey_id, curve_of(ec_key_pair_get_public(pair.get()))});
  }

  void make_context() {
    check(signal_protocol_store_context_create(&context, library()), "store");
    const auto sessions = session_store(store);
    const auto prekeys = prekey_store(store);
    const auto signed_prekeys = signed_prekey_store(store);
    const auto identities = identity_store(store);
    const auto sender_keys = sender_key_store(store);
    signal_protocol_store_context_set_session_store(context, &sessions);
    signal_protocol_store_context_set_pre_key_store(context, &prekeys);
    signal_protocol_store_context_set_signed_pre_key_store(context, &signed_prekeys);
    signal_protocol_store_context_set_identity_key_store(context, &identities);
    signal_protocol_store_context_set_sender_key_store(context, &sender_keys);
  }

  template <class Work>
  int with_cipher(std::uint32_t device, Work work) {
    const auto who = address(device);
    session_cipher* cipher = nullptr;
    check(session_cipher_create(&cipher, context, &who, library()), "cipher");
    session_cipher_set_version(cipher, number());
    const int result = work(cipher);
    session_cipher_free(cipher);
    return result;
  }

  int decrypt_exchange(session_cipher* cipher, ByteView wire, std::uint32_t from, signal_buffer** out) {
    Held<pre_key_signal_message> message;
    const int parsed =
        version == omemo::Version::omemo2
            ? pre_key_signal_message_deserialize_omemo(message.out(), wire.data(), wire.size(), from,
                                                       library())
            : pre_key_signal_message_deserialize(message.out(), wire.data(), wire.size(), library());
    if (parsed < 0) return parsed;
    return session_cipher_decrypt_pre_key_signal_message(cipher, message.get(), nullptr, out);
  }

  int decrypt_message(session_cipher* cipher, ByteView wire, signal_buffer** out) {
    Held<signal_message> message;
    const int parsed =
        version == omemo::Version::omemo2
            ? signal_message_deserialize_omemo(message.out(), wire.data(), wire.size(), library())
            : signal_message_deserialize(message.out(), wire.data(), wire.size(), library());
    if (parsed < 0) return parsed;
    return session_cipher_decrypt_signal_message(cipher, message.get(), nullptr, out);
  }
};

LibomemoDevice::LibomemoDevice(omemo::Version version, std::uint32_t id, std::uint32_t prekeys)
    : inside_(std::make_unique<Inside>()) {
  inside_->version = inside_->published.version = version;
  inside_->id = inside_->store.registration = id;
  inside_->make_context();
  inside_->make_identity();
  inside_->make_signed_prekey();
  for (std::uint32_t prekey = 1; prekey <= prekeys; ++prekey) inside_->make_prekey(prekey);
}

LibomemoDevice::~LibomemoDevice() {
  if (inside_->context != nullptr) signal_protocol_store_context_destroy(inside_->context);
  Store& store = inside_->store;
  for (const auto& [key, value] : store.sessions) signal_buffer_free(value);
  for (const auto& [key, value] : store.prekeys) signal_buffer_free(value);
  for (const auto& [key, value] : store.signed_prekeys) signal_buffer_free(value);
  signal_buffer_free(store.identity_public);
  signal_buffer_free(store.identity_private);
}

std::uint32_t LibomemoDevice::id() const { return inside_->id; }

omemo::Bundle LibomemoDevice::bundle() const {
  omemo::Bundle left = inside_->published;
  std::erase_if(left.prekeys,
                [&](const omemo::BundlePreKey& key) { return !inside_->store.prekeys.contains(key.id); });
  return left;
}

void LibomemoDevice::start(std::uint32_t to, const omemo::Bundle& theirs, const omemo::BundlePreKey& prekey) {
  const auto who = address(to);
  Held<ec_public_key> identity, signed_key, key;
  if (inside_->version == omemo::Version::omemo2) {
    check(curve_decode_point_ed(identity.out(), theirs.identity.ed->data(), 32, library()), "identity");
  } else {
    decode(identity, inside_->version, theirs.identity.curve);
  }
  decode(signed_key, inside_->version, theirs.signed_prekey);
  decode(key, inside_->version, prekey.curve);
  Held<session_pre_key_bundle> bundle;
  check(session_pre_key_bundle_create(bundle.out(), to, static_cast<int>(to), prekey.id, key.get(),
                                      theirs.signed_prekey_id, signed_key.get(), theirs.signature.data(),
                                      theirs.signature.size(), identity.get()),
        "bundle");
  session_builder* builder = nullptr;
  check(session_builder_create(&builder, inside_->context, &who, library()), "builder");
  session_builder_set_version(builder, inside_->number());
  const int built = session_builder_process_pre_key_bundle(builder, bundle.get());
  session_builder_free(builder);
  check(built, "bundle refused");
}

bool LibomemoDevice::has_session(std::uint32_t with) const {
  return inside_->store.sessions.contains(static_cast<int>(with));
}

void LibomemoDevice::forget_session(std::uint32_t with) {
  erase(inside_->store.sessions, static_cast<int>(with));
}

LibomemoDevice::Wire LibomemoDevice::encrypt(std::uint32_t to, ByteView key_material) {
  Wire wire{};
  check(inside_->with_cipher(to,
                             [&](session_cipher* cipher) {
                               ciphertext_message* message = nullptr;
                               const int result = session_cipher_encrypt(cipher, key_material.data(),
                                                                         key_material.size(), &message);
                               if (result < 0) return result;
                               signal_buffer* bytes = ciphertext_message_get_serialized(message);
                               wire.bytes.assign(signal_buffer_data(bytes),
                                                 signal_buffer_data(bytes) + signal_buffer_len(bytes));
                               wire.key_exchange =
                                   ciphertext_message_get_type(message) == CIPHERTEXT_PREKEY_TYPE;
                               SIGNAL_UNREF(message);
                               return 0;
                             }),
        "encrypt");
  return wire;
}

std::optional<Bytes> LibomemoDevice::decrypt(std::uint32_t from, ByteView wire, bool key_exchange) {
  signal_buffer* plaintext = nullptr;
  inside_->error = inside_->with_cipher(from, [&](session_cipher* cipher) {
    return key_exchange ? inside_->decrypt_exchange(cipher, wire, from, &plaintext)
                        : inside_->decrypt_message(cipher, wire, &plaintext);
  });
  if (inside_->error < 0) return std::nullopt;
  return take(plaintext);
}

int LibomemoDevice::last_error() const { return inside_->error; }

void LibomemoDevice::keep_used_prekeys() { inside_->store.keep_prekeys = true; }

void LibomemoDevice::make_prekeys(std::uint32_t count) {
  signal_protocol_key_helper_pre_key_list_node* list = nullptr;
  check(signal_protocol_key_helper_generate_pre_keys(&list, 1, count, library()), "prekeys");
  signal_protocol_key_helper_key_list_free(list);
}

}  // namespace omegate::peers
