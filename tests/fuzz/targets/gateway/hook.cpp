// Laws: without the hook's secret no request gets in, whatever its sender puts where; with it, the one that
// was signed does and none of another body; no secret reaches a plugin; every sender gets JSON for an answer.
//
// Input: METHOD TARGET, header lines, an empty line, the body.
#include <algorithm>
#include <boost/json/parse.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/gateway/http/hook_address.hpp"
#include "bridge/gateway/http/hook_limits.hpp"
#include "bridge/gateway/http/hook_proof.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::gateway;

constexpr WallTime now = WallTime(std::chrono::milliseconds(1'772'366'400'000));
constexpr std::string_view hook_path = "/alerts";

/// Of the process: nobody who writes an input can know it.
const std::string& secret() {
  static const std::string text =
      "s3cret " + crypto::to_hex(crypto::digest(crypto::Hash::sha512, as_bytes("omegate fuzz")));
  return text;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

http::Request request_of(std::string_view text) {
  http::Request request;
  const std::string_view first = take_line(text);
  const std::size_t space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  const std::string_view target = first.substr(std::min(space + 1, first.size()));
  request.path = target.substr(0, target.find('?'));
  if (!request.path.starts_with('/')) request.path = "/" + request.path;  // as edge/http sees to
  if (target.find('?') != target.npos) request.query = target.substr(target.find('?') + 1);
  for (auto line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = std::min(line.find(": "), line.size());
    request.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
  }
  request.body = text;
  return request;
}

HookProof proof(const http::Request& request, std::string_view word) {
  const std::vector words{url_word(secret(), hook_path), std::string()};
  return prove(request, secret(), words, word, now);
}

http::Request signed_as_github(http::Request request) {
  request.headers = {{"X-Hub-Signature-256",
                      "sha256=" + crypto::to_hex(crypto::hmac(crypto::Hash::sha256, as_bytes(secret()),
                                                              as_bytes(request.body)))}};
  return request;
}

http::Request signed_as_standard(http::Request request, const std::string& id) {
  const std::string stamp = std::to_string(to_ms(now) / 1000);
  const Bytes mac =
      crypto::hmac(crypto::Hash::sha256, as_bytes(secret()), as_bytes(id + "." + stamp + "." + request.body));
  request.headers = {{"webhook-id", id},
                     {"webhook-timestamp", stamp},
                     {"webhook-signature", "v1," + crypto::to_base64(mac)}};
  return request;
}

void check_proof(const http::Request& request, std::string_view word) {
  const HookProof without = proof(request, word);
  require(!without.good && without.once.empty(), "nobody gets in without the secret");
  require(!without.problem.empty() && without.problem.find(secret()) == std::string::npos,
          "the sender hears why");
  require(!has_token(request, secret()), "nobody has the token");
  for (auto good : {signed_as_github(request), signed_as_standard(request, "msg_1")}) {
    require(proof(good, word).good && !proof(good, word).once.empty(), "who signs gets in");
    good.body += 'x';
    require(!proof(good, word).good, "a signature is good for one body");
  }
  http::Request with_token = request;
  with_token.headers = {{"Authorization", "Bearer " + secret()}};
  require(proof(with_token, word).good && has_token(with_token, secret()), "who has the token gets in");
  with_token.headers.clear();
  require(proof(with_token, url_word(secret(), hook_path)).good, "who knows the address gets in");
  require(!proof(with_token, url_word(secret(), "/other")).good, "of this hook");
}

void check_query(const http::Request& request) {
  http::Request with_token = request;
  with_token.query = request.query + "&token=" + crypto::to_hex(as_bytes(secret()));
  const std::string rest = without_tokens(with_token.query);
  require(rest.find(crypto::to_hex(as_bytes(secret()))) == std::string::npos, "no token reaches a plugin");
  require(without_tokens(rest) == rest, "nothing more is taken away");
}

bool is_endpoint(std::string_view text) {
  return text.empty() || text == "message" || text == "v2/send" || text == "v1/about";
}

void check_answer(const HookAddress& address, std::string_view endpoint) {
  const auto answer = hook_answer(address, endpoint, hook_path, "00112233445566778899aabb", now);
  boost::system::error_code bad;
  require(boost::json::parse(answer.body, bad).is_object() && !bad, "an answer is JSON");
  require(answer.status >= 200 && answer.status <= 202, "that it is stored");
}

}  // namespace

void fuzz_hook(ByteView input) {
  const http::Request request = request_of(as_text(input));
  const HookAddress address = hook_address(request);
  require(address.path.empty() || address.path.starts_with('/'), "a hook's path begins with a slash");
  require(is_endpoint(address.endpoint), "places below are known ones");
  require(address.path.empty() || address.endpoint.empty(), "a request says what it is for in one way");
  std::string word;
  if (address.path.starts_with(std::string(hook_path) + "/")) {
    const auto below = below_hook(std::string_view(address.path).substr(hook_path.size()));
    if (!below) return;
    require(is_endpoint(below->endpoint) && below->word.find('/') == std::string::npos, "a word is one word");
    word = below->word;
    check_answer(address, below->endpoint);
  }
  check_answer(address, address.endpoint);
  check_proof(request, word);
  check_query(request);
}

}  // namespace omegate::fuzz
