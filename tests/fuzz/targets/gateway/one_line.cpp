// Laws: foreign text becomes one line of printable UTF-8 for a log or a terminal; a JSON string of it is one;
// doing it twice to what is plain changes nothing.
// case 70, 170
#include "bridge/gateway/log/one_line.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "bridge/core/plugin/utf8.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {

void fuzz_one_line(ByteView input) {
  using namespace omegate::gateway;
  const std::string line = one_line(as_text(input));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  require(std::none_of(line.begin(), line.end(), is_control), "it is one line and moves no cursor");
  require(line.find("\xe2\x80\xae") == std::string::npos && line.find("\xe2\x80\x8b") == std::string::npos &&
              line.find("\xc2\x9b") == std::string::npos,
          "it is not turned around, hides nothing, and is no escape");
  require(one_line(line) == line, "it holds nothing more to replace");
  const std::string quoted = in_json_quotes(as_text(input));
  require(std::none_of(quoted.begin(), quoted.end(), is_control), "nor does the quoted one");
  boost::system::error_code bad;
  const auto value = boost::json::parse(quoted, bad);
  require(!bad && value.is_string(), "it is a JSON string");
}

}  // namespace omegate::fuzz
