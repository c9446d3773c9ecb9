// The table that docs/plugin-reference.md and the editors' stubs are made of says what the worker registers, and nothing else.
#include "bridge/core/plugin/reference/reference_text.hpp"

#include <gmock/gmock.h>

#include <set>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/interpreter.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

using Names = std::set<std::string>;

/// The names in the table on top of the stack, with those of the tables in it; a list has none.
void collect(lua_State* lua, const std::string& prefix, Names& names) {
  luaL_checkstack(lua, 4, "names");
  for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING) continue;
    const std::string name = prefix + lua_tostring(lua, -2);
    const bool is_value = name == "P.cfg" || name == "P.accounts" || name == "P.programs";
    const bool is_group = lua_istable(lua, -1) && prefix == "P." && !is_value;
    if (is_group)
      collect(lua, name + ".", names);
    else
      names.insert(name);
  }
}

/// What a value on top of the stack can be asked, by ':'.
void collect_methods(lua_State* lua, const std::string& type, Names& names) {
  if (lua_getmetatable(lua, -1) != 0) {
    lua_getfield(lua, -1, "__index");
    collect(lua, type + ":", names);
    lua_pop(lua, 2);
  } else {
    collect(lua, type + ":", names);
  }
}

struct ReferenceOfTheWorker : testing::Test {
  Context context{.load = {"test", 1, {}, "{\"a\": 1}", {}, {"bot"}}, .log = [](const plugin::Log&) {}, .call = {}, .registrations = {}};
  Interpreter interpreter{context, context.load.sources, {}};

  template <class Look>
  void look(Look look) {
    const auto failure = interpreter.run([&](lua_State* lua) {
      look(lua);
      lua_settop(lua, 0);
      lua_pushcfunction(lua, [](lua_State*) { return 0; });
      return 0;
    });
    if (failure) FAIL() << failure->error;
  }
  /// The members stand behind P, as the upvalue of a function.
  static void push_members(lua_State* lua, Context& context) {
    push_capabilities(lua, context);
    lua_getmetatable(lua, -1);
    lua_getfield(lua, -1, "__index");
    lua_getupvalue(lua, -1, 1);
  }
};

Names documented(const std::string& separator) {
  Names names;
  for (const auto& section : plugin::reference::sections())
    for (const auto& entry : section.entries)
      if (entry.name.find(separator) != entry.name.npos) names.emplace(entry.name);
  return names;
}

TEST_F(ReferenceOfTheWorker, NamesWhatPHasAndNothingElse) {
  Names registered;
  look([&](lua_State* lua) {
    push_members(lua, context);
    collect(lua, "P.", registered);
  });
  EXPECT_EQ(registered, documented("P."));
}

TEST_F(ReferenceOfTheWorker, NamesWhatValuesCanBeAsked) {
  Names registered;
  look([&](lua_State* lua) {
    push_members(lua, context);
    const int members = lua_gettop(lua);
    const auto make = [&](const std::string& type, const char* group, const char* function, std::initializer_list<const char*> arguments) {
      lua_pushvalue(lua, members);
      if (group != nullptr) lua_getfield(lua, -1, group);
      lua_getfield(lua, -1, function);
      for (const char* argument : arguments) lua_pushstring(lua, argument);
      lua_call(lua, static_cast<int>(arguments.size()), 1);
      collect_methods(lua, type, registered);
      lua_settop(lua, members);
    };
    make("Space", nullptr, "kv", {"a"});
    make("Ids", nullptr, "ids", {"b"});
    make("Expression", nullptr, "re", {"c"});
    make("Counter", "metrics", "counter", {"d", "Counts."});
    make("Gauge", "metrics", "gauge", {"e", "Measures."});
    make("Histogram", "metrics", "histogram", {"f", "Spreads."});
    push_event_methods(lua);
    collect(lua, "Event:", registered);
  });
  registered.insert("Response:json");  // there is no answer to look at here; an example looks at it
  EXPECT_EQ(registered, documented(":"));
}

TEST_F(ReferenceOfTheWorker, HasStubsThatAreLua) {
  look([&](lua_State* lua) {
    const std::string text = plugin::reference::stubs();
    if (luaL_loadbufferx(lua, text.data(), text.size(), "=stubs", "t") != LUA_OK) lua_error(lua);
    lua_call(lua, 0, 1);
  });
}

}  // namespace
}  // namespace omegate::worker
