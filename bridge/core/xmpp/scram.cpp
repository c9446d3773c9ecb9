#include "bridge/core/xmpp/scram.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/number.hpp"
#include "bridge/core/xmpp/stringprep.hpp"

namespace omegate::xmpp {
namespace {

/// "=" and "," have a meaning in SCRAM. Source: RFC 5802 §5.1 (saslname).
std::string escape_name(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '=') {
      escaped += "=3D";
    } else if (c == ',') {
      escaped += "=2C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

struct Attribute {
  char name;
  std::string_view value;
};

/// "a=1,b=2" in order. Nothing if a part has another form.
std::optional<std::vector<Attribute>> split_attributes(std::string_view message) {
  std::vector<Attribute> attributes;
  for (;;) {
    const std::size_t comma = message.find(',');
    const std::string_view part = message.substr(0, comma);
    if (part.size() < 2 || part[1] != '=') return std::nullopt;
    attributes.push_back({part[0], part.substr(2)});
    if (comma == std::string_view::npos) return attributes;
    message.remove_prefix(comma + 1);
  }
}

std::optional<std::string_view> find(const std::vector<Attribute>& attributes, char name) {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == name) return attribute.value;
  }
  return std::nullopt;
}

struct ServerFirst {
  std::string_view nonce;
  Bytes salt;
  std::uint32_t iterations = 0;
  std::optional<std::string_view> offers_hash;  // XEP-0474 `h`
};

Result<ServerFirst> parse_server_first(std::string_view message) {
  const auto attributes = split_attributes(message);
  if (!attributes || attributes->size() < 3) return Error::bad_challenge;
  const auto& a = *attributes;
  if (a[0].name != 'r' || a[1].name != 's' || a[2].name != 'i')
    return Error::bad_challenge;  // `m=` ends here, too
  auto salt = crypto::from_base64(a[1].value);
  const auto iterations = parse_number<std::uint32_t>(a[2].value);
  if (!salt || salt->empty() || find(a, 'm')) return Error::bad_challenge;
  if (!iterations || *iterations < min_scram_iterations || *iterations > max_scram_iterations) {
    return Error::bad_iteration_count;
  }
  return ServerFirst{a[0].value, *std::move(salt), *iterations, find(a, 'h')};
}

std::string joined(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) {
    if (&name != &names.front()) text += '\x1e';
    text += name;
  }
  return text;
}

Bytes exclusive_or(ByteView a, ByteView b) {
  assert(a.size() == b.size());
  Bytes result(a.begin(), a.end());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<Byte>(result[i] ^ b[i]);
  return result;
}

}  // namespace

Result<crypto::SecretBytes> prepare_password(std::string_view password) {
  const bool ascii =
      std::all_of(password.begin(), password.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (ascii) return crypto::SecretBytes(as_bytes(password));
  auto prepared = prepare(Profile::saslprep, password);
  if (!prepared) return Error::bad_password_text;
  crypto::SecretBytes secret(as_bytes(*prepared));
  crypto::wipe({reinterpret_cast<Byte*>(prepared->data()), prepared->size()});
  return secret;
}

std::string offers_hash(crypto::Hash hash, const SaslOffer& offer) {
  std::string text = joined(offer.mechanisms);
  if (offer.channel_bindings) text += '\x1f' + joined(*offer.channel_bindings);
  return crypto::to_base64(crypto::digest(hash, as_bytes(text)));
}

Scram::Scram(Setup setup) : setup_(std::move(setup)) {
  assert(!setup_.nonce.empty() && setup_.nonce.find(',') == std::string::npos);
  assert(binding_name(setup_.binding).empty() == setup_.binding_data.empty());
}

std::string Scram::gs2_header() const {
  switch (setup_.binding) {
    case Binding::none:
      return "n,,";
    case Binding::not_offered:
      return "y,,";
    case Binding::exporter:
    case Binding::server_end_point:
      break;
  }
  return "p=" + std::string(binding_name(setup_.binding)) + ",,";
}

std::string Scram::first_bare() const { return "n=" + escape_name(setup_.user) + ",r=" + setup_.nonce; }

std::string Scram::first() const { return gs2_header() + first_bare(); }

Result<> Scram::check_offers(std::optional<std::string_view> server_hash) const {
  if (!server_hash) return setup_.needs_proof_of_offers ? Result<>(Error::downgrade_suspected) : Result<>();
  if (*server_hash != offers_hash(setup_.hash, setup_.offer)) return Error::offers_altered;
  return {};
}

Result<std::string> Scram::answer(std::string_view server_first) {
  assert(server_signature_.empty());
  const auto challenge = parse_server_first(server_first);
  if (!challenge) return challenge.error();
  if (!challenge->nonce.starts_with(setup_.nonce) || challenge->nonce.size() == setup_.nonce.size()) {
    return Error::nonce_mismatch;
  }
  if (const auto checked = check_offers(challenge->offers_hash); !checked) return checked.error();

  Bytes binding = to_bytes(gs2_header());
  binding.insert(binding.end(), setup_.binding_data.begin(), setup_.binding_data.end());
  const std::string without_proof = "c=" + crypto::to_base64(binding) + ",r=" + std::string(challenge->nonce);
  const std::string signed_text = first_bare() + ',' + std::string(server_first) + ',' + without_proof;
  const auto proof = prove(challenge->salt, challenge->iterations, signed_text);
  return without_proof + ",p=" + crypto::to_base64(proof);
}

Bytes Scram::prove(ByteView salt, std::uint32_t iterations, std::string_view signed_text) {
  const crypto::Hash hash = setup_.hash;
  const auto secret_hmac = [&](ByteView key, std::string_view text) {
    return crypto::SecretBytes(crypto::hmac(hash, key, as_bytes(text)));
  };
  const crypto::SecretBytes salted = crypto::pbkdf2(hash, setup_.password, salt, iterations);
  const crypto::SecretBytes client_key = secret_hmac(salted, "Client Key");
  const crypto::SecretBytes server_key = secret_hmac(salted, "Server Key");
  const Bytes stored_key = crypto::digest(hash, client_key);
  server_signature_ = crypto::hmac(hash, server_key, as_bytes(signed_text));
  return exclusive_or(client_key, crypto::hmac(hash, stored_key, as_bytes(signed_text)));
}

Result<> Scram::finish(std::string_view server_final) {
  if (server_signature_.empty()) return Error::server_not_authentic;  // success before our proof
  const auto attributes = split_attributes(server_final);
  if (!attributes) return Error::bad_challenge;
  if (attributes->front().name == 'e') return Error::server_refused;
  if (attributes->front().name != 'v') return Error::server_not_authentic;
  const auto signature = crypto::from_base64(attributes->front().value);
  if (!signature || !crypto::equal(*signature, server_signature_)) return Error::server_not_authentic;
  authentic_ = true;
  return {};
}

}  // namespace omegate::xmpp
