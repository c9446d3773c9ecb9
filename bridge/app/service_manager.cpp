#include "bridge/app/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace omegate::app {
namespace {

std::string take(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<long long> number(const std::string& text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  std::string socket = take("NOTIFY_SOCKET");
  const auto patience = number(take("WATCHDOG_USEC"));
  const auto whom = number(take("WATCHDOG_PID"));
  std::optional<std::chrono::microseconds> watchdog;
  if (patience && *patience > 0 && (!whom || *whom == ::getpid())) watchdog.emplace(*patience);
  return ServiceManager(std::move(socket), watchdog);
}

ServiceManager::ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog)
    : address_(std::move(socket)), watchdog_(watchdog) {
  const bool usable = !address_.empty() && (address_[0] == '/' || address_[0] == '@') &&
                      address_.size() < sizeof(sockaddr_un::sun_path);
  if (!usable) {
    address_.clear();
    watchdog_.reset();
    return;
  }
  if (address_[0] == '@') address_[0] = '\0';
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

ServiceManager::~ServiceManager() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ServiceManager::ServiceManager(ServiceManager&& other) noexcept
    : address_(std::move(other.address_)),
      watchdog_(other.watchdog_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

void ServiceManager::ready(std::string_view status) const {
  tell("READY=1\nSTATUS=" + std::string(status));
}

void ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000LL + now.tv_nsec / 1000));
}

void ServiceManager::stopping() const { tell("STOPPING=1"); }

void ServiceManager::alive() const { tell("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> ServiceManager::alive_pause() const {
  if (!watchdog_) return std::nullopt;
  return *watchdog_ / 2;
}

// A manager that does not listen any more is no reason to fail: what it does not hear it will act on.
void ServiceManager::tell(std::string_view lines) const {
  if (descriptor_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  (void)!::sendto(descriptor_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&to), length);
}

}  // namespace omegate::app
