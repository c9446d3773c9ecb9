#include "bridge/worker/channel.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace omegate::worker {
namespace {

std::size_t checked(ssize_t size, const char* what) {
  if (size < 0) throw std::system_error(errno, std::generic_category(), what);
  return static_cast<std::size_t>(size);
}

}  // namespace

std::optional<plugin::ToWorker> Channel::receive() {
  for (;;) {
    if (const auto text = reader_.next().value()) return plugin::parse_to_worker(*text).value();
    const std::size_t size =
        checked(read(descriptor_, buffer_.data(), buffer_.size()), "reading from the gateway");
    if (size == 0) return std::nullopt;
    reader_.feed({buffer_.data(), size});
  }
}

void Channel::send(const plugin::ToGateway& frame) {
  const std::string bytes = plugin::encode(frame).value();
  for (std::string_view rest = bytes; !rest.empty();) {
    rest.remove_prefix(checked(write(descriptor_, rest.data(), rest.size()), "writing to the gateway"));
  }
}

}  // namespace omegate::worker
