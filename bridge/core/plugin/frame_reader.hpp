// Cuts a stream of bytes into frames.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {

/// Feed it what the socket gave, then take frames until there are none. Memory: at most one frame, once its
/// four bytes of length passed the limit, plus what was fed last.
class FrameReader {
 public:
  explicit FrameReader(std::size_t max_size = max_frame_size) : max_size_(max_size) {}

  void feed(std::string_view bytes) { buffer_.append(bytes); }

  /// The text of the next whole frame, or nothing yet. Errors: `frame_too_large`; the stream is then lost.
  Result<std::optional<std::string>> next();

 private:
  std::size_t max_size_;
  std::size_t consumed_ = 0;  // of `buffer_`
  std::string buffer_;
};

}  // namespace omegate::plugin
