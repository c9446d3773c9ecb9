#include "bridge/app/service_manager.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace omegate::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

/// The other side: a datagram socket as systemd opens one.
class Manager {
 public:
  explicit Manager(std::string name) : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name[0] == '@') name[0] = '\0';
    name.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ~Manager() { ::close(descriptor_); }
  Manager(const Manager&) = delete;

  /// What it was told; empty: nothing waits.
  std::string hears() const {
    std::array<char, 512> buffer{};
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  int descriptor_;
};

std::string abstract_name() { return "@omegate-test-" + std::to_string(::getpid()); }

TEST(ServiceManager, IsToldEachTurn) {
  const Manager systemd(abstract_name());
  const ServiceManager ours(abstract_name(), 30s);
  ours.ready("1 of 2 accounts online");
  EXPECT_EQ(systemd.hears(), "READY=1\nSTATUS=1 of 2 accounts online");
  ours.reloading();
  EXPECT_THAT(systemd.hears(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  ours.alive();
  EXPECT_EQ(systemd.hears(), "WATCHDOG=1");
  ours.stopping();
  EXPECT_EQ(systemd.hears(), "STOPPING=1");
  EXPECT_EQ(ours.alive_pause(), 15s) << "twice within its patience";
}

TEST(ServiceManager, MayHaveItsSocketAtAPath) {
  const auto path = std::filesystem::temp_directory_path() / ("omegate-notify-" + std::to_string(::getpid()));
  const Manager systemd(path.string());
  ServiceManager(path.string()).ready("up");
  EXPECT_THAT(systemd.hears(), HasSubstr("READY=1"));
  std::filesystem::remove(path);
}

TEST(ServiceManager, IsTakenOutOfTheEnvironmentThatSecretCommandsInherit) {
  const Manager systemd(abstract_name());
  ::setenv("NOTIFY_SOCKET", abstract_name().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "4000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  const auto ours = ServiceManager::from_environment();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  EXPECT_EQ(std::getenv("WATCHDOG_USEC"), nullptr);
  EXPECT_EQ(ours.alive_pause(), 2s);
  ours.alive();
  EXPECT_EQ(systemd.hears(), "WATCHDOG=1");
}

TEST(ServiceManager, DoesNotWatchAnotherProcessThroughUs) {
  ::setenv("NOTIFY_SOCKET", abstract_name().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "4000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(ServiceManager::from_environment().alive_pause(), std::nullopt);
}

TEST(ServiceManager, MayBeAbsentOrGone) {
  ServiceManager("").ready("nobody hears it");
  ServiceManager(abstract_name()).ready("nobody listens any more");
  ServiceManager(std::string(200, '/')).ready("no socket can have this name");
  EXPECT_EQ(ServiceManager("", 30s).alive_pause(), std::nullopt);
}

}  // namespace
}  // namespace omegate::app
