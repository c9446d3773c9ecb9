// A QR code as something a terminal or a page can show.
//
// Not here: what it says (core/omemo/verification_uri.hpp). Source: ISO/IEC 18004 (through libqrencode).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::qr {

/// A square of dark and light modules, without its quiet zone.
class QrCode {
 public:
  /// At the lowest version that holds `text` with medium error correction (15 %). Throws `std::length_error`
  /// when `text` is too long for any (about 2300 bytes).
  explicit QrCode(std::string_view text);

  int size() const { return size_; }  // modules per side
  bool is_dark(int x, int y) const;   // light outside the square

 private:
  int size_ = 0;
  std::vector<bool> dark_;
};

/// Modules of light border that scanners need on each side.
inline constexpr int quiet_zone = 4;

/// Two modules per character by half blocks. `colours`: dark on light whatever the terminal's colours are;
/// without, for a terminal with a dark background.
std::string to_terminal(const QrCode& code, bool colours);

/// A page of its own, `module` user units per module.
std::string to_svg(const QrCode& code, int module = 8);

}  // namespace omegate::qr
