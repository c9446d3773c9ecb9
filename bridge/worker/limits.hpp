// What one plugin may use of this process. Guards against mistakes; against malice stand the sandbox and the
// gateway's deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::worker {

/// Everything Lua allocates. Beyond it the handler fails with "not enough memory" and the worker lives on.
inline constexpr std::size_t max_lua_memory = std::size_t{64} << 20;  // bytes

/// Address space for what is not Lua's: a frame, its JSON, the effects. Beyond it the worker ends.
inline constexpr std::size_t memory_beside_lua = std::size_t{64} << 20;  // bytes

/// Address space of a plugin that is a program of its own. Why: an interpreter with its library takes 30 MiB of it.
inline constexpr std::size_t max_program_memory = std::size_t{256} << 20;  // bytes

/// Lua instructions between two looks at the budget and the clock.
inline constexpr int instructions_per_look = 10'000;

/// What one handler may run: seconds of pure computation, far from what an answer needs. Unit: Lua
/// instructions.
inline constexpr long max_instructions = 200'000'000;

/// When a handler is told to stop, with a traceback; before the gateway's deadline of 10 s, which leaves
/// none.
inline constexpr std::chrono::seconds max_handler_time{8};

/// Log lines of one handler; the rest is dropped and counted.
inline constexpr int max_log_lines = 100;

/// A regular expression (P.re): its pattern, what its program and the automaton made of it may take, its groups, the text
/// it is used on, and how many there are at once. Units: bytes; bytes; groups; bytes; expressions.
///
/// Why: time is linear in the text, with the program's size as its factor; all together stay within `memory_beside_lua`.
/// 4 KiB of pattern hold hundreds of words; a program takes some 10 KiB, unless it repeats a lot.
inline constexpr std::size_t max_expression_size = std::size_t{4} << 10;
inline constexpr std::int64_t max_expression_memory = std::int64_t{512} << 10;
inline constexpr int max_expression_groups = 32;
inline constexpr std::size_t max_expression_text = std::size_t{1} << 20;
inline constexpr std::size_t max_expressions = 64;

/// CPU time of the whole process. A last resort should the gateway hang: it ends a handler long before. A
/// plugin that worked that much over weeks is started anew and loses nothing.
inline constexpr std::chrono::hours max_cpu_time{1};

/// The same, for the tests to make small.
struct Limits {
  std::size_t memory = max_lua_memory;
  long instructions = max_instructions;
  std::chrono::milliseconds time = max_handler_time;
};

}  // namespace omegate::worker
