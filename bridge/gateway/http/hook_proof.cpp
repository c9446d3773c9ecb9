#include "bridge/gateway/http/hook_proof.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <vector>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/gateway/http/hook_limits.hpp"
#include "bridge/gateway/http/hook_signature.hpp"

namespace omegate::gateway {
namespace {

using crypto::Hash;

constexpr const char* how_to =
    "missing or wrong token: send `Authorization: Bearer TOKEN`, `?token=TOKEN`, or a signature made with it";

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return result;
}

/// Compares digests: neither the length nor the first difference shows in the time it takes.
bool same(std::string_view given, std::string_view wanted) {
  return !given.empty() && crypto::equal(crypto::digest(Hash::sha256, as_bytes(given)),
                                         crypto::digest(Hash::sha256, as_bytes(wanted)));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    result += escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return result;
}

/// Calls `take(name, value, whole)` for each field.
template <class Take>
void each_field(std::string_view query, Take take) {
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    const auto equals = std::min(field.find('='), field.size());
    take(field.substr(0, equals), field.substr(std::min(equals + 1, field.size())), field);
  }
}

/// What follows the scheme of an `Authorization` header.
std::optional<std::string_view> credentials(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || lower(header.substr(0, scheme.size())) != scheme) return std::nullopt;
  return header.substr(scheme.size());
}

/// The password of `Basic`, or the name where there is no password: curl -u TOKEN:, -u any:TOKEN.
std::string basic_password(std::string_view encoded) {
  std::string padded(encoded);
  padded.append((4 - padded.size() % 4) % 4, '=');
  const auto bytes = crypto::from_base64(padded);
  if (!bytes) return {};
  const std::string pair(as_text(*bytes));
  const auto colon = std::min(pair.find(':'), pair.size());
  const std::string password = pair.substr(std::min(colon + 1, pair.size()));
  return password.empty() ? pair.substr(0, colon) : password;
}

/// All tokens a request carries, wherever its sender puts them.
std::vector<std::string> tokens(const http::Request& request) {
  std::vector<std::string> found;
  const auto add_authorization = [&](std::string_view header) {
    if (const auto token = credentials(header, "bearer ")) found.emplace_back(*token);
    if (const auto pair = credentials(header, "basic ")) found.push_back(basic_password(*pair));
  };
  add_authorization(request.header("authorization"));
  for (const char* name : {"x-gotify-key", "x-gitlab-token"}) found.emplace_back(request.header(name));
  each_field(request.query, [&](std::string_view name, std::string_view value, std::string_view) {
    if (name == "token") found.push_back(decoded(value));
    if (name != "auth") return;  // ntfy: the whole header, in base64 without padding, of either alphabet
    std::string header = decoded(value);
    std::ranges::replace(header, '-', '+');
    std::ranges::replace(header, '_', '/');
    header.append((4 - header.size() % 4) % 4, '=');
    if (const auto bytes = crypto::from_base64(header)) add_authorization(as_text(*bytes));
  });
  return found;
}

std::string_view first_header(const http::Request& request, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto value = request.header(name); !value.empty()) return value;
  }
  return {};
}

HookProof prove_standard(const http::Request& request, std::string_view secret, WallTime now) {
  const auto id = first_header(request, {"webhook-id", "svix-id"});
  const auto stamp = first_header(request, {"webhook-timestamp", "svix-timestamp"});
  auto list = first_header(request, {"webhook-signature", "svix-signature"});
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
  const bool is_number =
      error == std::errc() && end == stamp.data() + stamp.size() && seconds > 0 && seconds < max_hook_second;
  if (id.empty() || id.size() > max_idempotency_key || !is_number)
    return {false, "a webhook-signature needs webhook-id and webhook-timestamp (seconds since 1970)", {}};
  const std::string wanted = standard_signature(secret, id, stamp, request.body);
  bool good = false;
  while (!list.empty()) {
    const auto one = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    good |= same(one, wanted);
  }
  if (!good) return {false, "the webhook-signature does not fit the body and the hook's secret", {}};
  const auto age = now - from_ms(seconds * 1000);
  if (age > hook_tolerance || age < -hook_tolerance)
    return {false,
            "webhook-timestamp is more than 5 minutes off: an old request, or one of the clocks is wrong",
            {}};
  return {true, {}, "id:" + std::string(id)};
}

/// GitHub's form, which Gitea and Forgejo send too, and their own without the "sha256=". There is no time in
/// it: the signature itself names the delivery.
HookProof prove_hmac(const http::Request& request, std::string_view secret, std::string_view given) {
  constexpr std::string_view scheme = "sha256=";
  if (given.starts_with(scheme)) given.remove_prefix(scheme.size());
  const std::string wanted =
      crypto::to_hex(crypto::hmac(Hash::sha256, as_bytes(secret), as_bytes(request.body)));
  if (!same(lower(given), wanted))
    return {false, "the signature does not fit the body and the hook's secret", {}};
  return {true, {}, "hmac:" + wanted};
}

}  // namespace

bool has_token(const http::Request& request, std::string_view secret) {
  if (secret.empty()) return false;
  bool good = false;
  for (const std::string& token : tokens(request)) good |= same(token, secret);
  return good;
}

bool has_bearer(const http::Request& request, std::string_view secret) {
  const auto token = credentials(request.header("authorization"), "bearer ");
  return !secret.empty() && token && same(*token, secret);
}

HookProof prove(const http::Request& request, std::string_view secret, std::span<const std::string> words,
                std::string_view in_url, WallTime now) {
  if (secret.empty()) return {false, how_to, {}};
  if (!first_header(request, {"webhook-signature", "svix-signature"}).empty())
    return prove_standard(request, secret, now);
  auto hmac = first_header(
      request, {"x-hub-signature-256", "x-forgejo-signature", "x-gitea-signature", "x-gogs-signature"});
  // Bitbucket's; from others it is of SHA-1, and proves nothing.
  const auto older = request.header("x-hub-signature");
  if (hmac.empty() && older.starts_with("sha256=")) hmac = older;
  if (!hmac.empty()) return prove_hmac(request, secret, hmac);
  bool by_url = false;
  for (const std::string& word : words) by_url |= same(in_url, word);
  if (by_url || has_token(request, secret)) return {true, {}, {}};
  return {false,
          in_url.empty() ? how_to
                         : "the word behind the hook's name is wrong, or has expired: `omegate hook url` shows the one that is good",
          {}};
}

std::string url_word(std::string_view secret, std::string_view path, std::int64_t number) {
  constexpr std::size_t digits = 32;  // 128 bits
  std::string what = "omegate hook address\n" + std::string(path);
  if (number > 0) what += "\n" + std::to_string(number);
  return crypto::to_hex(crypto::hmac(Hash::sha256, as_bytes(secret), as_bytes(what))).substr(0, digits);
}

bool is_secret_header(std::string_view name) {
  constexpr std::array<std::string_view, 7> parts{"authorization", "cookie", "token",   "secret",
                                                  "signature",     "-key",   "password"};
  if (name == "idempotency-key" || name == "x-event-key") return false;  // the latter is Bitbucket's word for the event
  return std::ranges::any_of(parts, [&](std::string_view part) { return name.find(part) != name.npos; });
}

std::string without_tokens(std::string_view query) {
  std::string rest;
  each_field(query, [&](std::string_view name, std::string_view, std::string_view whole) {
    if (name == "token" || name == "auth") return;
    if (!rest.empty()) rest += '&';
    rest += whole;
  });
  return rest;
}

}  // namespace omegate::gateway
