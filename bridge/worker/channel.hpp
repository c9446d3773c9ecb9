// The worker's end of the socket: frames in, frames out.
#pragma once

#include <optional>
#include <vector>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/frame_reader.hpp"

namespace omegate::worker {

/// Blocks; the worker has nothing else to do. Throws `std::system_error` (the socket) and
/// `boost::system::system_error`
/// (`plugin::Error`: what came is no frame).
class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor) {}

  /// Nothing when the gateway closed its end.
  std::optional<plugin::ToWorker> receive();
  void send(const plugin::ToGateway& frame);

 private:
  int descriptor_;
  plugin::FrameReader reader_;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);  // kept: a new one each time would be wiped each time
};

}  // namespace omegate::worker
