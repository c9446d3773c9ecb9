// Laws: each line that comes over a control socket gets one line of JSON for an answer, in order, however the
// bytes are cut; only verbs there are, and on the socket for sending only those for sending, reach the
// gateway.
//
// The first byte says which socket and how to cut.
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <cstring>

#include "bridge/app/control_socket.hpp"
#include "bridge/app/verbs.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace omegate::app;

/// Both sockets of one gateway, which answers what it was asked.
class World {
 public:
  World() {
    std::string pattern = (fs::temp_directory_path() / "omegate-fuzz-XXXXXX").string();
    require(::mkdtemp(pattern.data()) != nullptr, "a folder");
    folder_ = pattern;
    for (const bool send_only : {false, true}) {
      sockets_[send_only] = std::make_unique<ControlSocket>(
          context_.get_executor(), path(send_only), ControlSocket::Access{send_only, {}},
          [this](Caller caller, std::string verb, json::object args) {
            return answer(caller, std::move(verb), std::move(args));
          },
          [this](const ControlRecord& record) { logged_.push_back(record); });
    }
  }
  ~World() {
    sockets_ = {};
    turn();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  struct Heard {
    std::string answers;
    std::vector<std::string> asked;
    std::vector<ControlRecord> logged;
  };

  Heard say(bool send_only, std::string_view bytes, std::size_t piece) {
    heard_ = {};
    logged_.clear();
    const int here = connect(path(send_only));
    turn();
    while (!bytes.empty()) {
      const ssize_t size = ::send(here, bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL);
      if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
      turn();
      if (!listen(here)) break;
    }
    ::close(here);
    turn();
    heard_.logged = std::move(logged_);
    return std::move(heard_);
  }

 private:
  fs::path path(bool send_only) const { return folder_ / (send_only ? "send.sock" : "control.sock"); }

  static int connect(const fs::path& path) {
    const int here = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    require(here >= 0 && ::connect(here, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "the gateway goes on listening");
    return here;
  }

  void turn() {
    context_.restart();
    context_.poll();
  }

  /// False: the gateway has hung up.
  bool listen(int here) {
    std::array<char, 4096> some{};
    for (;;) {
      const ssize_t size = ::recv(here, some.data(), some.size(), MSG_DONTWAIT);
      if (size <= 0) return size < 0;
      heard_.answers.append(some.data(), static_cast<std::size_t>(size));
      turn();
    }
  }

  asio::awaitable<json::value> answer(Caller caller, std::string verb, json::object args) {
    require(caller.uid == ::getuid(), "the caller is who it is");
    heard_.asked.push_back(verb);
    if (args.contains("fail")) throw gateway::OperatorError("bad_argument", "so be it", "ask otherwise");
    if (args.contains("throw")) throw std::runtime_error("the disk is gone");
    co_return json::object{{"verb", verb}, {"args", std::move(args)}};
  }

  asio::io_context context_{1};
  fs::path folder_;
  std::vector<ControlRecord> logged_;
  std::array<std::unique_ptr<ControlSocket>, 2> sockets_;
  Heard heard_;
};

void check(const World::Heard& heard, std::string_view said, bool send_only) {
  const auto lines = static_cast<std::size_t>(std::count(said.begin(), said.end(), '\n'));
  std::size_t answers = 0, good = 0;
  for (std::string_view rest = heard.answers; !rest.empty(); ++answers) {
    const std::size_t end = rest.find('\n');
    require(end != rest.npos, "an answer is a line");
    boost::system::error_code bad;
    const json::value value = json::parse(rest.substr(0, end), bad);
    require(!bad && value.is_object() && value.as_object().contains("ok"),
            "of JSON that says whether it went well");
    const bool ok = value.at("ok").as_bool();
    good += ok;
    require(ok ? value.as_object().contains("data") : value.at("error").as_object().contains("text"),
            "and what came of it");
    rest.remove_prefix(end + 1);
  }
  require(answers == lines && heard.logged.size() == lines, "each line gets an answer and is noted");
  require(good <= heard.asked.size() && heard.asked.size() <= lines, "nothing is done twice");
  for (const auto& name : heard.asked) {
    const auto verb = find_verb(name);
    require(verb && (!send_only || verb->on_send_socket), "what is not allowed is not done");
  }
}

}  // namespace

void fuzz_control(ByteView input) {
  if (input.empty()) return;
  static World world;
  const bool send_only = input[0] & 0x80;
  const std::string_view said = as_text(input.subspan(1));
  const auto whole = world.say(send_only, said, std::max<std::size_t>(said.size(), 1));
  check(whole, said, send_only);
  const auto pieces = world.say(send_only, said, std::size_t{1} + input[0] % 64);
  require(whole.answers == pieces.answers && whole.asked == pieces.asked, "cutting does not matter");
}

}  // namespace omegate::fuzz
