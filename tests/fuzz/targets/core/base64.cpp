// Laws: base64 is one-to-one but for white space, hexadecimal but for upper case; the fast writer writes the
// same.
// case 91
#include <algorithm>
#include <string>

#include "bridge/core/crypto/encoding.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void check_writing(ByteView input) {
  const Bytes bytes(input.begin(), input.end());
  const std::string text = crypto::to_base64(input);
  require(crypto::from_base64(text).value() == bytes, "base64 comes back");
  require(crypto::from_hex(crypto::to_hex(input)).value() == bytes, "hex comes back");
  std::string appended = "<";
  crypto::append_base64(appended, input);
  require(appended == "<" + text, "both writers agree");
  std::string url = crypto::to_base64url(input);
  require(url.find_first_of("+/=") == std::string::npos, "a token fits into a URL");
  std::replace(url.begin(), url.end(), '-', '+');
  std::replace(url.begin(), url.end(), '_', '/');
  require(url == text.substr(0, text.find('=')), "the URL form is the same text");
}

}  // namespace

void fuzz_base64(ByteView input) {
  check_writing(input);
  std::string text(as_text(input));
  if (const auto bytes = crypto::from_hex(text)) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    require(crypto::to_hex(*bytes) == text, "only one text in hex stands for some bytes");
  }
  const auto decoded = crypto::from_base64(as_text(input));
  if (!decoded) return;
  text = as_text(input);
  text.erase(std::remove_if(text.begin(), text.end(), is_space), text.end());
  require(crypto::to_base64(*decoded) == text, "only one text stands for some bytes");
}

}  // namespace omegate::fuzz
