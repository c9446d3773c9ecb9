#include "bridge/worker/failure.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

constexpr int max_levels = 20;  // of the calls; a deep recursion repeats itself
constexpr int lines_around = 2;

struct Place {
  std::string file;
  int line = 0;
};

/// Lua begins its messages with "init.lua:12: ".
std::optional<Place> place_in(std::string_view error) {
  const auto colon = error.find(':');
  if (colon == error.npos) return std::nullopt;
  Place place{std::string(error.substr(0, colon))};
  const char* const digits = error.data() + colon + 1;
  const auto [end, code] = std::from_chars(digits, error.data() + error.size(), place.line);
  if (code != std::errc() || end == error.data() + error.size() || *end != ':') return std::nullopt;
  return place;
}

std::string excerpt(const Place& place, const Sources& sources) {
  const auto source = sources.find(place.file);
  if (source == sources.end()) return {};
  std::string text;
  std::string_view rest = source->second;
  for (int line = 1; line <= place.line + lines_around && !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    if (line >= place.line - lines_around) {
      const std::string number = std::to_string(line);
      text += line == place.line ? "  > " : "    ";
      text += std::string(number.size() < 4 ? 4 - number.size() : 0, ' ') + number + " | ";
      text += std::string(rest.substr(0, end)) + "\n";
    }
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return text;
}

std::string described(const lua_Debug& call) {
  std::string text = call.currentline > 0
                         ? std::string(call.short_src) + ":" + std::to_string(call.currentline)
                         : std::string(call.short_src);
  if (call.name != nullptr) return text + ": in '" + call.name + "'";
  return text + (*call.what == 'm' ? ": in the main chunk" : ": in a function");
}

std::string calls(lua_State* thread) {
  std::string text;
  lua_Debug call{};
  for (int level = 0; level < max_levels && lua_getstack(thread, level, &call) != 0; ++level) {
    lua_getinfo(thread, "Sln", &call);
    text += "  " + described(call) + "\n";
  }
  return text;
}

/// Without `__tostring`, which is the plugin's code and may fail in turn.
std::string text_of(lua_State* thread) {
  if (lua_type(thread, -1) != LUA_TSTRING) {
    return std::string("an error that is a ") + luaL_typename(thread, -1) + " instead of a text";
  }
  std::size_t size = 0;
  const char* const text = lua_tolstring(thread, -1, &size);
  return {text, size};
}

/// What P.fail threw, recognised by its metatable.
const Expected* expected_failure(lua_State* thread) {
  if (lua_type(thread, -1) != LUA_TUSERDATA || !lua_checkstack(thread, 2)) return nullptr;
  if (lua_getmetatable(thread, -1) == 0) return nullptr;
  lua_rawgetp(thread, LUA_REGISTRYINDEX, &failure_key);
  const bool ours = lua_rawequal(thread, -1, -2) != 0;
  lua_pop(thread, 2);
  return ours ? static_cast<const Expected*>(lua_touserdata(thread, -1)) : nullptr;
}

}  // namespace

Failure describe_failure(lua_State* thread, const Sources& sources) {
  if (const Expected* const told = expected_failure(thread)) return {told->text, {}, true, told->again_in};
  Failure failure{text_of(thread), calls(thread)};
  if (const auto place = place_in(failure.error)) {
    failure.traceback = excerpt(*place, sources) + failure.traceback;
  }
  return failure;
}

}  // namespace omegate::worker
