// Law: whatever the server says, it is authentic only with the one right signature.
// case 19
#include "bridge/core/xmpp/scram.hpp"

#include <charconv>

#include "bridge/core/xmpp/limits.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

constexpr std::string_view nonce = "cN0nce";

/// Computing is not what is tested here.
bool is_expensive(std::string_view first) {
  const std::size_t at = first.find(",i=");
  if (at == std::string_view::npos) return false;
  std::uint64_t iterations = 0;
  std::from_chars(first.data() + at + 3, first.data() + first.size(), iterations);
  return iterations > 5000 && iterations <= xmpp::max_scram_iterations;
}

}  // namespace

/// server-first, a newline, server-final.
void fuzz_scram(ByteView input) {
  using namespace omegate::xmpp;
  const std::string_view text = as_text(input);
  const std::size_t end = text.find('\n');
  const std::string_view first = text.substr(0, end);
  const std::string_view final = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  if (is_expensive(first)) return;
  Scram scram({.hash = crypto::Hash::sha1,
               .user = "bot",
               .password = prepare_password("pencil").value(),
               .nonce = std::string(nonce)});
  require(!scram.finish(final), "no success before our proof");
  const auto answer = scram.answer(first);
  if (!answer) return;
  require(first.starts_with("r=" + std::string(nonce)), "the nonce is ours");
  require(answer->starts_with("c=biws,r=" + std::string(nonce)),
          "the answer repeats the header and the nonce");
  require(!scram.finish("v=" + std::string(final) + "x"), "a wrong signature is none");
  require(!scram.server_is_authentic(), "nothing was proved");
}

}  // namespace omegate::fuzz
