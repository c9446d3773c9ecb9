// One Lua state with its limits: memory, instructions, time, and libraries that reach nothing outside.
//
// Not here: what a plugin can do (api/), which handler runs when (plugin.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "bridge/worker/failure.hpp"
#include "bridge/worker/limits.hpp"

struct lua_Debug;

namespace omegate::worker {

struct Context;

class Interpreter {
 public:
  /// Opens the libraries. `context` is what the functions of the API find again, `sources` what `require`
  /// resolves and errors quote; both outlive this. Throws `std::bad_alloc`.
  Interpreter(Context& context, const Sources& sources, Limits limits);

  /// Pushes what a run consists of onto `thread`: a function, then its arguments. Returns how many arguments.
  using Prepare = std::function<int(lua_State* thread)>;
  /// Looks at what the function returned: `count` values on top of `thread`.
  using Take = std::function<void(lua_State* thread, int count)>;

  /// Runs it as a coroutine, within the budget that `begin` gave. The failure if it has one.
  std::optional<Failure> run(const Prepare& prepare, const Take& take = {});

  /// A new budget of instructions and time, for one handler or one load.
  void begin();

  /// Time that passed while the plugin waited for somebody else.
  void allow(std::chrono::steady_clock::duration waited) { end_ += waited; }

 private:
  template <class Body>
  std::optional<Failure> protect(Body body);
  std::optional<Failure> resume(lua_State* thread, int arguments, const Take& take);

  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void look(lua_State* lua, lua_Debug* call);
  void watch(lua_State* lua, int instructions);
  bool is_spent() const;

  const Sources& sources_;
  Limits limits_;
  std::size_t used_ = 0;   // bytes
  long instructions_ = 0;  // left
  std::chrono::steady_clock::time_point end_;
  std::unique_ptr<lua_State, void (*)(lua_State*)> lua_;  // last: its end uses `used_`
};

}  // namespace omegate::worker
