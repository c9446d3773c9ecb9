#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <stdexcept>

#include "bridge/core/crypto/encoding.hpp"
#include "tests/interop/ratchet/peer.hpp"
#include "test_places.hpp"

namespace omegate::peers {
namespace {

namespace json = boost::json;

/// ratchet_peer.py, started once per test program: a conversation only makes a new device in it.
class Process {
 public:
  Process() {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("pipe");
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      for (const int each : {to[0], to[1], from[0], from[1]}) close(each);
      unsetenv("LD_PRELOAD");
      execl("/usr/bin/python3", "python3", OMEGATE_SOURCE_DIR "/tests/interop/ratchet/ratchet_peer.py",
            nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    in_ = fdopen(to[1], "w");
    out_ = fdopen(from[0], "r");
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    fclose(in_);
    fclose(out_);
    waitpid(child_, nullptr, 0);
  }

  json::object ask(const json::object& request) {
    fputs(json::serialize(request).c_str(), in_);
    fputc('\n', in_);
    fflush(in_);
    std::string line;
    for (int c = fgetc(out_); c != '\n'; c = fgetc(out_)) {
      if (c == EOF)
        throw std::runtime_error("ratchet_peer.py ended; are python3-oldmemo and python3-twomemo installed?");
      line += static_cast<char>(c);
    }
    return json::parse(line).as_object();
  }

 private:
  pid_t child_ = 0;
  FILE* in_ = nullptr;
  FILE* out_ = nullptr;
};

Process& process() {
  static Process process;
  return process;
}

Bytes hex(const json::value& value) { return crypto::from_hex(value.as_string()).value(); }

template <std::size_t Size>
std::array<Byte, Size> array_of(const json::value& value) {
  std::array<Byte, Size> out{};
  const Bytes bytes = hex(value);
  std::copy_n(bytes.begin(), std::min(Size, bytes.size()), out.begin());
  return out;
}

json::object to_json(const omemo::Bundle& bundle) {
  json::array prekeys;
  for (const auto& prekey : bundle.prekeys)
    prekeys.push_back(json::array{prekey.id, crypto::to_hex(prekey.curve)});
  return {{"identity", crypto::to_hex(bundle.identity.wire(bundle.version))},
          {"signed_prekey_id", bundle.signed_prekey_id},
          {"signed_prekey", crypto::to_hex(bundle.signed_prekey)},
          {"signature", crypto::to_hex(bundle.signature)},
          {"prekeys", prekeys}};
}

class PythonPeer final : public Peer {
 public:
  PythonPeer(omemo::Version version, std::uint64_t seed) {
    const json::object reply =
        process().ask({{"op", "new"}, {"version", omemo::name(version)}, {"seed", seed % 3 != 0}});
    const auto identity = array_of<32>(reply.at("identity"));
    bundle_.version = version;
    bundle_.identity = version == omemo::Version::legacy ? omemo::IdentityKey::from_curve(identity)
                                                         : omemo::IdentityKey::from_ed(identity).value();
    bundle_.signed_prekey_id = reply.at("signed_prekey_id").to_number<std::uint32_t>();
    bundle_.signed_prekey = array_of<32>(reply.at("signed_prekey"));
    bundle_.signature = array_of<64>(reply.at("signature"));
    for (const auto& prekey : reply.at("prekeys").as_array()) {
      bundle_.prekeys.push_back({prekey.at(0).to_number<std::uint32_t>(), array_of<32>(prekey.at(1))});
    }
  }

  omemo::Bundle bundle() override { return bundle_; }
  bool has_session() const override { return has_session_; }
  Wire start(const omemo::Bundle& ours, ByteView key_material) override {
    has_session_ = true;
    return sent(process().ask(
        {{"op", "start"}, {"bundle", to_json(ours)}, {"key_material", crypto::to_hex(key_material)}}));
  }
  Wire send(ByteView key_material) override {
    return sent(process().ask({{"op", "send"}, {"key_material", crypto::to_hex(key_material)}}));
  }
  std::optional<Bytes> receive(const Wire& wire) override {
    const json::object reply = process().ask(
        {{"op", "receive"}, {"wire", crypto::to_hex(wire.bytes)}, {"key_exchange", wire.key_exchange}});
    if (reply.contains("error")) return std::nullopt;
    has_session_ = true;
    return hex(reply.at("key_material"));
  }

 private:
  static Wire sent(const json::object& reply) {
    return {hex(reply.at("wire")), reply.at("key_exchange").as_bool()};
  }

  omemo::Bundle bundle_;
  bool has_session_ = false;
};

}  // namespace

std::unique_ptr<Peer> make_python_peer(omemo::Version version, std::uint64_t seed) {
  return std::make_unique<PythonPeer>(version, seed);
}

}  // namespace omegate::peers
