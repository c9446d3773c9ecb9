// The conversation that makes an account, in the place of a login.
#include "bridge/core/xmpp/registration.hpp"
#include "bridge/core/xmpp/stanza_error.hpp"
#include "bridge/core/xmpp/stream.hpp"
#include "bridge/gateway/stream/stream_login.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

bool is_refusal(const xml::Element& answer) { return answer.attr("type") == "error"; }

StreamFailure refused(const xml::Element& answer, const xmpp::Jid& account) {
  const xmpp::StanzaError error = xmpp::parse_stanza_error(answer);
  if (error.condition == "conflict") {
    return {Kind::credentials, "There is an account " + account.to_string() + " already. If it is yours, log in with its password."};
  }
  if (xmpp::is_transient(error)) {
    return {Kind::server, "The server makes no account now: " + xmpp::describe(error) + ". Try again later."};
  }
  return {Kind::configuration, "The server lets no program make an account: " + xmpp::describe(error) +
                                   ". Make it with an app, in a browser, or as the server's admin."};
}

StreamFailure wants_more(const xmpp::RegistrationForm& form) {
  const std::string wanted = form.takes_name ? " It wants more than a name and a password: " + form.more + "." : "";
  const std::string where = form.url.empty() ? " with an app or in a browser" : " there: " + form.url.substr(0, xmpp::max_described_text);
  return {Kind::configuration, "Only a person can make an account on this server." + wanted + " Make it" + where + "."};
}

}  // namespace

asio::awaitable<void> LoginConversation::make_account(const config::SecretText& password, bool& may_exist) {
  co_await secure();
  offered_ = co_await open_stream(xml::max_stanza_before_authentication);
  const xmpp::Jid server = login_.account.server();
  const std::string form_id = "registration-form", id = "registration", waiting_for = "the registration";
  xml::Element question = xmpp::registration_request(form_id, server);
  const xml::Element asked = co_await request(std::move(question), form_id, waiting_for);
  if (is_refusal(asked)) throw refused(asked, login_.account);
  const xmpp::RegistrationForm form = xmpp::parse_registration(asked);
  if (!form.takes_name || !form.more.empty()) throw wants_more(form);
  xml::Element filled = xmpp::registration(id, server, form, login_.account.local(), password.reveal());
  may_exist = true;
  const xml::Element answer = co_await request(std::move(filled), id, waiting_for);
  if (!is_refusal(answer)) co_return;
  may_exist = false;
  throw refused(answer, login_.account);
}

}  // namespace omegate::gateway
