// The half of a login that does it in one step: SASL2 with binding or resumption inside, by token where there
// is one.
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/stream.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/stream/stored_login.hpp"
#include "bridge/gateway/stream/stream_login.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Bound at least as tightly as `least`, offered, and possible on this connection.
bool is_usable(const TokenUse& use, const xmpp::Sasl2Features& offers, const xmpp::SaslAbility& ability,
               xmpp::Binding least) {
  return contains(offers.fast, use.token.mechanism) &&
         xmpp::choose_token_mechanism({use.token.mechanism}, ability, least).has_value();
}

}  // namespace

/// What to ask for besides the login. Where resumption is not offered in the same step, nothing: a binding
/// would end the stream that we want back.
asio::awaitable<xmpp::Authenticate> LoginConversation::inline_wishes(const xmpp::Sasl2Features& offers) {
  if (resumption_.agent.empty()) {
    resumption_.agent = make_agent(around_.random);
    if (around_.memory) co_await around_.memory->keep_agent(resumption_.agent);
  }
  xmpp::Authenticate request{{}, {}, resumption_.agent, login_.resource_prefix};
  const bool resumes = resumption_.possible();
  if (resumes && offers.resume) {
    request.resume = {resumption_.management.enabled()->id, resumption_.acknowledgeable()};
  }
  if (offers.bind && (!resumes || offers.resume)) {
    request.bind = {login_.resource_prefix, offers.bind_management, offers.bind_carbons};
  }
  co_return request;
}

/// True: we have a session. False: logged in, and nothing else.
asio::awaitable<bool> LoginConversation::log_in_at_once() {
  const xmpp::Sasl2Features offers = *offered_.sasl2;
  advance(Input::offers_auth, Step::authenticate);
  authentication_began_ = true;
  const xmpp::SaslOffer offer{offers.mechanisms, offered_.channel_bindings};
  const xmpp::SaslAbility ability = ability_of(connection(), login_);
  const xmpp::SaslChoice choice =
      choose(offer, ability, resumption_.pin);  // a weaker server gets no token either
  const xmpp::Binding least = resumption_.pin ? resumption_.pin->binding : choice.binding;

  xmpp::Authenticate request = co_await inline_wishes(offers);
  std::optional<TokenUse> token;
  if (around_.memory) token = co_await around_.memory->token();
  if (token && !is_usable(*token, offers, ability, least)) token.reset();
  const auto wanted = xmpp::choose_token_mechanism(offers.fast, ability, least);
  if (around_.memory && wanted && (!token || token->ages)) request.wanted_token = *wanted;
  if (token) request.token_uses = co_await around_.memory->count_use();
  const bool asked_to_resume = request.resume.has_value();
  const std::string wanted_token = request.wanted_token;

  Sasl2Profile profile(std::move(request));
  if (token) {
    co_await try_token(profile, token->token);
    describe(token->token.mechanism, *xmpp::token_binding(token->token.mechanism));
  } else {
    const auto used = co_await authenticate(*this, profile, login_, offer, choice, resumption_.pin, around_.random);
    co_await remember(used);
  }
  xmpp::Sasl2Success success = profile.success();
  if (success.token && around_.memory) {
    // Rotated unasked, it is of the mechanism that was used.
    xmpp::FastToken fresh{wanted_token.empty() && token ? token->token.mechanism : wanted_token,
                          *std::move(success.token), success.token_expiry};
    if (!fresh.mechanism.empty()) co_await around_.memory->keep_token(std::move(fresh));
  }
  co_return co_await enter(std::move(success), asked_to_resume);
}

/// A server that ends the connection over a token, or says nothing, would do so each time.
asio::awaitable<void> LoginConversation::try_token(Sasl2Profile& profile, const xmpp::FastToken& token) {
  std::optional<StreamFailure> failed;
  try {
    co_await authenticate_by_token(*this, profile, login_, token);
  } catch (const StreamFailure& failure) {
    failed = failure;
  }
  if (!failed) co_return;
  co_await around_.memory->forget_token();
  throw *failed;
}

asio::awaitable<bool> LoginConversation::enter(xmpp::Sasl2Success success, bool asked_to_resume) {
  if (success.resumed) {
    if (!asked_to_resume) throw out_of_order("nobody asked to resume");
    advance(Input::resumed_in_place, Step::announce_resumed);
    take_resumed(*success.resumed);
    co_return true;  // features may follow or not: nobody waits for them
  }
  if (asked_to_resume) {
    outcome_.server_had = success.failed_h;
    outcome_.acknowledged = resumption_.forget(success.failed_h);
  }
  if (!success.bound) {
    advance(Input::success_in_place, Step::await_features);
    co_await hear_features();
    co_return false;
  }
  const auto bound = xmpp::Jid::parse(success.identifier);
  if (!bound || !bound->same_bare(login_.account) || bound->resource().empty())
    throw out_of_order("the server bound us to no address");
  resumption_.forget();
  outcome_.carbons = success.bound->carbons;
  const bool managed = success.bound->management.has_value();
  if (managed) {
    resumption_.management.start();
    resumption_.management.on_enabled(*std::move(success.bound->management));
  }
  advance(Input::bound_in_place, Step::await_features);
  co_await hear_features();
  if (!managed && offered_.stream_management) {
    advance(Input::bound_manageable, Step::enable_management);
    co_await enable_management();
  } else {
    advance(Input::bound, Step::announce_ready);
  }
  resumption_.bound = *bound;
  co_return true;
}

/// On the same stream; stanzas may come before, and count if management came with the binding.
asio::awaitable<void> LoginConversation::hear_features() {
  xml::Element heard = co_await hear("the stream's features");
  while (!xmpp::is_features(heard)) {
    if (xmpp::is_stanza(heard)) {
      outcome_.early.push_back({std::move(heard), resumption_.management.is_enabled()});
    } else if (xmpp::is_sm(heard, "r")) {
      co_await wire_.write(xmpp::to_wire(xmpp::sm_ack(0)));
    } else {
      throw out_of_order("features were due");
    }
    heard = co_await hear("the stream's features");
  }
  offered_ = xmpp::parse_features(heard);
  resumption_.limits = {offered_.max_bytes, offered_.idle};
  outcome_.features = std::move(heard);
}

/// What was used this time is the least of the next time.
asio::awaitable<void> LoginConversation::remember(const xmpp::SaslChoice& used) {
  describe(used.mechanism, used.binding);
  const bool bound = !xmpp::binding_name(used.binding).empty();
  xmpp::SaslPin pin{used.mechanism, bound ? used.binding : xmpp::Binding::none};
  if (resumption_.pin == pin) co_return;
  if (around_.memory) co_await around_.memory->keep_pin(pin);
  log_info("login.pinned", {{"account", login_.account.to_string()},
                            {"mechanism", pin.mechanism},
                            {"binding", xmpp::binding_name(pin.binding)}});
  resumption_.pin = std::move(pin);
}

void LoginConversation::describe(const std::string& mechanism, xmpp::Binding binding) {
  outcome_.description = wire_.connection().tls_version() + ", " + mechanism;
  outcome_.certificate_ends = wire_.connection().certificate_ends();
  const std::string_view name = xmpp::binding_name(binding);
  if (!name.empty()) outcome_.description += ", " + std::string(name);
}

}  // namespace omegate::gateway
