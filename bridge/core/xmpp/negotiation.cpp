#include "bridge/core/xmpp/negotiation.hpp"

namespace omegate::xmpp {
namespace {

using State = Negotiation::State;
using Input = Negotiation::Input;
using Step = Negotiation::Step;

struct Transition {
  State from;
  Input input;
  State to;
  Step step;
};

// The whole protocol. What is not in this table is refused, so TLS cannot be skipped.
// clang-format off
constexpr Transition transitions[] = {
    {State::plain,          Input::offers_tls,       State::tls_requested,  Step::request_tls},        // RFC 6120 §5.4.2.1
    {State::tls_requested,  Input::proceed,          State::handshaking,    Step::start_tls},          // §5.4.2.3
    {State::handshaking,    Input::tls_ready,        State::secure,         Step::restart_stream},     // §5.4.3.3
    {State::secure,         Input::offers_auth,      State::authenticating, Step::authenticate},       // §6.4.2
    {State::authenticating, Input::auth_success,     State::authenticated,  Step::restart_stream},     // §6.4.6
    {State::authenticating, Input::success_in_place, State::authenticated,  Step::await_features},     // XEP-0388 §2.6
    {State::authenticating, Input::resumed_in_place, State::ready,          Step::announce_resumed},   // XEP-0198 §6
    {State::authenticating, Input::bound_in_place,   State::binding,        Step::await_features},     // XEP-0386 §4
    {State::authenticated,  Input::offers_resume,    State::resuming,       Step::resume},             // XEP-0198 §5
    {State::resuming,       Input::resumed,          State::ready,          Step::announce_resumed},   // XEP-0198 §5
    {State::resuming,       Input::resume_failed,    State::resume_refused, Step::bind},               // XEP-0198 §5
    {State::resume_refused, Input::bound,            State::ready,          Step::announce_ready},     // RFC 6120 §7.6.1
    {State::resume_refused, Input::bound_manageable, State::enabling,       Step::enable_management},  // XEP-0198 §3
    {State::authenticated,  Input::offers_bind,      State::binding,        Step::bind},               // RFC 6120 §7.6
    {State::binding,        Input::bound,            State::ready,          Step::announce_ready},     // §7.6.1
    {State::binding,        Input::bound_manageable, State::enabling,       Step::enable_management},  // XEP-0198 §3
    {State::enabling,       Input::enabled,          State::ready,          Step::announce_ready},     // XEP-0198 §3
    {State::enabling,       Input::enable_failed,    State::ready,          Step::announce_ready},     // XEP-0198 §3
};
// clang-format on

}  // namespace

Result<Step> Negotiation::on(Input input) {
  for (const Transition& t : transitions) {
    if (t.from != state_ || t.input != input) continue;
    state_ = t.to;
    return t.step;
  }
  state_ = State::failed;
  return Error::out_of_order;
}

}  // namespace omegate::xmpp
