// Random conversations with other implementations of OMEMO: loss, reordering, duplicates, both starting at
// once.
//
// OMEGATE_CONVERSATIONS sets how many (300 each), OMEGATE_SEED where to begin; a failure names its seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <random>

#include "bridge/core/omemo/session.hpp"
#include "tests/interop/ratchet/peer.hpp"

namespace omegate::peers {
namespace {

using omemo::Session;
using omemo::Version;

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }

 private:
  std::mt19937_64 engine_;
};

/// Our side as a gateway would play it: a current session and archived ones, promoted when they can read.
class OurDevice {
 public:
  OurDevice(Version version, SeededRandom& random)
      : version_(version),
        random_(random),
        identity_(omemo::OwnIdentity::generate(random)),
        signed_prekey_(omemo::SignedPreKey::generate(1, identity_, random)) {
    for (std::uint32_t id = 1; id <= 4; ++id) prekeys_.push_back(omemo::PreKey::generate(id, random));
  }

  omemo::Bundle bundle() const { return omemo::make_bundle(version_, identity_, signed_prekey_, prekeys_); }
  bool has_session() const { return !sessions_.empty(); }

  Wire start(const omemo::Bundle& theirs, ByteView key_material) {
    const auto prekey = omemo::choose_prekey(theirs, random_).value();
    sessions_.push_front(omemo::start_session(identity_, theirs, prekey, random_).value());
    return send(key_material);
  }

  Wire send(ByteView key_material) {
    auto sealed = omemo::seal(stored(sessions_.front()), key_material, 1).value();
    sessions_.front() = std::move(sealed.next);
    return {std::move(sealed.wire), sealed.key_exchange};
  }

  Result<Bytes> receive(const Wire& wire) {
    const auto incoming = omemo::parse_incoming(version_, wire.bytes);
    if (!incoming) return incoming.error();
    EXPECT_EQ(incoming->key_exchange.has_value(), wire.key_exchange);
    if (incoming->key_exchange) {
      const auto known = std::find_if(sessions_.begin(), sessions_.end(), [&](const Session& session) {
        return session.was_built_by(*incoming->key_exchange);
      });
      if (known == sessions_.end()) return build(*incoming);
      return open(static_cast<std::size_t>(known - sessions_.begin()), incoming->message);
    }
    return open_any(incoming->message);
  }

 private:
  /// Through the store, so that the record carries all there is.
  static Session stored(const Session& session) {
    return omemo::parse_session(omemo::serialise(session)).value();
  }

  Result<Bytes> build(const omemo::Incoming& incoming) {
    auto opened = omemo::accept_key_exchange(
        identity_, signed_prekey_, prekeys_.at(incoming.key_exchange->prekey_id - 1), incoming, random_);
    if (!opened) return opened.error();
    sessions_.push_front(std::move(opened->next));
    return Bytes(opened->key_material.bytes().begin(), opened->key_material.bytes().end());
  }

  Result<Bytes> open(std::size_t at, const omemo::RatchetMessage& message) {
    auto opened = omemo::open(stored(sessions_[at]), message, random_);
    if (!opened) return opened.error();
    sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(at));
    sessions_.push_front(std::move(opened->next));
    return Bytes(opened->key_material.bytes().begin(), opened->key_material.bytes().end());
  }

  Result<Bytes> open_any(const omemo::RatchetMessage& message) {
    if (sessions_.empty()) return omemo::Error::bad_authentication_tag;
    const auto first = open(0, message);
    if (first || first.error() == omemo::Error::message_already_received) return first;
    const std::vector<Session> archived(sessions_.begin() + 1, sessions_.end());
    for (const std::size_t at : omemo::sessions_to_try(archived, message)) {
      const auto next = open(at + 1, message);
      if (next || next.error() == omemo::Error::message_already_received) return next;
    }
    return first;
  }

  Version version_;
  SeededRandom& random_;
  omemo::OwnIdentity identity_;
  omemo::SignedPreKey signed_prekey_;
  std::vector<omemo::PreKey> prekeys_;
  std::deque<Session> sessions_;
};

struct UnderWay {
  Wire wire;
  Bytes key_material;
  int sent_at;
  bool is_copy;
};

class Conversation {
 public:
  Conversation(Version version, std::uint64_t seed, Peer& peer)
      : version_(version), random_(seed), ours_(version, random_), peer_(peer), theirs_(peer.bundle()) {}

  void run() {
    begin();
    const std::size_t steps = 15 + random_.below(40);
    for (std::size_t step = 0; step < steps && !::testing::Test::HasFailure(); ++step) move();
    while (!to_us_.empty() || !to_them_.empty()) deliver_any();
    settle();
  }

 private:
  static constexpr int longest_delay =
      8;  // deliveries: at most four Diffie-Hellman steps, which everybody bridges

  void begin() {
    const std::size_t who = random_.below(3);
    if (who != 1) send_ours(ours_.start(theirs_, material()));
    if (who != 0) send_theirs(peer_.start(ours_.bundle(), material()));
  }

  void move() {
    switch (random_.below(4)) {
      case 0:
        if (ours_.has_session()) send_ours(ours_.send(material()));
        break;
      case 1:
        if (peer_.has_session()) send_theirs(peer_.send(material()));
        break;
      default:
        deliver_any();
    }
  }

  /// The next message's key material: that of a message with text, or an empty one's.
  ByteView material() {
    last_.resize(version_ == Version::legacy ? 32 : 48);
    random_.fill(last_);
    return last_;
  }

  void send(std::deque<UnderWay>& queue, Wire wire) {
    if (random_.chance(10)) return;  // lost
    queue.push_back({wire, last_, delivered_, false});
    if (random_.chance(10)) queue.push_back({std::move(wire), last_, delivered_, true});
  }
  void send_ours(Wire wire) { send(to_them_, std::move(wire)); }
  void send_theirs(Wire wire) { send(to_us_, std::move(wire)); }

  void deliver_any() {
    const bool us = to_them_.empty() || (!to_us_.empty() && random_.chance(50));
    auto& queue = us ? to_us_ : to_them_;
    if (queue.empty()) return;
    const bool is_late = queue.front().sent_at + longest_delay < delivered_;
    const std::size_t at = is_late || random_.chance(60) ? 0 : random_.below(queue.size());
    const UnderWay message = queue[at];
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(at));
    ++delivered_;
    (us ? to_us_seen_ : to_them_seen_).push_back(message.wire.bytes);
    us ? deliver_to_us(message) : deliver_to_them(message);
  }

  static bool is_repeated(const std::vector<Bytes>& seen) {
    return std::find(seen.begin(), seen.end() - 1, seen.back()) != seen.end() - 1;
  }

  void deliver_to_us(const UnderWay& message) {
    const auto received = ours_.receive(message.wire);
    if (is_repeated(to_us_seen_)) {
      EXPECT_EQ(received.error(), omemo::Error::message_already_received);
    } else {
      ASSERT_TRUE(received) << received.error().message();
      EXPECT_EQ(*received, message.key_material);
    }
  }

  void deliver_to_them(const UnderWay& message) {
    const auto received = peer_.receive(message.wire);
    if (is_repeated(to_them_seen_)) {
      EXPECT_FALSE(received);
    } else {
      ASSERT_TRUE(received) << "the peer refuses our message";
      EXPECT_EQ(*received, message.key_material);
    }
  }

  /// Whatever was lost: one message each way and all is well.
  void settle() {
    if (::testing::Test::HasFailure()) return;
    for (int round = 0; round < 2; ++round) {
      const Wire wire = ours_.has_session() ? ours_.send(material()) : ours_.start(theirs_, material());
      EXPECT_EQ(peer_.receive(wire).value_or(Bytes()), last_);
      const Wire answer = peer_.send(material());
      const auto received = ours_.receive(answer);
      ASSERT_TRUE(received) << received.error().message();
      EXPECT_EQ(*received, last_);
    }
  }

  Version version_;
  SeededRandom random_;
  OurDevice ours_;
  Peer& peer_;
  omemo::Bundle theirs_;
  Bytes last_;
  std::deque<UnderWay> to_us_, to_them_;
  std::vector<Bytes> to_us_seen_, to_them_seen_;
  int delivered_ = 0;
};

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

void converse(std::unique_ptr<Peer> (*make)(Version, std::uint64_t)) {
  const std::uint64_t first = number_from("OMEGATE_SEED", std::random_device()());
  const std::uint64_t count = number_from("OMEGATE_CONVERSATIONS", 300);
  std::printf("conversations %llu, first seed %llu\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(first));
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("OMEGATE_SEED=" + std::to_string(seed) + " OMEGATE_CONVERSATIONS=1");
    const Version version = seed % 2 == 0 ? Version::legacy : Version::omemo2;
    const auto peer = make(version, seed);
    Conversation(version, seed, *peer).run();
    if (::testing::Test::HasFailure()) return;
  }
}

// case 100, 106
TEST(Conversations, WithLibomemoLoseNothing) { converse(make_libomemo_peer); }

// case 106
TEST(Conversations, WithPythonOmemoLoseNothing) { converse(make_python_peer); }

}  // namespace
}  // namespace omegate::peers
