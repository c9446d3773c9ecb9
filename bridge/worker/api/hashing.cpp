#include <cstddef>
#include <stdexcept>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/plain_hash.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// P.hash.sha256(text) and its sister → hexadecimal digits
template <auto digest>
int hash(Context&, lua_State* lua) {
  push(lua, crypto::to_hex(digest(as_bytes(check_string(lua, 1)))));
  return 1;
}

// P.hash.hmac_sha256(key, text) → hexadecimal digits
int hmac(Context&, lua_State* lua) {
  push(lua, crypto::to_hex(crypto::plain_hmac_sha256(as_bytes(check_string(lua, 1)), as_bytes(check_string(lua, 2)))));
  return 1;
}

// P.hash.same(a, b): in a time that does not tell where they differ
int same(Context&, lua_State* lua) {
  const std::string_view a = check_string(lua, 1), b = check_string(lua, 2);
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]) & 0xffU;
  lua_pushboolean(lua, difference == 0);
  return 1;
}

template <auto write>
int encode(Context&, lua_State* lua) {
  push(lua, write(as_bytes(check_string(lua, 1))));
  return 1;
}

// P.base64.decode(text), P.hex.decode(text) → bytes, or nil and the reason
template <auto read>
int decode(Context&, lua_State* lua) {
  const auto bytes = read(check_string(lua, 1));
  if (bytes) return push(lua, as_text(*bytes)), 1;
  lua_pushnil(lua);
  push(lua, bytes.error().message());
  return 2;
}

void add_group(lua_State* lua, const char* name, const luaL_Reg* functions) {
  lua_newtable(lua);
  luaL_setfuncs(lua, functions, 0);
  lua_setfield(lua, -2, name);
}

}  // namespace

void add_hashing(lua_State* lua) {
  constexpr luaL_Reg hashes[] = {{"sha256", entry<hash<crypto::plain_sha256>>},
                                 {"sha512", entry<hash<crypto::plain_sha512>>},
                                 {"hmac_sha256", entry<hmac>},
                                 {"same", entry<same>},
                                 {nullptr, nullptr}};
  constexpr luaL_Reg base64[] = {{"encode", entry<encode<crypto::to_base64>>},
                                 {"encode_url", entry<encode<crypto::to_base64url>>},
                                 {"decode", entry<decode<crypto::from_base64>>},
                                 {nullptr, nullptr}};
  constexpr luaL_Reg hex[] = {
      {"encode", entry<encode<crypto::to_hex>>}, {"decode", entry<decode<crypto::from_hex>>}, {nullptr, nullptr}};
  add_group(lua, "hash", hashes);
  add_group(lua, "base64", base64);
  add_group(lua, "hex", hex);
}

}  // namespace omegate::worker
