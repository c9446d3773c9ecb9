#include "bridge/app/terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <stdexcept>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/config/file_descriptor.hpp"

namespace omegate::app {
namespace {

constexpr std::size_t longest_line = 1024;  // bytes; a terminal gives at most 4096 in one line

/// Switches the terminal's echo off while it lives.
class Silence {
 public:
  explicit Silence(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) throw std::runtime_error("the terminal cannot be silenced");
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() { ::tcsetattr(terminal_, TCSAFLUSH, &before_); }

 private:
  int terminal_;
  termios before_{};
};

void say(int terminal, const std::string& text) {
  if (::write(terminal, text.data(), text.size()) < 0) throw std::runtime_error("the terminal is gone");
}

}  // namespace

config::SecretText ask_secret(const std::string& question) {
  const config::FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) throw std::runtime_error("there is no terminal to ask for a password; use --password-file");
  say(terminal.get(), question + ": ");
  const Silence silence(terminal.get());
  crypto::SecretBytes typed(longest_line);
  std::size_t size = 0;
  while (size < longest_line) {
    const auto room = typed.writable().subspan(size);
    const ssize_t count = ::read(terminal.get(), room.data(), room.size());
    if (count <= 0) throw std::runtime_error("the input ended");
    size += static_cast<std::size_t>(count);
    if (room[static_cast<std::size_t>(count) - 1] == '\n') break;
  }
  say(terminal.get(), "\n");
  while (size > 0 && (typed.bytes()[size - 1] == '\n' || typed.bytes()[size - 1] == '\r')) --size;
  if (size == 0) throw std::runtime_error("nothing was typed");
  return config::SecretText(as_text(typed.bytes().first(size)));
}

}  // namespace omegate::app
