// Which mutation of a mutated file is on: the number in the environment variable OMEGATE_MUTANT; 0 or none: none.
//
// For scripts/mutate alone; nothing of the program includes it. With OMEGATE_MUTANTS_REACHED the numbers of all
// places that were reached are appended to that file at the end of the process.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace mutation {

struct Switch {
  Switch() {
    if (const char* number = std::getenv("OMEGATE_MUTANT")) active = std::atoi(number);
  }
  ~Switch() {
    const char* const path = std::getenv("OMEGATE_MUTANTS_REACHED");
    if (!path) return;
    std::string lines;
    for (std::size_t i = 0; i < sizeof reached; ++i)
      if (reached[i]) lines += std::to_string(i) + '\n';
    const int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || ::write(file, lines.data(), lines.size()) < 0) ::_exit(99);
    ::close(file);
  }

  int active = 0;
  bool reached[1 << 15] = {};
};

inline Switch the_switch;

inline bool on(int number) {
  the_switch.reached[number] = true;
  return the_switch.active == number;
}

/// The same in functions that the compiler may run.
constexpr bool on_here(int number) { return !std::is_constant_evaluated() && on(number); }

}  // namespace mutation
