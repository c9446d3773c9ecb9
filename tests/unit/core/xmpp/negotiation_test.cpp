#include "bridge/core/xmpp/negotiation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

namespace {

using omegate::xmpp::Error;
using omegate::xmpp::Negotiation;
using State = Negotiation::State;
using Input = Negotiation::Input;
using Step = Negotiation::Step;
using Conversation = std::vector<std::pair<Input, Step>>;

constexpr std::array all_inputs{
    Input::offers_tls,    Input::proceed,       Input::tls_ready,        Input::offers_auth,
    Input::auth_success,  Input::offers_resume, Input::resumed,          Input::resume_failed,
    Input::offers_bind,   Input::bound,         Input::bound_manageable, Input::enabled,
    Input::enable_failed, Input::refused,       Input::success_in_place, Input::resumed_in_place,
    Input::bound_in_place};

const Conversation login = {
    {Input::offers_tls, Step::request_tls},      {Input::proceed, Step::start_tls},
    {Input::tls_ready, Step::restart_stream},    {Input::offers_auth, Step::authenticate},
    {Input::auth_success, Step::restart_stream},
};

Negotiation after(const Conversation& conversation, Negotiation negotiation = Negotiation()) {
  for (const auto& [heard, expected] : conversation) EXPECT_EQ(negotiation.on(heard).value(), expected);
  return negotiation;
}

TEST(Negotiation, ReachesReadyInTheOnlyOrder) {
  const auto bound =
      after({{Input::offers_bind, Step::bind}, {Input::bound, Step::announce_ready}}, after(login));
  EXPECT_EQ(bound.state(), State::ready);
}

TEST(Negotiation, EnablesStreamManagementBeforeItIsReady) {
  const Conversation offered = {{Input::offers_bind, Step::bind},
                                {Input::bound_manageable, Step::enable_management}};
  EXPECT_EQ(after({{Input::enabled, Step::announce_ready}}, after(offered, after(login))).state(),
            State::ready);
  EXPECT_EQ(after({{Input::enable_failed, Step::announce_ready}}, after(offered, after(login))).state(),
            State::ready);
}

TEST(Negotiation, ResumesInsteadOfBinding) {
  const auto resumed =
      after({{Input::offers_resume, Step::resume}, {Input::resumed, Step::announce_resumed}}, after(login));
  EXPECT_EQ(resumed.state(), State::ready);
}

TEST(Negotiation, BindsWhenTheServerForgotTheStream) {
  const auto ready = after({{Input::offers_resume, Step::resume},
                            {Input::resume_failed, Step::bind},
                            {Input::bound_manageable, Step::enable_management},
                            {Input::enabled, Step::announce_ready}},
                           after(login));
  EXPECT_EQ(ready.state(), State::ready);
}

const Conversation offered_sasl2(login.begin(), login.end() - 1);

TEST(Negotiation, BindsOrResumesWithinTheLogin) {
  for (const Conversation& rest :
       {Conversation{{Input::resumed_in_place, Step::announce_resumed}},
        {{Input::bound_in_place, Step::await_features}, {Input::bound, Step::announce_ready}},
        {{Input::bound_in_place, Step::await_features},
         {Input::bound_manageable, Step::enable_management},
         {Input::enabled, Step::announce_ready}},
        {{Input::success_in_place, Step::await_features},
         {Input::offers_resume, Step::resume},
         {Input::resumed, Step::announce_resumed}}}) {
    EXPECT_EQ(after(rest, after(offered_sasl2)).state(), State::ready);
  }
}

TEST(Negotiation, StartsWithTheHandshakeForDirectTls) {
  after({{Input::tls_ready, Step::restart_stream}, {Input::offers_auth, Step::authenticate}},
        Negotiation(State::handshaking));
}

TEST(Negotiation, StaysFailedOnceTheServerBreaksTheOrder) {
  Negotiation negotiation;
  EXPECT_EQ(negotiation.on(Input::offers_auth).error(), Error::out_of_order);
  EXPECT_EQ(negotiation.on(Input::offers_tls).error(), Error::out_of_order);
}

// Whoever plays the server may send anything in any order: no sequence makes us show the password before TLS
// stands, nor bind before the password was taken. Seventeen inputs, eight deep.
void expect_order(const Negotiation& before, bool secured, bool trusted, int depth) {
  if (depth == 0) return;
  for (const Input input : all_inputs) {
    Negotiation next = before;
    const auto step = next.on(input);
    if (!step) continue;
    const bool now_secured = secured || input == Input::tls_ready;
    const bool success = input == Input::auth_success || input == Input::success_in_place ||
                         input == Input::resumed_in_place || input == Input::bound_in_place;
    const bool now_trusted = trusted || (now_secured && success);
    if (*step == Step::authenticate) {
      ASSERT_TRUE(now_secured);
    }
    if (*step == Step::bind || *step == Step::resume || *step == Step::announce_ready ||
        *step == Step::announce_resumed) {
      ASSERT_TRUE(now_trusted);
    }
    expect_order(next, now_secured, now_trusted, depth - 1);
  }
}

TEST(Negotiation, NeverAuthenticatesWithoutTlsNorBindsWithoutAuthentication) {
  expect_order(Negotiation(), false, false, 8);
}

}  // namespace
