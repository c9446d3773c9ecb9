#include "bridge/core/plugin/frame_reader.hpp"

#include "bridge/core/plugin/error.hpp"

namespace omegate::plugin {
namespace {

constexpr std::size_t header_size = 4;

std::size_t big_endian(std::string_view header) {
  std::size_t value = 0;
  for (const char byte : header) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

Result<std::optional<std::string>> FrameReader::next() {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() >= header_size) {
    const std::size_t size = big_endian(rest.substr(0, header_size));
    if (size > max_size_) return Error::frame_too_large;
    if (rest.size() - header_size >= size) {
      consumed_ += header_size + size;
      return std::optional<std::string>(rest.substr(header_size, size));
    }
  }
  buffer_.erase(0, consumed_);  // only when nothing is left to take: many small frames cost one move
  consumed_ = 0;
  return std::optional<std::string>();
}

}  // namespace omegate::plugin
