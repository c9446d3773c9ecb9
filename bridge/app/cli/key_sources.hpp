// Keys out of whatever a person has at hand: a URI, the picture of a QR code, a list as clients print it.
//
// Not here: one key typed behind a JID (key_words.hpp), deciding (the gateway).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/omemo/keys.hpp"

namespace omegate::app {

struct NamedKey {
  std::string jid;  // empty: the source does not say whose
  omemo::PublicKey key{};

  friend bool operator==(const NamedKey&, const NamedKey&) = default;
};

/// 64 digits however they are grouped, in one line or in two as Dino shows them; an address or `xmpp:` URI in
/// a line names the owner of what follows. Everything else in the text is skipped.
std::vector<NamedKey> keys_in_text(std::string_view text);

/// What the QR codes of a picture say, one per line: by the program zbarimg.
/// Throws `std::runtime_error` with what to do when it is not installed or finds nothing.
std::string text_of_picture(const std::filesystem::path& file);

/// By its first bytes: PNG, JPEG, GIF, WebP, BMP.
bool is_picture(std::string_view first_bytes);

}  // namespace omegate::app
