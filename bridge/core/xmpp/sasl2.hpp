// The elements of SASL2: login, binding or resumption, carbons and stream management in one step.
//
// Not here: which mechanism (mechanism.hpp), the mechanisms (scram.hpp, fast.hpp), SASL of RFC 6120
// (sasl.hpp). Source: XEP-0388 1.0, XEP-0386 1.1 (Bind 2), XEP-0484 0.2 (tokens), XEP-0198 §6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bridge/core/xmpp/fast.hpp"
#include "bridge/core/xmpp/sasl.hpp"
#include "bridge/core/xmpp/stream_management.hpp"

namespace omegate::xmpp {

/// `<authenticate/>` and what is asked for inside it.
struct Authenticate {
  struct Resume {
    std::string previous_id;
    std::uint32_t h = 0;
  };
  struct Bind {
    std::string tag;  // the beginning of the resource; the server makes the rest
    bool management = false, carbons = false;
  };

  std::string mechanism, initial_response;
  std::string agent;     // a UUID of this account at this installation
  std::string software;  // shown in a list of clients
  std::optional<Resume> resume{};
  std::optional<Bind> bind{};
  std::string wanted_token{};  // a mechanism; empty: no new token
  std::optional<std::uint32_t>
      token_uses{};  // with a token: grows with each use, so that none can be replayed
};

xml::Element sasl2_authenticate(const Authenticate& request);
/// `<response>base64</response>`
xml::Element sasl2_response(std::string_view data);

struct Sasl2Success {
  std::optional<std::string> data;  // of the mechanism
  std::string identifier;           // who we are now: a full JID after binding or resumption
  struct Bound {
    std::optional<StreamManagement::Enabled> management;
    bool carbons = false;
  };
  std::optional<Bound> bound{};
  std::optional<std::uint32_t> resumed{};  // h
  bool resume_failed = false;
  std::optional<std::uint32_t> failed_h{};  // what the server still knew of the stream that is gone
  std::optional<crypto::SecretBytes> token{};
  WallTime token_expiry{};
};

/// The server wants something else first (a second factor).
struct Sasl2Continue {};

using Sasl2Answer = std::variant<SaslChallenge, Sasl2Success, SaslFailure, Sasl2Continue>;

/// Errors: `malformed`, `bad_encoding`.
Result<Sasl2Answer> parse_sasl2(const xml::Element& element);

}  // namespace omegate::xmpp
