#include "bridge/gateway/stream/stream_sasl.hpp"

#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/scram.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.substr(0, 200);
}

StreamFailure no_choice(const xmpp::SaslOffer& offer, const boost::system::error_code& code,
                        const std::optional<xmpp::SaslPin>& pin) {
  const std::string offered = " (offered: " + joined(offer.mechanisms) + ").";
  if (pin) {
    const std::string_view binding = xmpp::binding_name(pin->binding);
    return {Kind::downgrade, "The server offers a weaker login than before: somebody may stand between" +
                                 offered + " This account logged in by " + pin->mechanism +
                                 (binding.empty() ? "" : " with " + std::string(binding)) +
                                 "; if the server was changed, allow it by `omegate login unpin`."};
  }
  if (code == xmpp::Error::downgrade_suspected) {
    return {Kind::downgrade,
            "The server's login offers contradict each other: somebody may stand between" + offered};
  }
  return {Kind::configuration, "The server offers no login that we accept" + offered +
                                   " PLAIN has to be allowed in the configuration."};
}

/// What a SCRAM step found wrong with the server.
StreamFailure not_authentic(const boost::system::error_code& code) {
  if (code == xmpp::Error::offers_altered || code == xmpp::Error::downgrade_suspected) {
    return {Kind::downgrade, "The login was broken off: " + code.message() +
                                 ". Somebody may stand between; nothing was sent."};
  }
  return {Kind::protocol, "The server could not prove that it knows the password: " + code.message() +
                              ". Somebody may stand between; nothing was sent."};
}

/// SASLprep may refuse a password; that is for its owner.
crypto::SecretBytes prepared(const config::SecretText& password) {
  auto bytes = xmpp::prepare_password(password.reveal());
  if (bytes) return *std::move(bytes);
  throw StreamFailure(Kind::credentials, "The password has characters that XMPP cannot carry.");
}

Bytes binding_data(const net::Connection& connection, xmpp::Binding binding) {
  if (binding == xmpp::Binding::exporter) return connection.tls_exporter().value();
  if (binding == xmpp::Binding::server_end_point) return connection.tls_server_end_point().value();
  return {};
}

xmpp::Scram make_scram(const net::Connection& connection, const Login& login, const xmpp::SaslOffer& offer,
                       const xmpp::SaslChoice& choice, Random& random) {
  std::array<Byte, 24> nonce;
  random.fill(nonce);
  return xmpp::Scram({.hash = *choice.scram,
                      .user = std::string(login.account.local()),
                      .password = prepared(login.password()),
                      .nonce = crypto::to_base64(nonce),
                      .binding = choice.binding,
                      .binding_data = binding_data(connection, choice.binding),
                      .offer = offer,
                      .needs_proof_of_offers = choice.needs_proof_of_offers});
}

/// The server did not like how the exchange was bound to the channel; nothing is wrong with the password.
struct BindingRefused {};

bool is_about_binding(std::string_view text) {
  return text.find("channel-binding") != text.npos || text.find("hannel binding") != text.npos;  // Prosody's words
}

xmpp::SaslAnswer read_answer(SaslProfile& profile, const xml::Element& element) {
  auto answer = profile.read(element);
  if (!answer) throw StreamFailure(Kind::protocol, "The server broke the login's order.");
  if (const auto* failure = std::get_if<xmpp::SaslFailure>(&*answer)) {
    if (is_about_binding(failure->text)) throw BindingRefused();
    throw sasl_failure(*failure);
  }
  return *std::move(answer);
}

void finish(xmpp::Scram& scram, const std::string& server_final) {
  if (server_final.starts_with("e=") && is_about_binding(server_final)) throw BindingRefused();
  const auto finished = scram.finish(server_final);
  if (!finished && finished.error() == xmpp::Error::server_refused) {
    throw StreamFailure(Kind::credentials, "The server refuses the login. Check account and password.");
  }
  if (!finished) throw not_authentic(finished.error());
}

asio::awaitable<void> run_scram(Exchange& exchange, SaslProfile& profile, xmpp::Scram scram,
                                std::string mechanism) {
  xml::Element heard = co_await exchange.ask(profile.begin(mechanism, scram.first()), "the login challenge");
  auto answer = read_answer(profile, heard);
  if (!std::holds_alternative<xmpp::SaslChallenge>(answer))
    throw not_authentic(xmpp::Error::server_not_authentic);
  const auto proof = scram.answer(std::get<xmpp::SaslChallenge>(answer).data);
  if (!proof) throw not_authentic(proof.error());

  heard = co_await exchange.ask(profile.respond(*proof), "the login's outcome");
  answer = read_answer(profile, heard);
  if (const auto* challenge = std::get_if<xmpp::SaslChallenge>(&answer)) {  // the signature comes by itself
    finish(scram, challenge->data);
    heard = co_await exchange.ask(profile.respond(""), "the login's outcome");
    answer = read_answer(profile, heard);
  } else {
    finish(scram, std::get<xmpp::SaslSuccess>(answer).data.value_or(""));
  }
  if (!std::holds_alternative<xmpp::SaslSuccess>(answer) || !scram.server_is_authentic()) {
    throw not_authentic(xmpp::Error::server_not_authentic);
  }
}

asio::awaitable<void> run_plain(Exchange& exchange, SaslProfile& profile, const Login& login) {
  const crypto::SecretBytes password = prepared(login.password());
  std::string response = xmpp::plain_response(login.account.local(), as_text(password));
  xml::Element request = profile.begin("PLAIN", response);
  crypto::wipe({reinterpret_cast<Byte*>(response.data()), response.size()});
  const xml::Element heard = co_await exchange.ask(std::move(request), "the login's outcome");
  const auto answer = read_answer(profile, heard);
  if (!std::holds_alternative<xmpp::SaslSuccess>(answer)) {
    throw StreamFailure(Kind::protocol, "The server broke the login's order.");
  }
}

}  // namespace

// --- the two profiles

xml::Element Sasl1Profile::begin(std::string_view mechanism, std::string_view initial) {
  return xmpp::sasl_auth(mechanism, initial);
}
xml::Element Sasl1Profile::respond(std::string_view data) { return xmpp::sasl_response(data); }
Result<xmpp::SaslAnswer> Sasl1Profile::read(const xml::Element& element) { return xmpp::parse_sasl(element); }

xml::Element Sasl2Profile::begin(std::string_view mechanism, std::string_view initial) {
  request_.mechanism = mechanism;
  request_.initial_response = initial;
  xml::Element element = xmpp::sasl2_authenticate(request_);
  crypto::wipe({reinterpret_cast<Byte*>(request_.initial_response.data()), request_.initial_response.size()});
  return element;
}

xml::Element Sasl2Profile::respond(std::string_view data) { return xmpp::sasl2_response(data); }

Result<xmpp::SaslAnswer> Sasl2Profile::read(const xml::Element& element) {
  auto answer = xmpp::parse_sasl2(element);
  if (!answer) return answer.error();
  if (auto* challenge = std::get_if<xmpp::SaslChallenge>(&*answer))
    return xmpp::SaslAnswer(std::move(*challenge));
  if (auto* failure = std::get_if<xmpp::SaslFailure>(&*answer)) return xmpp::SaslAnswer(std::move(*failure));
  if (std::holds_alternative<xmpp::Sasl2Continue>(*answer)) {
    throw StreamFailure(
        Kind::configuration,
        "The server wants a second step after the password, which a program cannot do. Exempt this "
        "account from it.");
  }
  success_ = std::get<xmpp::Sasl2Success>(*std::move(answer));
  return xmpp::SaslAnswer(xmpp::SaslSuccess{success_.data});
}

// --- logging in

xmpp::SaslAbility ability_of(const net::Connection& connection, const Login& login) {
  return {.tls_exporter = connection.tls_exporter().has_value(),
          .tls_server_end_point = connection.tls_server_end_point().has_value(),
          .allow_plain = login.allow_plain};
}

xmpp::SaslChoice choose(const xmpp::SaslOffer& offer, const xmpp::SaslAbility& ability,
                        const std::optional<xmpp::SaslPin>& pin) {
  auto chosen = xmpp::choose_mechanism(offer, ability, pin);
  if (!chosen) throw no_choice(offer, chosen.error(), pin);
  return *std::move(chosen);
}

asio::awaitable<xmpp::SaslChoice> authenticate(Exchange& exchange, SaslProfile& profile, const Login& login,
                                               const xmpp::SaslOffer& offer, xmpp::SaslChoice choice,
                                               const std::optional<xmpp::SaslPin>& pin, Random& random) {
  const net::Connection& connection = exchange.connection();
  const xmpp::SaslAbility ability = ability_of(connection, login);
  std::optional<xmpp::SaslChoice> next = std::move(choice);
  while (next) {
    bool binding_refused = false;
    try {
      if (next->scram) {
        co_await run_scram(exchange, profile, make_scram(connection, login, offer, *next, random),
                           next->mechanism);
      } else {
        co_await run_plain(exchange, profile, login);
      }
    } catch (const BindingRefused&) {
      binding_refused = true;
    }
    if (!binding_refused) co_return *next;
    next = xmpp::next_binding(*next, offer, ability, pin);
  }
  throw StreamFailure(Kind::protocol,
                      "The server refuses to bind the login to this TLS connection: somebody may "
                      "stand between.");
}

asio::awaitable<void> authenticate_by_token(Exchange& exchange, SaslProfile& profile, const Login& login,
                                            const xmpp::FastToken& token) {
  const xmpp::Binding binding = xmpp::token_binding(token.mechanism).value();
  const xmpp::TokenLogin proof(token, binding_data(exchange.connection(), binding));
  const xml::Element heard = co_await exchange.ask(
      profile.begin(token.mechanism, proof.first(login.account.local())), "the login's outcome");
  const auto answer = profile.read(heard);
  const auto* success = answer ? std::get_if<xmpp::SaslSuccess>(&*answer) : nullptr;
  if (!success || !success->data || !proof.finish(*success->data)) throw TokenRefused();
}

}  // namespace omegate::gateway
