// A QR code as a PNG picture.
//
// One bit per pixel, in stored blocks: a code is small, and no compressor is needed for it.
// Source: PNG 1.2 §3, §4.1; RFC 1950, RFC 1951 §3.2.4.
#pragma once

#include <string>

#include "bridge/edge/qr/qr_code.hpp"

namespace omegate::qr {

/// The bytes of the file, with the quiet zone, `module` pixels per module.
std::string to_png(const QrCode& code, int module = 8);

}  // namespace omegate::qr
