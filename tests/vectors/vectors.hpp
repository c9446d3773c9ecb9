// Reading the JSON vectors, and randomness that repeats what they recorded.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <deque>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "test_places.hpp"

namespace omegate::vectors {

namespace json = boost::json;

/// Parsed once per test program.
inline const json::value& load(const std::string& name) {
  static std::map<std::string, json::value> files;
  if (const auto known = files.find(name); known != files.end()) return known->second;
  std::ifstream file(std::string(OMEGATE_SOURCE_DIR "/tests/vectors/") + name);
  std::stringstream text;
  text << file.rdbuf();
  return files.emplace(name, json::parse(text.str())).first->second;
}

inline std::string text(const json::value& value) { return std::string(value.as_string()); }
inline Bytes hex(const json::value& value) { return crypto::from_hex(text(value)).value(); }
inline Bytes base64(const json::value& value) { return crypto::from_base64(text(value)).value(); }

template <std::size_t Size>
std::array<Byte, Size> array_of(const Bytes& bytes) {
  std::array<Byte, Size> out{};
  EXPECT_EQ(bytes.size(), Size);
  std::copy_n(bytes.begin(), std::min(Size, bytes.size()), out.begin());
  return out;
}

inline crypto::PublicKey key(const json::value& value) { return array_of<32>(hex(value)); }
inline crypto::Secret<32> secret(const json::value& value) {
  return crypto::Secret<32>::from(hex(value)).value();
}
inline crypto::Signature signature(const json::value& value) { return array_of<64>(hex(value)); }

inline omemo::Version version(const json::value& profile) {
  return text(profile) == "legacy" ? omemo::Version::legacy : omemo::Version::omemo2;
}

template <class Range>
std::string show(const Range& bytes) {
  return crypto::to_hex(ByteView(bytes));
}

/// Gives out recorded draws, then zeros: a forged message may draw what no vector records.
class ReplayedRandom final : public Random {
 public:
  ReplayedRandom() = default;
  explicit ReplayedRandom(std::initializer_list<Bytes> draws) : draws_(draws) {}

  void add(Bytes draw) { draws_.push_back(std::move(draw)); }
  std::size_t left() const { return draws_.size(); }
  void forget() { draws_.clear(); }

  void fill(std::span<std::uint8_t> out) override {
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    if (draws_.empty()) return;
    EXPECT_EQ(draws_.front().size(), out.size());
    std::copy_n(draws_.front().begin(), std::min(out.size(), draws_.front().size()), out.begin());
    draws_.pop_front();
  }

 private:
  std::deque<Bytes> draws_;
};

/// The own identity of a recorded device: some published an Edwards key with sign bit 1.
inline omemo::OwnIdentity identity(const json::value& secret_hex, const json::value& ed_hex) {
  return omemo::OwnIdentity::from_secret(secret(secret_hex), key(ed_hex)[31] >> 7);
}

}  // namespace omegate::vectors
