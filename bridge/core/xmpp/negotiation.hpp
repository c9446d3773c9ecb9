// From an open TCP connection to a usable XMPP session, in the one order we accept: TLS, SASL, then resume or
// bind.
//
// Sans-io: `on` takes what the server said and answers what to do next. The caller owns sockets, XML,
// passwords and timers. Not here: SASL mechanisms (scram.hpp), what resumption means
// (stream_management.hpp).
// Source: RFC 6120 §5.4, §6.4, §7.6; XEP-0198 §3, §5; XEP-0368; XEP-0386, XEP-0388.
#pragma once

#include "bridge/core/base/result.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

class Negotiation {
 public:
  enum class State {
    plain,
    tls_requested,
    handshaking,
    secure,
    authenticating,
    authenticated,
    resuming,
    resume_refused,
    binding,
    enabling,
    ready,
    failed
  };
  enum class Input {
    offers_tls,
    proceed,
    tls_ready,
    offers_auth,
    auth_success,
    success_in_place,  // SASL2: no stream restart, features follow
    resumed_in_place,  // SASL2 with a resumed stream inside
    bound_in_place,    // SASL2 with Bind 2 inside
    offers_resume,
    resumed,
    resume_failed,
    offers_bind,
    bound,
    bound_manageable,
    enabled,
    enable_failed,
    refused
  };
  enum class Step {
    request_tls,
    start_tls,
    restart_stream,
    authenticate,
    await_features,
    resume,
    announce_resumed,
    bind,
    enable_management,
    announce_ready
  };

  /// `handshaking` for direct TLS (XEP-0368): the first input is then `tls_ready`.
  explicit Negotiation(State start = State::plain) : state_(start) {}

  /// Inputs that leave a choice to the driver: `offers_resume` when the features list stream management and
  /// we have a stream to resume, else `offers_bind`; `bound_manageable` when they list it, else `bound`.
  /// After `bound_in_place`: `bound` when stream management came with it or is not offered, else
  /// `bound_manageable`. After `resume_failed` bind follows on the same features.
  /// Errors: `Error::out_of_order`, and the negotiation stays failed.
  Result<Step> on(Input input);

  State state() const { return state_; }

 private:
  State state_;
};

}  // namespace omegate::xmpp
