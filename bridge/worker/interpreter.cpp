#include "bridge/worker/interpreter.hpp"

#include <cstdlib>
#include <new>

#include "bridge/worker/libraries.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

template <class Body>
int call_body(Context&, lua_State* lua) {
  (*static_cast<Body*>(lua_touserdata(lua, 1)))(lua);
  return 0;
}

}  // namespace

Interpreter::Interpreter(Context& context, const Sources& sources, Limits limits)
    : sources_(sources), limits_(limits), lua_(lua_newstate(&allocate, this), &lua_close) {
  if (!lua_) throw std::bad_alloc();
  *static_cast<Context**>(lua_getextraspace(lua_.get())) = &context;
  watch(lua_.get(), instructions_per_look);
  begin();
  if (protect([](lua_State* lua) { open_libraries(lua); })) throw std::bad_alloc();
}

void Interpreter::begin() {
  instructions_ = limits_.instructions;
  end_ = std::chrono::steady_clock::now() + limits_.time;
}

std::optional<Failure> Interpreter::run(const Prepare& prepare, const Take& take) {
  lua_State* thread = nullptr;
  int arguments = 0, anchor = LUA_NOREF;
  auto failure = protect([&](lua_State* lua) {
    thread = lua_newthread(lua);
    anchor = luaL_ref(lua, LUA_REGISTRYINDEX);
    arguments = prepare(thread);
  });
  if (!failure) failure = resume(thread, arguments, take);
  luaL_unref(lua_.get(), LUA_REGISTRYINDEX, anchor);
  return failure;
}

std::optional<Failure> Interpreter::resume(lua_State* thread, int arguments, const Take& take) {
  int count = 0;
  switch (lua_resume(thread, lua_.get(), arguments, &count)) {
    case LUA_OK:
      return take ? protect([&](lua_State*) { take(thread, count); }) : std::nullopt;
    case LUA_YIELD:
      return Failure{"coroutine.yield outside of a coroutine", {}};
    default:
      return describe_failure(thread, sources_);
  }
}

/// Runs `body(lua)`; whatever Lua raises inside comes back as a failure. Every use of `lua_` that may raise
/// goes through here: outside, even pushing a string may run out of memory, and Lua would abort us.
template <class Body>
std::optional<Failure> Interpreter::protect(Body body) {
  lua_State* const lua = lua_.get();
  lua_pushcfunction(lua, entry<call_body<Body>>);
  lua_pushlightuserdata(lua, &body);
  if (lua_pcall(lua, 1, 0, 0) == LUA_OK) return std::nullopt;
  auto failure = describe_failure(lua, sources_);
  lua_pop(lua, 1);
  return failure;
}

void Interpreter::watch(lua_State* lua, int instructions) {
  lua_sethook(lua, &look, LUA_MASKCOUNT, instructions);
}

bool Interpreter::is_spent() const { return instructions_ <= 0 || std::chrono::steady_clock::now() >= end_; }

/// The hook. Each coroutine of the plugin inherits it; the budget is one for all.
void Interpreter::look(lua_State* lua, lua_Debug* call) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  auto& interpreter = *static_cast<Interpreter*>(self);
  const int passed = lua_gethookcount(lua);
  interpreter.instructions_ -= passed;
  if (!interpreter.is_spent()) {
    if (passed != instructions_per_look) interpreter.watch(lua, instructions_per_look);
    return;
  }
  interpreter.watch(lua, 1);  // or a `pcall` in a loop would catch us forever
  lua_getinfo(lua, "Sl", call);
  lua_pushfstring(lua, "%s:%d: ran too long without returning", call->short_src, call->currentline);
  lua_error(lua);
}

void* Interpreter::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& interpreter = *static_cast<Interpreter*>(self);
  const std::size_t freed = block ? old_size : 0;  // for a new block Lua passes a type tag here
  const std::size_t used = interpreter.used_ - freed + new_size;
  if (new_size > freed && used > interpreter.limits_.memory) return nullptr;
  void* result = nullptr;
  if (new_size == 0) {
    std::free(block);
  } else if (result = std::realloc(block, new_size); !result) {
    return nullptr;
  }
  interpreter.used_ = used;
  return result;
}

}  // namespace omegate::worker
