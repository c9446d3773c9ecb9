#include "tests/flow/world/child_gateway.hpp"
#include "test_places.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace omegate::flow {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

void ChildGateway::start(const std::string& failpoint, const std::string& program,
                         const std::vector<std::string>& environment) {
  std::vector<std::string> words{std::string(OMEGATE_BINARY_DIR "/") + program, "run", "--config", config_};
  // A process that no debugger may look into cannot be searched for leaks either.
  std::vector<std::string> variables{"ASAN_OPTIONS=detect_leaks=0"};
  if (!failpoint.empty()) variables.push_back("OMEGATE_FAILPOINT=" + failpoint);
  variables.insert(variables.end(), environment.begin(), environment.end());
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int descriptor : {1, 2}) {
    posix_spawn_file_actions_addopen(&files, descriptor, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  }
  pid_t process = 0;
  const int failure = posix_spawn(&process, words[0].c_str(), &files, nullptr, pointers(words).data(),
                                  pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw std::runtime_error("cannot start " + words[0]);
  process_ = process;
  was_killed_ = false;
}

long ChildGateway::most_memory() const {
  if (!process_) return 0;
  std::ifstream status("/proc/" + std::to_string(*process_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

bool ChildGateway::is_running() {
  if (!process_) return false;
  int status = 0;
  if (waitpid(*process_, &status, WNOHANG) == 0) return true;
  was_killed_ = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  process_.reset();
  return false;
}

void ChildGateway::ask_to_stop() const {
  if (process_) kill(*process_, SIGTERM);
}

void ChildGateway::kill_now() {
  if (!process_) return;
  kill(*process_, SIGKILL);
  waitpid(*process_, nullptr, 0);
  process_.reset();
}

std::uint16_t free_port() {
  boost::asio::io_context io;
  const boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

}  // namespace omegate::flow
