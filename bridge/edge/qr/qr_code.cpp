#include "bridge/edge/qr/qr_code.hpp"

#include <qrencode.h>

#include <cerrno>
#include <memory>
#include <new>
#include <stdexcept>

namespace omegate::qr {

QrCode::QrCode(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(text.size()), bytes, 0, QR_ECLEVEL_M), &QRcode_free);
  if (!code && errno == ENOMEM) throw std::bad_alloc();
  if (!code) throw std::length_error("does not fit into a QR code");
  size_ = code->width;
  dark_.resize(static_cast<std::size_t>(size_ * size_));
  for (std::size_t i = 0; i < dark_.size(); ++i) dark_[i] = (code->data[i] & 1) != 0;
}

bool QrCode::is_dark(int x, int y) const {
  if (x < 0 || y < 0 || x >= size_ || y >= size_) return false;
  return dark_[static_cast<std::size_t>(y * size_ + x)];
}

std::string to_terminal(const QrCode& code, bool colours) {
  std::string text;
  for (int y = -quiet_zone; y < code.size() + quiet_zone; y += 2) {
    if (colours) text += "\x1b[38;5;16;48;5;231m";  // black on white
    for (int x = -quiet_zone; x < code.size() + quiet_zone; ++x) {
      // With colours ink is dark; without, the background is, and ink is light.
      const bool upper = code.is_dark(x, y) == colours;
      const bool lower = code.is_dark(x, y + 1) == colours;
      text += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    text += colours ? "\x1b[0m\n" : "\n";
  }
  return text;
}

std::string to_svg(const QrCode& code, int module) {
  const auto side = std::to_string(code.size() + 2 * quiet_zone);
  const auto pixels = std::to_string((code.size() + 2 * quiet_zone) * module);
  std::string path;
  for (int y = 0; y < code.size(); ++y)
    for (int x = 0; x < code.size(); ++x)
      if (code.is_dark(x, y))
        path += "M" + std::to_string(x + quiet_zone) + " " + std::to_string(y + quiet_zone) + "h1v1h-1z";
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + pixels + "\" height=\"" + pixels +
         "\" viewBox=\"0 0 " + side + " " + side + "\" shape-rendering=\"crispEdges\">\n<rect width=\"" +
         side + "\" height=\"" + side + "\" fill=\"#fff\"/>\n<path d=\"" + path + "\"/>\n</svg>\n";
}

}  // namespace omegate::qr
